/** Measures the noise that prompts of different wordings share, e.g. where they all answer alike. */

import { both, type CrossedMoments, type Sides } from "./moments.js";

/** Sums over pairs of prompts, divided by the squared degrees of freedom within presentations. */
export interface SharedNoise {
  /** Of the squared noise covariance of prompts of different wordings, unbiased (each side). */
  readonly squares: Sides<number>;
  /** Of z_p H_pq z_q over such pairs (each side). */
  readonly linear: Sides<number>;
  /** Of the squared noise covariance of all pairs (each side). */
  readonly all: Sides<number>;
  /** Variance that it adds to the difference of the two components. */
  readonly ofDifference: number;
}

/**
 * Uses the unbiased square of a covariance with n degrees of freedom,
 * n^2 / ((n - 1)(n + 2)) (H_pq^2 - H_pp H_qq / n), n the rows less one.
 * Source: Srivastava 2005 for the unbiased square of a Wishart entry.
 */
export function sharedNoise({ design, items, noise, z }: CrossedMoments): SharedNoise {
  const { prompts: n, wording, df } = design;
  const rows = items - 1;
  const factor = rows > 1 ? rows ** 2 / ((rows - 1) * (rows + 2)) : 0;
  const squares = [0, 0];
  const linear = [0, 0];
  const all = [0, 0];
  let [squareOfDifference, linearOfDifference] = [0, 0];
  for (const j of [0, 1] as const) {
    for (const k of [0, 1] as const) {
      const block = noise[j][k];
      const sign = j === k ? 1 : -1;
      for (let p = 0; p < n; p++) {
        for (let q = 0; q < n; q++) {
          const h = block[p * n + q] as number;
          const own = (noise[j][j][p * n + p] as number) * (noise[k][k][q * n + q] as number);
          const square = factor * (h * h - own / rows);
          if (j === k) all[k] = (all[k] as number) + square;
          if (wording[p] === wording[q]) continue;
          const line = (z[j][p] as number) * h * (z[k][q] as number);
          squareOfDifference += sign * square;
          linearOfDifference += sign * line;
          if (j !== k) continue;
          squares[k] = (squares[k] as number) + square;
          linear[k] = (linear[k] as number) + line;
        }
      }
    }
  }
  const scale = df ** 2;
  const [q, line] = [squareOfDifference / scale, linearOfDifference / scale];
  return {
    squares: both((k) => (squares[k] as number) / scale),
    linear: both((k) => (linear[k] as number) / scale),
    all: both((k) => (all[k] as number) / scale),
    ofDifference: Math.max(0, 4 * (line - q) + 2 * q),
  };
}

/** Returns the degrees of freedom of the difference of two components, shared noise counted; at least 1.5. */
export function differenceDf({ variance: [b, a], shared }: CrossedMoments, block: number, extra: number): number {
  const core = 2 * (b ** 2 + a ** 2 - 2 * shared ** 2);
  const df = core / (core / block + extra);
  return Number.isNaN(df) ? 1.5 : Math.max(1.5, df);
}

/** Finds the largest eigenvalue of a symmetric matrix without negative ones (n x n), by the power method to 1e-10. */
export function largestEigenvalue(matrix: Float64Array, n: number): number {
  let v = Float64Array.from({ length: n }, (_, p) => 1 + 0.37 * Math.sin(1 + 2.1 * p));
  let value = 0;
  for (let step = 0; step < 2000; step++) {
    const next = new Float64Array(n);
    for (let p = 0; p < n; p++) {
      let sum = 0;
      for (let q = 0; q < n; q++) sum += (matrix[p * n + q] as number) * (v[q] as number);
      next[p] = sum;
    }
    const size = Math.sqrt(next.reduce((sum, x) => sum + x * x, 0));
    if (size === 0) return 0;
    v = next.map((x) => x / size);
    if (Math.abs(size - value) <= 1e-10 * size && step > 5) return size;
    value = size;
  }
  return value;
}
