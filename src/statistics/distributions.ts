/** Computes distribution functions and their inverses. Accuracy beside scipy is in docs/statistics.md. */

import { betaBelow, gammaAbove, gammaBelow } from "./incomplete.js";

/**
 * Sets the degrees of freedom from which Student's t has the normal's digits: its tail at t differs by t⁴ / 4 df of
 * itself.
 */
const NORMAL_FROM = 1e18;

/** Holds a range that should hold the true value in 95 of 100 studies, unless another level was asked for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Holds numerator and denominator of exp(z² / 2) times the upper tail, highest power first. Source: Hart et al. 1968,
 * 5666; West 2005.
 */
const ABOVE = [
  0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376,
] as const;
const BELOW = [
  0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
] as const;
/** Holds the largest |z| at which the rational function has 13 digits of the tail. */
const RATIONAL_TO = 3;

/** Returns both tails of the standard normal beyond |z|: a rational function, farther out DLMF 7.11.2. */
export function normalTwoSided(z: number): number {
  const x = Math.abs(z);
  if (!(x < RATIONAL_TO)) return gammaAbove(0.5, (z * z) / 2);
  return (2 * Math.exp((-x * x) / 2) * polynomial(ABOVE, x)) / polynomial(BELOW, x);
}

function polynomial(powers: readonly number[], x: number): number {
  let sum = 0;
  for (const one of powers) sum = sum * x + one;
  return sum;
}

/** Returns the standard normal distribution function. */
export function normalBelow(z: number): number {
  const tail = normalTwoSided(z) / 2;
  return z > 0 ? 1 - tail : tail;
}

/** Returns the standard normal quantile of 0 <= p <= 1; NaN outside. */
export function normalInverse(p: number): number {
  const square = positiveInverse(Math.abs(2 * p - 1), 2 * Math.min(p, 1 - p), {
    below: (x) => gammaBelow(0.5, x / 2),
    above: (x) => gammaAbove(0.5, x / 2),
  });
  return Math.sign(p - 0.5) * Math.sqrt(square);
}

/** Returns both tails of Student's t beyond |t|; `df` > 0 may be infinite. Source: t² is an F of 1 and `df` degrees. */
export function tTwoSided(t: number, df: number): number {
  return df > NORMAL_FROM ? normalTwoSided(t) : fAbove(t * t, 1, df);
}

/** Returns the upper tail of Student's t; `df` > 0 may be infinite. */
export function tAbove(t: number, df: number): number {
  const tail = tTwoSided(t, df) / 2;
  return t > 0 ? tail : 1 - tail;
}

/** Returns Student's t quantile of 0 <= p <= 1; `df` > 0 may be infinite; NaN outside. */
export function tInverse(p: number, df: number): number {
  if (df > NORMAL_FROM) return normalInverse(p);
  const square = positiveInverse(Math.abs(2 * p - 1), 2 * Math.min(p, 1 - p), fDistribution(1, df));
  return Math.sign(p - 0.5) * Math.sqrt(square);
}

/** Returns the upper tail of chi-square. */
export function chiSquareAbove(x: number, df: number): number {
  return gammaAbove(df / 2, Math.max(0, x) / 2);
}

/** Returns the chi-square quantile of 0 <= p <= 1; NaN outside. */
export function chiSquareInverse(p: number, df: number): number {
  return positiveInverse(p, 1 - p, {
    below: (x) => gammaBelow(df / 2, x / 2),
    above: (x) => gammaAbove(df / 2, x / 2),
  });
}

/** Returns the upper tail of F. Source: DLMF 8.17.24 with x = df2 / (df2 + df1 f). */
export function fAbove(f: number, df1: number, df2: number): number {
  return fDistribution(df1, df2).above(Math.max(0, f));
}

/** Returns the lower tail of F. */
export function fBelow(f: number, df1: number, df2: number): number {
  return fDistribution(df1, df2).below(Math.max(0, f));
}

