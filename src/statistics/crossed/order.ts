/** Says how often a change of prompt reverses the order of two checkpoints. */

import type { Random } from "../../base/random.js";
import { normalBelow, type Interval } from "../distributions.js";
import { chiSquareDraw, fastStream, normalDraws } from "../draws.js";
import { sortedPercentile } from "../level.js";
import { differenceMoments, type PairedMoments } from "../moments.js";
import { blockDf } from "./block-df.js";
import { cellSizes, type CrossedDesign } from "./design.js";
import { crossedMoments } from "./moments.js";
import { PIVOT_DRAWS } from "./pivot.js";

/** Says which of two checkpoints scores higher, over prompts like these. */
export interface PromptOrder {
  /** Prompts under which the second scores higher, lower and the same on these rows. */
  readonly higher: number;
  readonly lower: number;
  readonly equal: number;
  /** Share of wordings, in these presentations, under which the second is better with endless rows. */
  readonly share: number;
  readonly shareInterval: Interval;
  /**
   * Probability that two such prompts put the two checkpoints in different orders: 2 share (1 - share), at most 1/2.
   */
  readonly reversal: number;
  readonly reversalInterval: Interval;
}

/**
 * Takes the differences of the prompts as normal around the mean of their presentation, with the component of variance
 * that the rows do not explain. share = mean over presentations of Phi(difference / SD). The interval draws component
 * and means from their generalised pivotal distribution; that of the reversal is the range of 2 s (1 - s) over the
 * interval of the share, because a limit of 1/2 that cannot be passed has no tail of its own. Sources: Sclar et al.
 * 2024 (arXiv:2310.11324), section 4.2, for the question; Weerahandi 1993 for the interval.
 * @param paired moments of the first and the second checkpoint on the same prompts and rows
 * @returns null for fewer than two rows, or where no presentation has two prompts
 */
export function promptOrder(
  paired: PairedMoments,
  design: CrossedDesign,
  random: Random,
  draws = PIVOT_DRAWS,
): PromptOrder | null {
  const difference = differenceMoments(paired);
  const moments = crossedMoments({ before: difference, after: difference, cross: difference.covariance }, design);
  if (moments === null) return null;
  const sizes = cellSizes(design.presentation, design.presentations);
  const centres = presentationMeans(difference.means, design);
  const [total, noise] = [moments.variance[0], moments.noiseVariance[0]];
  const df = blockDf(moments);
  const share = shareAbove(centres, Math.sqrt(Math.max(0, total - noise)));
  const uniform = fastStream(random);
  const normal = normalDraws(uniform);
  const rows = itemFactor(moments.covariance[0][0], design, sizes);
  const drawn = new Float64Array(draws);
  const own = new Float64Array(design.presentations);
  const shifted = new Float64Array(design.presentations);
  for (let k = 0; k < draws; k++) {
    const component = Math.max(0, (total * df) / chiSquareDraw(df, uniform, normal) - noise);
    for (let c = 0; c < own.length; c++) own[c] = normal();
    for (let c = 0; c < own.length; c++) {
      let error = Math.sqrt(component / (sizes[c] as number)) * normal();
      for (let d = 0; d <= c; d++) error += (rows[c * own.length + d] as number) * (own[d] as number);
      shifted[c] = (centres[c] as number) - error;
    }
    drawn[k] = shareAbove(shifted, Math.sqrt(component));
  }
  drawn.sort();
  const higher = difference.means.filter((value) => value > 0).length;
  const lower = difference.means.filter((value) => value < 0).length;
  // Prompts that all agree do not exclude that every prompt does, whatever the normal distribution says of its tails.
  const shareInterval = {
    low: lower === difference.means.length ? 0 : sortedPercentile(drawn, 0.025),
    high: higher === difference.means.length ? 1 : sortedPercentile(drawn, 0.975),
  };
  return {
    higher,
    lower,
    equal: difference.means.filter((value) => value === 0).length,
    share,
    shareInterval,
    reversal: reversalOf(share),
    reversalInterval: reversalRange(shareInterval),
  };
}

function reversalOf(share: number): number {
  return 2 * share * (1 - share);
}

function reversalRange({ low, high }: Interval): Interval {
  const ends = [reversalOf(low), reversalOf(high)];
  return { low: Math.min(...ends), high: low <= 0.5 && high >= 0.5 ? 0.5 : Math.max(...ends) };
}

/** Returns the mean over presentations of the share of a normal distribution above 0. */
function shareAbove(centres: Float64Array, sd: number): number {
  let sum = 0;
  for (const centre of centres) sum += sd > 0 ? normalBelow(centre / sd) : centre === 0 ? 0.5 : Number(centre > 0);
  return sum / centres.length;
}

/** Returns the mean of each presentation (C). */
export function presentationMeans(means: ArrayLike<number>, design: CrossedDesign): Float64Array {
  const sizes = cellSizes(design.presentation, design.presentations);
  const sums = new Float64Array(design.presentations);
  design.presentation.forEach((c, p) => (sums[c] = (sums[c] as number) + (means[p] as number) / (sizes[c] as number)));
  return sums;
}

/** Returns the lower triangular factor of the covariance, over rows, of the presentations' means (C x C). */
export function itemFactor(covariance: Float64Array, design: CrossedDesign, sizes: Float64Array): Float64Array {
  const { prompts, presentation, presentations: n } = design;
  const of = new Float64Array(n * n);
  for (let p = 0; p < prompts; p++) {
    for (let q = 0; q < prompts; q++) {
      const [c, d] = [presentation[p] as number, presentation[q] as number];
      const part = (covariance[p * prompts + q] as number) / ((sizes[c] as number) * (sizes[d] as number));
      of[c * n + d] = (of[c * n + d] as number) + part;
    }
  }
  const lower = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    for (let s = 0; s <= r; s++) {
      let value = of[r * n + s] as number;
      for (let k = 0; k < s; k++) value -= (lower[r * n + k] as number) * (lower[s * n + k] as number);
      const pivot = lower[s * n + s] as number;
      lower[r * n + s] = r === s ? Math.sqrt(Math.max(0, value)) : pivot > 0 ? value / pivot : 0;
    }
  }
  return lower;
}
