/** Tests a trend along checkpoints against the wobble of one training run. */

import { normalInverse, normalTwoSided, tAbove } from "../distributions.js";

const GRID = 50;
const LARGEST_CORRELATION = 0.98;

/** Describes a straight line through a series whose neighbours are alike. */
export interface WobbleTrend {
  /** Units of y per unit of x, averaged over the correlations. */
  readonly slope: number;
  /** Two-sided p-value of "no slope": not below that at a correlation of .8, unless the series speaks against one. */
  readonly p: number;
  /** The p-value averaged over the correlations alone. */
  readonly averaged: number;
}

/** Sets the correlation of neighbours up to which few checkpoints keep the level of the test. */
const GUARDED = 0.8;
/** Sets how far below the best log likelihood a correlation is taken as refuted. */
const REFUTED = 2;

/**
 * Fits y on x by generalised least squares with errors that follow AR(1) from point to point, averaged over 50
 * correlations
 * from 0 to .98 with the weights of the restricted likelihood, |V|^-1/2 |X'V^-1 X|^-1/2 RSS^-(n-2)/2; the tail is the
 * weighted mean of those of Student's t with n - 2 degrees of freedom. Few points say little of the correlation, and
 * the average rejects in 8 to 10 % of series whose correlation is .8; so the p-value is not below the one at .8 while
 * the likelihood of .8 is within e^-2 of the best: 5 to 6 % (simulated, 5 to 19 points). A random walk looks like a
 * trend to it. Sources: Prais & Winsten 1954; Harville 1977 for the restricted likelihood.
 * @param x in increasing order
 * @returns null for fewer than four points, or where x or y do not vary
 * @throws RangeError when the two differ in length
 */
export function wobbleTrend(x: ArrayLike<number>, y: ArrayLike<number>): WobbleTrend | null {
  const n = x.length;
  if (n !== y.length) throw new RangeError(`paired values differ in number: ${n} and ${y.length}`);
  if (n < 4 || constant(x) || constant(y)) return null;
  const fits = Array.from({ length: GRID }, (_, k) => fit(x, y, (LARGEST_CORRELATION * k) / (GRID - 1)));
  const top = Math.max(...fits.map(({ logWeight }) => logWeight));
  let [total, above, slope] = [0, 0, 0];
  for (const one of fits) {
    // A line through all points has an infinite weight at every correlation.
    const weight = top === Infinity ? Number(one.logWeight === Infinity) : Math.exp(one.logWeight - top);
    total += weight;
    above += weight * tAbove(one.t, n - 2);
    slope += weight * one.slope;
  }
  const tail = above / total;
  const averaged = 2 * Math.min(tail, 1 - tail);
  const guarded = fit(x, y, GUARDED);
  const refuted = top === Infinity || guarded.logWeight < top - REFUTED;
  return {
    slope: slope / total,
    averaged,
    p: refuted ? averaged : Math.max(averaged, 2 * tAbove(Math.abs(guarded.t), n - 2)),
  };
}

function constant(values: ArrayLike<number>): boolean {
  return Array.from(values).every((value) => value === values[0]);
}

/** Fits ordinary least squares to the first point and the innovations that follow, which are independent. */
function fit(x: ArrayLike<number>, y: ArrayLike<number>, rho: number): { logWeight: number; t: number; slope: number } {
  const n = x.length;
  const innovation = 1 - rho ** 2;
  let [ss, sx, xx, sy, xy, yy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const scale = i === 0 ? 1 : 1 / Math.sqrt(innovation);
    const of = (values: ArrayLike<number>) =>
      scale * ((values[i] as number) - (i === 0 ? 0 : rho * (values[i - 1] as number)));
    const [one, u, v] = [scale * (i === 0 ? 1 : 1 - rho), of(x), of(y)];
    ss += one * one;
    sx += one * u;
    xx += u * u;
    sy += one * v;
    xy += u * v;
    yy += v * v;
  }
  const determinant = ss * xx - sx * sx;
  const slope = (ss * xy - sx * sy) / determinant;
  const start = (xx * sy - sx * xy) / determinant;
  const residual = Math.max(0, yy - start * sy - slope * xy);
  const stderr = Math.sqrt(((residual / (n - 2)) * ss) / determinant);
  const logWeight = -0.5 * ((n - 1) * Math.log(innovation) + Math.log(determinant) + (n - 2) * Math.log(residual));
  return { logWeight, slope, t: stderr === 0 ? Math.sign(slope) * Infinity : slope / stderr };
}

/** Holds the fewest checkpoints at which the two questions are answered by their sum. */
const FEWEST_FOR_SUM = 20;

/**
 * Combines the p-value over rows and wordings with that of the wobble: both must speak for a trend. From 20 checkpoints
 * on 2 Phi(-(1 / z1^2 + 1 / z2^2)^-1/2), z = Phi^-1(1 - p / 2); below, the larger.
 */
export function bothQuestions(cells: number, wobble: number, points: number): number {
  if (points < FEWEST_FOR_SUM) return Math.max(cells, wobble);
  const [a, b] = [cells, wobble].map((p) => -normalInverse(Math.max(p, 1e-300) / 2)) as [number, number];
  if (a <= 0 || b <= 0) return 1;
  return normalTwoSided(1 / Math.sqrt(1 / a ** 2 + 1 / b ** 2));
}
