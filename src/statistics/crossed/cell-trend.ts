/** Tests a trend along checkpoints that were asked the same prompts on the same rows. */

import type { Random } from "../../base/random.js";
import { tTwoSided } from "../distributions.js";
import type { ScoreGrid } from "../grid.js";
import { type GridMoments, gridMoments } from "../moments.js";
import { mean, variance } from "../uncertainty.js";
import { type CrossedDesign, within } from "./design.js";
import { FEWEST_FOR_FLIPS, FEWEST_WORDINGS } from "./change.js";
import { perWording, signFlips } from "./flips.js";
import { type CrossedLevel, crossedLevel } from "./level.js";
import { LARGEST_LOGIT_SD, logitSd, secant } from "./logit-normal.js";

/** Computes the weights of a slope: (x - mean) / sum (x - mean)^2. */
export function slopeWeights(x: ArrayLike<number>): Float64Array {
  const centre = mean(x);
  const parts = Float64Array.from(x, (value) => value - centre);
  const squares = parts.reduce((sum, value) => sum + value ** 2, 0);
  return parts.map((value) => value / squares);
}

/**
 * Estimates the slope of the mean along x for new rows and wordings: that of every cell is a grid, and its mean has a
 * crossed error.
 */
export function levelTrend(
  grids: readonly ScoreGrid[],
  x: ArrayLike<number>,
  design: CrossedDesign,
): CrossedLevel | null {
  const [first] = grids;
  if (first === undefined) return null;
  const weights = slopeWeights(x);
  const values = new Float64Array(first.values.length);
  grids.forEach((grid, t) => {
    const weight = weights[t] as number;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + weight * (grid.values[i] as number);
  });
  return crossedLevel(gridMoments({ ...first, values }), design);
}

/** Holds one checkpoint's component between wordings. */
export interface ComponentAt {
  /** Unbiased, in score units: may be negative. */
  readonly component: number;
  readonly level: number;
  readonly noise: number;
  readonly z: Float64Array;
}

/**
 * Returns the component within presentations of one grid; null for fewer than two rows or prompts of a presentation.
 */
export function componentAt(grid: GridMoments, design: CrossedDesign): ComponentAt | null {
  const own = within(grid, design);
  if (own === null) return null;
  const noise = own.trace / grid.items / design.df;
  const scores = grid.prompts * grid.items;
  return { component: own.variance - noise, noise, z: own.z, level: (scores * mean(grid.means) + 0.5) / (scores + 1) };
}

/** Holds a series of components, each divided by the scale of its own mean so that they can be compared. */
export interface SdTrend {
  /** Components on the common scale. */
  readonly components: Float64Array;
  /** p-value over wordings: the larger of Student's t and of sign flips; null below six wordings. */
  readonly p: number | null;
}

const SMALLEST_SECANT = 0.1;

/**
 * Estimates the slope of the component, or of its change: each wording's own, with Student's t over wordings and flips
 * of their signs.
 * @param shares whether scores lie between 0 and 1: the scale is then that of logits
 * @param minus components to be taken away, point by point
 */
export function sdTrend(
  points: readonly ComponentAt[],
  x: ArrayLike<number>,
  design: CrossedDesign,
  { shares, random, minus = null }: { shares: boolean; random: Random; minus?: readonly ComponentAt[] | null },
): SdTrend {
  const all = [...points, ...(minus ?? [])];
  const scales = shares ? secantSquares(all) : all.map(() => 1);
  const weights = slopeWeights(x);
  const factor = design.prompts / design.df;
  const slopes = new Float64Array(design.prompts);
  const components = new Float64Array(points.length);
  all.forEach(({ z, noise, component }, k) => {
    const [t, sign] = k < points.length ? [k, 1] : [k - points.length, -1];
    const scale = sign * (scales[k] as number);
    components[t] = (components[t] as number) + scale * component;
    const weight = (weights[t] as number) * scale;
    z.forEach((value, p) => (slopes[p] = (slopes[p] as number) + weight * (factor * value ** 2 - noise)));
  });
  const w = design.wordings;
  if (w < FEWEST_WORDINGS) return { components, p: null };
  const excess = perWording(design, slopes);
  const stderr = Math.sqrt(variance(excess) / w);
  const centre = mean(excess);
  const t = stderr === 0 ? (centre === 0 ? 1 : 0) : tTwoSided(centre / stderr, w - 1);
  const flips = w < FEWEST_FOR_FLIPS ? null : signFlips(excess, random);
  return { components, p: Math.max(t, flips?.p ?? 0) };
}

/** Returns squared secants of the points' means, at the root mean square of their logit SDs. */
function secantSquares(points: readonly ComponentAt[]): number[] {
  const squares = points.map(
    ({ component, level }) => Math.min(LARGEST_LOGIT_SD, logitSd(level, Math.sqrt(Math.max(0, component)))) ** 2,
  );
  const common = Math.max(SMALLEST_SECANT, Math.sqrt(mean(squares)));
  return points.map(({ level }) => secant(level, common) ** 2);
}
