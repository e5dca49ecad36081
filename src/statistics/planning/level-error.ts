/** Predicts the error of a mean, or of its change, from the components of a pilot. */

import { type CrossedDesign, within } from "../crossed/design.js";
import { tAbove, tInverse } from "../distributions.js";
import type { GridMoments } from "../moments.js";
import { detectableDifference } from "../power.js";

/** Holds the variance components of a mean over prompts and rows, in squared score units. */
export interface LevelComponents {
  /** Between wordings within presentations, without noise; not below 0. */
  readonly wording: number;
  /** Between rows, common to all prompts; not below 0. */
  readonly row: number;
  /** Of one row under one prompt. */
  readonly residual: number;
}

/** @returns null for fewer than two rows, or where no presentation has two prompts */
export function levelComponents(grid: GridMoments, design: CrossedDesign): LevelComponents | null {
  const own = within(grid, design);
  if (own === null) return null;
  const residual = own.trace / design.df;
  const common = grid.covariance.reduce((sum, value) => sum + value, 0) / grid.prompts ** 2;
  return {
    wording: Math.max(0, own.variance - residual / grid.items),
    row: Math.max(0, common - residual / grid.prompts),
    residual,
  };
}

/** Holds the fewest wordings with degrees of freedom by Satterthwaite, as in the error of a mean that is printed. */
const MANY_WORDINGS = 12;

/** Predicts the standard error over new wordings and new rows, each wording once, with its degrees of freedom. */
export function predictedError(
  { wording, row, residual }: LevelComponents,
  {
    wordings,
    presentations,
    rows,
  }: { readonly wordings: number; readonly presentations: number; readonly rows: number },
): { readonly stderr: number; readonly df: number } {
  const [q, n] = [wordings - presentations, rows - 1];
  const ofWordings = (wording + residual / rows) / wordings;
  const ofRows = (row + residual / wordings) / rows;
  const both = residual / wordings / rows;
  const variance = Math.max(ofRows, ofWordings + ofRows - both);
  const spread = ofWordings ** 2 / q + ofRows ** 2 / n + both ** 2 / (q * n);
  const fewest = Math.min(q, n);
  const df = wordings < MANY_WORDINGS || spread === 0 ? fewest : Math.max(fewest, variance ** 2 / spread);
  return { stderr: Math.sqrt(variance), df };
}

/** Predicts half the width of the 95 % interval for new wordings and new rows. */
export function predictedHalfWidth(...of: Parameters<typeof predictedError>): number {
  const { stderr, df } = predictedError(...of);
  return tInverse(0.975, df) * stderr;
}

/** Predicts the smallest change of the mean that has the power. */
export function predictedDetectable(
  [components, asked]: Parameters<typeof predictedError>,
  power: number,
  alpha: number,
): number {
  const { stderr, df } = predictedError(components, asked);
  return detectableDifference(stderr, df, power, alpha);
}

/** Predicts the power of the test of a change of the mean, the tail of Student's t shifted by change / stderr. */
export function predictedChangePower(
  [components, asked]: Parameters<typeof predictedError>,
  change: number,
  alpha: number,
): number {
  const { stderr, df } = predictedError(components, asked);
  const critical = tInverse(1 - alpha / 2, df);
  const shift = Math.abs(change) / stderr;
  return tAbove(critical - shift, df) + tAbove(critical + shift, df);
}
