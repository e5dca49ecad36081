/** Describes values over prompts by percentiles, the best and the worst. */

import { extremes } from "./sensitivity.js";

/**
 * Computes a percentile of values by linear interpolation between order statistics, numpy's default.
 * @param share in [0, 1]
 */
export function percentile(values: ArrayLike<number>, share: number): number {
  return sortedPercentile(Float64Array.from(values).sort(), share);
}

/** Computes the {@link percentile} of values already in increasing order. */
export function sortedPercentile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  // An infinite neighbour must not turn a value that is met exactly into NaN.
  return low === high || at === below ? low : low + (high - low) * (at - below);
}

/** Holds the best, worst and percentiles over prompts. Comparable only at equal numbers of prompts and items. */
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
