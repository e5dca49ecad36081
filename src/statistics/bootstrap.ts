/** Bootstraps figures that are functions of the prompts' means. */

import type { Random } from "../base/random.js";
import { fastStream, normalDraws, resampleCounts } from "./draws.js";

const DRAWS = 3000;

/**
 * Limits the number of items that are resampled one by one. Above it the resampled means are drawn from the normal
 * distribution with the same mean and the same covariance as resampling gives them (exactly C (I - 1) / I^2): only the
 * skewness, of order 1 / sqrt(I), is lost.
 */
const EXACT_ITEMS = 1000;

/** Says how to resample. */
export interface BootstrapOptions {
  readonly random: Random;
  readonly draws?: number;
  /** Overrides {@link EXACT_ITEMS}. */
  readonly exactItems?: number;
}

/**
 * Draws resampled means of rows that share their items.
 * @param rows [row] -> scores of the row over the items, all of the same length; before and after are simply more rows
 * @param covariance over items of the rows (R x R); used above `exactItems` items
 * @yields the means (R) of one resample; the array is reused
 */
export function* resampledMeans(
  rows: readonly Float64Array[],
  covariance: () => Float64Array,
  { random, draws = DRAWS, exactItems = EXACT_ITEMS }: BootstrapOptions,
): Generator<Float64Array, void> {
  const uniform = fastStream(random);
  const items = rows[0]?.length ?? 0;
  const out = new Float64Array(rows.length);
  if (items <= exactItems) {
    const counts = new Float64Array(items);
    for (let draw = 0; draw < draws; draw++) {
      resampleCounts(counts, uniform);
      for (let r = 0; r < rows.length; r++) {
        const row = rows[r] as Float64Array;
        let sum = 0;
        for (let i = 0; i < items; i++) sum += (counts[i] as number) * (row[i] as number);
        out[r] = sum / items;
      }
      yield out;
    }
    return;
  }
  const means = rows.map((row) => row.reduce((sum, value) => sum + value, 0) / items);
  const factor = cholesky(
    covariance().map((value) => (value * (items - 1)) / items ** 2),
    rows.length,
  );
  const normal = normalDraws(uniform);
  const z = new Float64Array(rows.length);
  for (let draw = 0; draw < draws; draw++) {
    for (let r = 0; r < z.length; r++) z[r] = normal();
    for (let r = 0; r < z.length; r++) {
      let sum = means[r] as number;
      for (let c = 0; c <= r; c++) sum += (factor[r * z.length + c] as number) * (z[c] as number);
      out[r] = sum;
    }
    yield out;
  }
}

/**
 * Computes the lower triangular L with L L' = matrix (n x n, positive semi-definite: directions without variance get
 * zeros).
 */
export function cholesky(matrix: ArrayLike<number>, n: number): Float64Array {
  const out = new Float64Array(n * n);
  let largest = 0;
  for (let r = 0; r < n; r++) largest = Math.max(largest, matrix[r * n + r] as number);
  for (let c = 0; c < n; c++) {
    let pivot = matrix[c * n + c] as number;
    for (let k = 0; k < c; k++) pivot -= (out[c * n + k] as number) ** 2;
    if (pivot <= largest * 1e-12) continue;
    const root = Math.sqrt(pivot);
    out[c * n + c] = root;
    for (let r = c + 1; r < n; r++) {
      let sum = matrix[r * n + c] as number;
      for (let k = 0; k < c; k++) sum -= (out[r * n + k] as number) * (out[c * n + k] as number);
      out[r * n + c] = sum / root;
    }
  }
  return out;
}
