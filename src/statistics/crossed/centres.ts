/** Draws what other wordings and rows would make of the presentations' means and of the SD within them. */

import type { Random } from "../../base/random.js";
import { chiSquareDraw, fastStream, normalDraws } from "../draws.js";
import { lowerFactor } from "../matrix.js";
import { blockDf } from "./block-df.js";
import { cellSizes, type CrossedDesign } from "./design.js";
import { type CrossedMoments, product } from "./moments.js";

/** Holds the means of the presentations (C) and the SD of wordings around them, with endless rows. */
export interface Centres {
  readonly means: Float64Array;
  readonly sd: number;
}

/**
 * Estimates the means of the presentations and the SD within them, from the first side of the moments.
 */
export function centresOf({ means, component, design }: CrossedMoments): Centres {
  return { means: presentationMeans(means[0], design), sd: Math.sqrt(Math.max(0, component[0])) };
}

/**
 * Draws means and SD from their generalised pivotal distribution: the SD by a chi-square with the degrees of freedom of
 * whole wordings, the means by the errors that wordings and rows make of them. A wording that stands in several
 * presentations moves their means together, by the share of its effect that is the same in all. Source: Weerahandi 1993
 * (generalised confidence intervals).
 * @param moments of which the first side counts
 * @param use is called with each draw, whose array is used again by the next
 */
export function drawCentres(
  moments: CrossedMoments,
  random: Random,
  draws: number,
  use: (drawn: Centres, at: number) => void,
): void {
  const { design } = moments;
  const centres = presentationMeans(moments.means[0], design);
  const [total, noise] = [moments.variance[0], moments.noiseVariance[0]];
  const df = blockDf(moments);
  const n = design.presentations;
  const [seen, common] = [moments.covariance[0][0], commonShare(moments)];
  const rows = lowerFactor(
    ofPresentations(design, (p, q) => seen[p * design.prompts + q] as number),
    n,
  );
  const wordings = lowerFactor(
    ofPresentations(design, (p, q) => (p === q ? 1 : design.wording[p] === design.wording[q] ? common : 0)),
    n,
  );
  const uniform = fastStream(random);
  const normal = normalDraws(uniform);
  const [ofRows, ofWordings, means] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < draws; k++) {
    const component = Math.max(0, (total * df) / chiSquareDraw(df, uniform, normal) - noise);
    const sd = Math.sqrt(component);
    for (let c = 0; c < n; c++) ofRows[c] = normal();
    for (let c = 0; c < n; c++) ofWordings[c] = normal();
    for (let c = 0; c < n; c++) {
      let error = 0;
      for (let d = 0; d <= c; d++) {
        error += (rows[c * n + d] as number) * (ofRows[d] as number);
        error += sd * (wordings[c * n + d] as number) * (ofWordings[d] as number);
      }
      means[c] = (centres[c] as number) - error;
    }
    use({ means, sd }, k);
  }
}

/** Returns the mean of each presentation (C). */
function presentationMeans(means: ArrayLike<number>, design: CrossedDesign): Float64Array {
  const sizes = cellSizes(design.presentation, design.presentations);
  const sums = new Float64Array(design.presentations);
  design.presentation.forEach((c, p) => (sums[c] = (sums[c] as number) + (means[p] as number) / (sizes[c] as number)));
  return sums;
}

/**
 * Estimates which share of a prompt's effect is its wording's, the same wherever the wording stands, from 0 to 1. With
 * z the means within presentations and N their noise: sums over all prompts and over pairs of one wording of z z' - N
 * are linear in the wording's part and the prompt's own, whose weights are tr(B), tr(M) and tr(M^2), M = G'BG.
 */
function commonShare({ design, z, noise, component }: CrossedMoments): number {
  if (design.nested || !(component[0] > 0) || !(design.meanFactor > 0)) return 0;
  const { prompts: n, wording } = design;
  const sums = new Float64Array(design.wordings);
  const counts = new Float64Array(design.wordings);
  let seen = 0;
  for (let p = 0; p < n; p++) {
    const w = wording[p] as number;
    sums[w] = (sums[w] as number) + (z[0][p] as number);
    counts[w] = (counts[w] as number) + 1;
    for (let q = 0; q < n; q++) if (wording[q] === w) seen -= noise[0][0][p * n + q] as number;
  }
  seen += product(sums, sums);
  const squares = product(counts, counts) / design.meanFactor;
  const trace = Math.sqrt(design.togetherDf * squares);
  // seen = own trace + common squares, df component = own df + common trace.
  const all = design.df * component[0];
  const determinant = squares * design.df - trace * trace;
  if (!(determinant > 0)) return 0;
  const common = (seen * design.df - all * trace) / determinant;
  const own = (all * squares - seen * trace) / determinant;
  if (!(common > 0)) return 0;
  return own > 0 ? common / (common + own) : 1;
}

/** Returns the covariance of the presentations' means (C x C) that a covariance of prompts makes. */
function ofPresentations(
  { prompts, presentation, presentations: n }: CrossedDesign,
  covariance: (p: number, q: number) => number,
): Float64Array {
  const sizes = cellSizes(presentation, n);
  const out = new Float64Array(n * n);
  for (let p = 0; p < prompts; p++) {
    for (let q = 0; q < prompts; q++) {
      const [c, d] = [presentation[p] as number, presentation[q] as number];
      out[c * n + d] = (out[c * n + d] as number) + covariance(p, q) / ((sizes[c] as number) * (sizes[d] as number));
    }
  }
  return out;
}
