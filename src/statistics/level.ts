/** The level of a checkpoint on a task: its mean over prompts, with what is known of its error. */

import { type Interval, tInterval } from "./distributions.js";
import { differenceMoments, type GridMoments, type PairedMoments } from "./moments.js";
import { extremes } from "./sensitivity.js";
import { mean } from "./uncertainty.js";
import { varianceComponents } from "./variance-components.js";

/** Mean over prompts and items, with standard errors for two questions. */
export interface Level {
  readonly mean: number;
  /** For these prompts and new items; null for one item. Each item's scores under all prompts are one cluster. */
  readonly itemStderr: number | null;
  /** 95 % interval for these prompts and new items. */
  readonly itemInterval: Interval | null;
  /** For new prompts and new items; null for one prompt or item. */
  readonly crossedStderr: number | null;
  /** Degrees of freedom of the crossed standard error. */
  readonly crossedDf: number | null;
  /** 95 % interval for new prompts and new items. */
  readonly crossedInterval: Interval | null;
}

/**
 * Item-clustered: SE^2 = Var_i(mean_i) / I = MS_I / (P I), df I - 1.
 * Crossed: SE^2 = (MS_P + MS_I - MS_R) / (P I) = s2_prompt / P + s2_item / I + s2_residual / (P I), never below the
 * item-clustered one; df by Satterthwaite: (sum of MS)^2 / sum of (MS^2 / df).
 * Sources: Miller 2024 (arXiv:2411.00640) for the clusters; Brennan 2001, chapter 5, for crossed facets.
 */
export function level(moments: GridMoments): Level {
  const { prompts, items, means, covariance } = moments;
  const centre = mean(means);
  if (items < 2) {
    const none = { itemStderr: null, itemInterval: null };
    return { mean: centre, ...none, crossedStderr: null, crossedDf: null, crossedInterval: null };
  }
  const itemVariance = withoutRounding(covariance, prompts) / prompts ** 2 / items;
  const itemStderr = Math.sqrt(itemVariance);
  const itemInterval = tInterval(centre, itemStderr, items - 1);
  const components = varianceComponents(moments);
  if (!components) {
    return { mean: centre, itemStderr, itemInterval, crossedStderr: null, crossedDf: null, crossedInterval: null };
  }
  const { msPrompt, msItem, msResidual } = components;
  const crossedVariance = Math.max(itemVariance, (msPrompt + msItem - msResidual) / (prompts * items));
  const [dfP, dfI] = [prompts - 1, items - 1];
  const spreadOfSum = msPrompt ** 2 / dfP + msItem ** 2 / dfI + msResidual ** 2 / (dfP * dfI);
  // Never fewer than those of the smaller facet.
  const crossedDf =
    spreadOfSum === 0 ? dfI : Math.max(Math.min(dfP, dfI), (prompts * items * crossedVariance) ** 2 / spreadOfSum);
  const crossedStderr = Math.sqrt(crossedVariance);
  return {
    mean: centre,
    itemStderr,
    itemInterval,
    crossedStderr,
    crossedDf,
    crossedInterval: tInterval(centre, crossedStderr, crossedDf),
  };
}

/**
 * Standard error of a mean over scores that come in clusters, e.g. questions on one passage:
 * SE^2 = s^2 / n + (1 / n^2) sum over clusters of the products of two different residuals. Source: Miller 2024 (arXiv:2411.00640), section 2.2.
 * @param clusters cluster of each score
 * @throws RangeError when the two differ in length
 */
export function clusteredStderr(scores: ArrayLike<number>, clusters: ArrayLike<string | number>): number {
  const n = scores.length;
  if (n !== clusters.length) throw new RangeError(`${n} scores, but clusters for ${clusters.length}`);
  const centre = mean(scores);
  const sums = new Map<string | number, number>();
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const cluster = clusters[i] as string | number;
    const residual = (scores[i] as number) - centre;
    sums.set(cluster, (sums.get(cluster) ?? 0) + residual);
    squares += residual * residual;
  }
  const products = [...sums.values()].reduce((sum, value) => sum + value * value, -squares);
  return Math.sqrt(Math.max(0, squares / (n - 1) / n + products / n ** 2));
}

/** Level of after - before on the same prompts and items. */
export function levelChange(moments: PairedMoments): Level {
  return level(differenceMoments(moments));
}

/**
 * Percentile of values by linear interpolation between order statistics, numpy's default.
 * @param share in [0, 1]
 */
export function percentile(values: ArrayLike<number>, share: number): number {
  return sortedPercentile(Float64Array.from(values).sort(), share);
}

/** {@link percentile} of values already in increasing order. */
export function sortedPercentile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  // An infinite neighbour must not turn a value that is met exactly into NaN.
  return low === high || at === below ? low : low + (high - low) * (at - below);
}

/** Best, worst and percentiles over prompts. Comparable only at equal numbers of prompts and items. */
export interface PromptRange {
  readonly best: number;
  readonly worst: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  /** best - worst. */
  readonly spread: number;
}

export function promptRange(means: ArrayLike<number>): PromptRange {
  const { best, worst } = extremes(means);
  const [p5, median, p95] = [0.05, 0.5, 0.95].map((share) => percentile(means, share)) as [number, number, number];
  return { best, worst, p5, median, p95, spread: best - worst };
}

/** Sum of all entries of a covariance (P x P), 0 where prompts cancel each other out but for rounding. */
function withoutRounding(covariance: Float64Array, prompts: number): number {
  const sum = covariance.reduce((total, value) => total + value, 0);
  let trace = 0;
  for (let p = 0; p < prompts; p++) trace += covariance[p * prompts + p] as number;
  return sum <= prompts * Number.EPSILON * trace ? 0 : sum;
}