/** Returns the F quantile of 0 <= p <= 1; NaN outside. */
export function fInverse(p: number, df1: number, df2: number): number {
  return positiveInverse(p, 1 - p, fDistribution(df1, df2));
}

/** Holds shares of a distribution on 0 .. Infinity below and above a value. */
interface Shares {
  readonly below: (x: number) => number;
  readonly above: (x: number) => number;
}

function fDistribution(df1: number, df2: number): Shares {
  const parts = (f: number): [number, number] => {
    const ratio = (f / df2) * df1;
    return [1 / (1 + 1 / ratio), 1 / (1 + ratio)];
  };
  return {
    below: (f) => betaBelow(df1 / 2, df2 / 2, ...parts(f)),
    above: (f) => betaBelow(df2 / 2, df1 / 2, ...(parts(f).reverse() as [number, number])),
  };
}

/**
 * Returns the value with the shares `below` and `above` (their sum is 1), found where the smaller one's logarithm
 * crosses its target, on the scale of ln x. Source: Chandrupatla 1997, a bracketing search with inverse quadratic
 * steps.
 */
function positiveInverse(below: number, above: number, shares: Shares): number {
  if (!(below >= 0 && above >= 0)) return NaN;
  if (below === 0) return 0;
  if (above === 0) return Infinity;
  const miss =
    below < above
      ? (u: number) => Math.log(shares.below(Math.exp(u)) / below)
      : (u: number) => Math.log(above / shares.above(Math.exp(u)));
  let width = 1;
  let high = miss(0) > 0 ? 0 : width;
  while (miss(high) < 0) high += width *= 2;
  let low = high - width;
  while (miss(low) > 0) low -= width *= 2;
  return Math.exp(crossing(miss, low, high));
}

/** Returns the root of an increasing function between two values around it, to the last digits. */
function crossing(miss: (x: number) => number, low: number, high: number): number {
  let [a, b] = [high, low];
  let [missA, missB] = [miss(a), miss(b)];
  for (let part = 0.5; ;) {
    const x = a + part * (b - a);
    const missX = miss(x);
    const [c, missC] = missX > 0 === missA > 0 ? [a, missA] : [b, missB];
    if (missX > 0 !== missA > 0) [b, missB] = [a, missA];
    [a, missA] = [x, missX];
    const best = Math.abs(missA) < Math.abs(missB) ? a : b;
    const smallest = (2 ** -52 * (Math.abs(best) + 1)) / Math.abs(b - a);
    if (smallest > 0.5 || missX === 0 || Number.isNaN(missX)) return missX === 0 ? x : best;
    const xi = (a - b) / (c - b);
    const phi = (missA - missB) / (missC - missB);
    part = 0.5;
    if (phi ** 2 < xi && (1 - phi) ** 2 < 1 - xi) {
      part =
        ((missA / (missB - missA)) * missC) / (missB - missC) +
        ((((c - a) / (b - a)) * missA) / (missC - missA)) * (missB / (missC - missB));
    }
    part = Math.min(Math.max(part, smallest), 1 - smallest);
  }
}

/**
 * Returns the interval of a share of n: inside 0 and 1, and of positive width where none or all were right, unlike mean
 * +- z SE. Source: Wilson 1927; coverage by Brown, Cai & DasGupta 2001.
 * @param share between 0 and 1
 */
export function wilsonInterval(share: number, n: number, level = 0.95): Interval {
  const z = normalInverse((1 + level) / 2);
  const shrink = 1 + z ** 2 / n;
  const centre = (share + z ** 2 / (2 * n)) / shrink;
  const half = (z / shrink) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Returns estimate ± t(1 - alpha / 2; df) x stderr. */
export function tInterval(estimate: number, stderr: number, df: number, level = 0.95): Interval {
  const half = tInverse(0.5 + level / 2, df) * stderr;
  return { low: estimate - half, high: estimate + half };
}
