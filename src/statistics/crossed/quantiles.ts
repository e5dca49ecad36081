/** Estimates quantiles of the score over prompts: what somebody else's wording would get. */

import type { Random } from "../../base/random.js";
import { normalBelow, normalInverse, type Interval } from "../distributions.js";
import { sortedPercentile } from "../level.js";
import type { GridMoments } from "../moments.js";
import { type Centres, centresOf, drawCentres } from "./centres.js";
import type { CrossedDesign } from "./design.js";
import { LARGEST_LOGIT_SD, logitNormalCentre, logitSdTable } from "./logit-normal.js";
import { crossedMoments } from "./moments.js";

/** Draws of an interval. */
const QUANTILE_DRAWS = 1999;

/** Holds a quantile of the scores that wordings like these have in these presentations, with endless rows. */
export interface PromptQuantile {
  /** Share of wordings below it. */
  readonly at: number;
  readonly value: number;
  /** 95 % interval for new wordings and new rows. */
  readonly interval: Interval;
}

/**
 * Takes a wording's score as logit-normal (shares) or normal (other scores) around the mean of its presentation, with
 * the component of variance that the rows do not explain; the quantile is that of the mixture over presentations. The
 * interval draws component and means from their generalised pivotal distribution. Sources: Polo et al. 2024
 * (arXiv:2405.17202) for quantiles over prompts; Weerahandi 1993 for the interval.
 * @param at shares of wordings, each between 0 and 1
 * @param shares whether scores lie between 0 and 1
 * @returns null for fewer than two rows, or where no presentation has two prompts
 */
export function promptQuantiles(
  grid: GridMoments,
  design: CrossedDesign,
  at: readonly number[],
  random: Random,
  { shares, draws = QUANTILE_DRAWS }: { readonly shares: boolean; readonly draws?: number },
): PromptQuantile[] | null {
  const moments = crossedMoments({ before: grid, after: grid, cross: grid.covariance }, design);
  if (moments === null) return null;
  const centres = centresOf(moments);
  const mixture = shares ? logitMixture(moments.level[0], centres.means, at) : normalMixture(at);
  const estimates = mixture(centres);
  const drawn = at.map(() => new Float64Array(draws));
  drawCentres(moments, random, draws, (one, k) => {
    mixture(one).forEach((value, j) => ((drawn[j] as Float64Array)[k] = value));
  });
  return at.map((share, j) => {
    const sorted = (drawn[j] as Float64Array).sort();
    const interval = { low: sortedPercentile(sorted, 0.025), high: sortedPercentile(sorted, 0.975) };
    return { at: share, value: estimates[j] as number, interval };
  });
}

/** Describes quantiles of a mixture over presentations, from the means of the presentations and the SD within them. */
type Mixture = (centres: Centres) => readonly number[];

function normalMixture(at: readonly number[]): Mixture {
  const scores = at.map(normalInverse);
  return ({ means, sd }) => at.map((share, j) => mixtureQuantile(means, sd, share, scores[j] as number));
}

const GRID = 80;
const SMALLEST_SHARE = 1e-4;

/** Uses logits: the SD by the logit-normal map at the overall mean, each centre by its own mean. */
function logitMixture(level: number, centres: Float64Array, at: readonly number[]): Mixture {
  const table = logitSdTable(level);
  const scores = at.map(normalInverse);
  // The centre of a presentation by its logit SD, at the mean that was seen, and what a drawn mean shifts it by.
  const tables = Array.from(centres, (mean) =>
    Array.from({ length: GRID + 1 }, (_, k) =>
      logitNormalCentre(Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, mean)), (LARGEST_LOGIT_SD * k) / GRID),
    ),
  );
  const seen = Float64Array.from(centres);
  return ({ means, sd }) => {
    const s = Math.min(LARGEST_LOGIT_SD, table(sd));
    const logits = Float64Array.from(means, (mean, c) => {
      const place = (s / LARGEST_LOGIT_SD) * GRID;
      const below = Math.min(GRID - 1, Math.floor(place));
      const own = tables[c] as { centre: number; slope: number }[];
      const [a, b] = [own[below], own[below + 1]] as [
        { centre: number; slope: number },
        { centre: number; slope: number },
      ];
      const between = (x: number, y: number) => x + (y - x) * (place - below);
      return between(a.centre, b.centre) + (mean - (seen[c] as number)) * between(a.slope, b.slope);
    });
    return at.map((share, j) => 1 / (1 + Math.exp(-mixtureQuantile(logits, s, share, scores[j] as number))));
  };
}

/** Holds the largest error of a quantile, in the units of the centres. */
const QUANTILE_ERROR = 1e-8;

/** Solves for the quantile of equal parts of normal distributions with one SD, by bisection. */
function mixtureQuantile(centres: Float64Array, sd: number, share: number, score: number): number {
  let [low, high] = [Math.min(...centres) + score * sd, Math.max(...centres) + score * sd];
  while (high - low > QUANTILE_ERROR) {
    const middle = (low + high) / 2;
    let below = 0;
    for (const centre of centres) below += sd > 0 ? normalBelow((middle - centre) / sd) : Number(middle >= centre);
    if (below / centres.length < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
