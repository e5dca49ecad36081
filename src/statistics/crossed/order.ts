/** Says how often a change of prompt reverses the order of two checkpoints. */

import type { Random } from "../../base/random.js";
import { normalBelow, type Interval } from "../distributions.js";
import { sortedPercentile } from "../level.js";
import { differenceMoments, type PairedMoments } from "../moments.js";
import { type Centres, centresOf, drawCentres } from "./centres.js";
import type { CrossedDesign } from "./design.js";
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
  const centres = centresOf(moments);
  const share = shareAbove(centres);
  const drawn = new Float64Array(draws);
  drawCentres(moments, random, draws, (one, k) => (drawn[k] = shareAbove(one)));
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
function shareAbove({ means, sd }: Centres): number {
  let sum = 0;
  for (const centre of means) sum += sd > 0 ? normalBelow(centre / sd) : centre === 0 ? 0.5 : Number(centre > 0);
  return sum / means.length;
}
