/** Does something rise or fall along the steps of pre-training? */

import type { Random } from "../base/random.js";
import { type Interval, normalInverse } from "./distributions.js";
import { fastStream } from "./draws.js";
import { percentile } from "./level.js";
import { EXACT_TAU, inversionsAtMost, midranks, tieSizes } from "./rank-agreement.js";

/** Up to this many points every order is tried: 362,880 of them. */
export const EXACT_POINTS = 9;

/** Spearman's rank correlation. */
export interface Spearman {
  readonly rho: number;
  /** Two-sided: the share of orders of y with |rho| at least as large. */
  readonly p: number;
  /** Whether all orders were tried; otherwise they were sampled. */
  readonly exact: boolean;
}

/**
 * Pearson correlation of the midranks; p by permuting y, exact up to {@link EXACT_POINTS} points, ties included; sampled
 * orders give (1 + number as extreme) / (1 + draws). Source: Kendall & Gibbons 1990, chapter 4.
 * @returns null for fewer than three points or when a side is constant
 * @throws RangeError when the two differ in length
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>, random: Random, draws = 19_999): Spearman | null {
  const n = x.length;
  if (n !== y.length) throw new RangeError(`paired values differ in number: ${n} and ${y.length}`);
  if (n < 3) return null;
  const [a, b] = [midranks(x), midranks(y)];
  const centre = (n + 1) / 2;
  const squares = (ranks: Float64Array) => ranks.reduce((sum, rank) => sum + (rank - centre) ** 2, 0);
  const scale = Math.sqrt(squares(a) * squares(b));
  if (scale === 0) return null;
  const product = (order: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += ((a[i] as number) - centre) * ((order[i] as number) - centre);
    return sum;
  };
  const observed = product(b);
  const rho = Math.max(-1, Math.min(1, observed / scale));
  // Rank products are multiples of a quarter: this separates equal from different.
  const threshold = Math.abs(observed) - 1e-6;
  const order = Float64Array.from(b);
  let [extreme, tried] = [0, 0];
  const count = () => {
    tried++;
    if (Math.abs(product(order)) >= threshold) extreme++;
  };
  if (n <= EXACT_POINTS) {
    eachOrder(order, count);
    return { rho, p: extreme / tried, exact: true };
  }
  const uniform = fastStream(random);
  for (let k = 0; k < draws; k++) {
    for (let i = n - 1; i > 0; i--) swap(order, i, Math.floor(uniform() * (i + 1)));
    count();
  }
  return { rho, p: (1 + extreme) / (1 + tried), exact: false };
}

/** Calls `visit` for each of the n! orders of the array, which is changed in place. Source: Heap 1963. */
function eachOrder(values: Float64Array, visit: () => void): void {
  const counters = new Int32Array(values.length);
  visit();
  for (let i = 1; i < values.length;) {
    const at = counters[i] as number;
    if (at < i) {
      swap(values, i, i % 2 === 0 ? 0 : at);
      counters[i] = at + 1;
      i = 1;
      visit();
    } else {
      counters[i] = 0;
      i++;
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  [values[i], values[j]] = [values[j] as number, values[i] as number];
}

/** A straight line that a few odd points do not move. */
export interface TheilSen {
  /** Units of y per unit of x. */
  readonly slope: number;
  /** median(y) - slope x median(x). */
  readonly intercept: number;
  /** Interval of the slope with at least 95 % coverage; infinite ends where there are too few points for one. */
  readonly interval: Interval;
  readonly points: number;
}

/**
 * Median of the slopes between all pairs of points with different x. Without ties the interval's ends are the k-th slope
 * from either side, k the largest with P(inversions < k) <= 2.5 %, from the exact distribution of Kendall's statistic; with
 * ties k comes from the normal approximation with the variance corrected for them.
 * Sources: Theil 1950; Sen 1968, JASA 63:1379.
 * @returns null when all x are equal
 * @throws RangeError when the two differ in length
 */
export function theilSen(x: ArrayLike<number>, y: ArrayLike<number>, level = 0.95): TheilSen | null {
  const n = x.length;
  if (n !== y.length) throw new RangeError(`paired values differ in number: ${n} and ${y.length}`);
  const slopes: number[] = [];
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const run = (x[b] as number) - (x[a] as number);
      if (run !== 0) slopes.push(((y[b] as number) - (y[a] as number)) / run);
    }
  }
  if (slopes.length === 0) return null;
  slopes.sort((a, b) => a - b);
  const slope = percentile(slopes, 0.5);
  const tail = (1 - level) / 2;
  const ties = [...tieSizes(x), ...tieSizes(y)].filter((t) => t > 1);
  let low = -1;
  if (ties.length === 0 && n <= EXACT_TAU) {
    while (low + 1 < slopes.length / 2 && inversionsAtMost(n, low + 1) <= tail) low++;
  } else {
    const tied = ties.reduce((sum, t) => sum + t * (t - 1) * (2 * t + 5), 0);
    const half = -normalInverse(tail) * Math.sqrt((n * (n - 1) * (2 * n + 5) - tied) / 18);
    low = Math.floor((slopes.length - half) / 2) - 1;
  }
  return {
    slope,
    intercept: percentile(y, 0.5) - slope * percentile(x, 0.5),
    interval: { low: slopes[low] ?? -Infinity, high: slopes[slopes.length - 1 - low] ?? Infinity },
    points: n,
  };
}
