/** Computes the moments within presentations that all tests of a crossed design use. */

import type { PairedMoments } from "../moments.js";
import { mean } from "../uncertainty.js";
import { centredBlock, centredWithin, type CrossedDesign } from "./design.js";

/** Holds one value for each side: before and after fine-tuning. */
export type Sides<T> = readonly [before: T, after: T];

/** Holds moments before and after, centred within presentations. */
export interface CrossedMoments {
  readonly design: CrossedDesign;
  /** Rows that the means are over. */
  readonly items: number;
  /** Means of the prompts (P each). */
  readonly means: Sides<Float64Array>;
  /** Covariance of the means that comes from the rows (P x P blocks), not centred: [[bb, ba], [ab, aa]]. */
  readonly covariance: Sides<Sides<Float64Array>>;
  /** Means less those of their presentation (P each). */
  readonly z: Sides<Float64Array>;
  /** The covariance, centred on both sides. */
  readonly noise: Sides<Sides<Float64Array>>;
  /** Variances of the means within presentations, and their covariance. */
  readonly variance: Sides<number>;
  readonly shared: number;
  /** The part of the variances that the rows make. */
  readonly noiseVariance: Sides<number>;
  /** variance - noiseVariance: unbiased, so either may be negative. */
  readonly component: Sides<number>;
  /** Means of the means, kept off 0 and 1: (P I mean + 1/2) / (P I + 1). */
  readonly level: Sides<number>;
}

/**
 * Centres means and covariance within presentations.
 * @returns null for fewer than two rows, or where no presentation has two prompts
 */
export function crossedMoments({ before, after, cross }: PairedMoments, design: CrossedDesign): CrossedMoments | null {
  const { prompts: n, items } = before;
  if (items < 2 || design.df < 1) return null;
  const per = (values: Float64Array) => values.map((value) => value / items);
  const covariance: Sides<Sides<Float64Array>> = [
    [per(before.covariance), per(cross)],
    [per(transposed(cross, n)), per(after.covariance)],
  ];
  const means: Sides<Float64Array> = [before.means, after.means];
  const z: Sides<Float64Array> = [centredWithin(design, means[0]), centredWithin(design, means[1])];
  const noise = covariance.map((row) =>
    row.map((block) => centredBlock(design, block)),
  ) as unknown as typeof covariance;
  const variance = both((k) => product(z[k], z[k]) / design.df);
  const noiseVariance = both((k) => Math.max(0, trace(noise[k][k], n) / design.df));
  return {
    design,
    items,
    means,
    covariance,
    z,
    noise,
    variance,
    shared: product(z[0], z[1]) / design.df,
    noiseVariance,
    component: both((k) => variance[k] - noiseVariance[k]),
    level: both((k) => (n * items * mean(means[k]) + 0.5) / (n * items + 1)),
  };
}

/** Computes a value for both sides. */
export function both<T>(of: (side: 0 | 1) => T): Sides<T> {
  return [of(0), of(1)];
}

/** Returns the sum of the products of two vectors. */
export function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function trace(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let p = 0; p < n; p++) sum += matrix[p * n + p] as number;
  return sum;
}

function transposed(matrix: Float64Array, n: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % n) * n + Math.floor(at / n)] as number);
}
