/** Distribution functions, and random draws for resampling. Accuracy beside scipy is in docs/statistics.md. */

import chiSquareCdf from "@stdlib/stats-base-dists-chisquare-cdf";
import fCdf from "@stdlib/stats-base-dists-f-cdf";
import fQuantile from "@stdlib/stats-base-dists-f-quantile";
import normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import tCdf from "@stdlib/stats-base-dists-t-cdf";
import tQuantile from "@stdlib/stats-base-dists-t-quantile";

/** A range that should hold the true value in 95 of 100 studies, unless another level was asked for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Both tails of Student's t beyond |t|; `df` may be infinite. */
export function tTwoSided(t: number, df: number): number {
  return df === Infinity ? normalTwoSided(t) : 2 * tCdf(-Math.abs(t), df);
}

/** Student's t quantile; `df` may be infinite. */
export function tInverse(p: number, df: number): number {
  return df === Infinity ? normalInverse(p) : tQuantile(p, df);
}

/** Both tails of the standard normal beyond |z|. */
export function normalTwoSided(z: number): number {
  return 2 * normalCdf(-Math.abs(z), 0, 1);
}

export function normalBelow(z: number): number {
  return normalCdf(z, 0, 1);
}

export function normalInverse(p: number): number {
  return normalQuantile(p, 0, 1);
}

/** Upper tail of chi-square. */
export function chiSquareAbove(x: number, df: number): number {
  return 1 - chiSquareCdf(x, df);
}

/** Upper tail of F, computed as the lower tail of 1 / F so that small p-values keep their digits. */
export function fAbove(f: number, df1: number, df2: number): number {
  return f <= 0 ? 1 : fCdf(1 / f, df2, df1);
}

export function fInverse(p: number, df1: number, df2: number): number {
  return fQuantile(p, df1, df2);
}

/** estimate ± t(1 - alpha / 2; df) x stderr. */
/**
 * Interval of a share of n: inside 0 and 1, and of positive width where none or all were right, unlike mean +- z SE.
 * Source: Wilson 1927; coverage by Brown, Cai & DasGupta 2001.
 * @param share between 0 and 1
 */
export function wilsonInterval(share: number, n: number, level = 0.95): Interval {
  const z = normalInverse((1 + level) / 2);
  const shrink = 1 + z ** 2 / n;
  const centre = (share + z ** 2 / (2 * n)) / shrink;
  const half = (z / shrink) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

export function tInterval(estimate: number, stderr: number, df: number, level = 0.95): Interval {
  const half = tInverse(0.5 + level / 2, df) * stderr;
  return { low: estimate - half, high: estimate + half };
}
