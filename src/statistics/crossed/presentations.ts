/** Measures what the presentations do: their contrast, and the variance that it adds. */

import { fAbove, tTwoSided } from "../distributions.js";
import { cellSizes, type CrossedDesign } from "./design.js";
import { both, product, type CrossedMoments, type Sides } from "./moments.js";

/** Contrasts between the presentations' means, for both sides. */
export interface Presentations {
  /** Orthonormal contrasts (C - 1), each side: the sum of their squares / C is the variance between presentations. */
  readonly contrasts: Sides<Float64Array>;
  /** Their covariance over new wordings and rows, [side][side] blocks of (C - 1) x (C - 1). */
  readonly covariance: Sides<Sides<Float64Array>>;
  /** Their covariance over new rows alone. */
  readonly itemCovariance: Sides<Sides<Float64Array>>;
  /** Degrees of freedom over wordings. */
  readonly df: number;
  /** sum of squares / C, and the part of it that chance makes. */
  readonly variance: Sides<number>;
  readonly chance: Sides<number>;
  /** max(0, variance - chance). */
  readonly beside: Sides<number>;
  /** p-value of "the presentations make no difference", over new wordings and rows. */
  readonly pNoEffect: Sides<number>;
}

/**
 * Computes K = K_w + (item - own): K_w over wordings, `item` over rows, `own` the part of it that K_w has in it
 * already. The diagonal is not let fall below that of `item` and half of K_w.
 * @returns null for one presentation, or where a presentation has one prompt only
 */
export function presentationsOf(moments: CrossedMoments): Presentations | null {
  const { design, means, z, covariance } = moments;
  const c = design.presentations;
  const sizes = cellSizes(design.presentation, c);
  if (c < 2 || sizes.some((size) => size < 2)) return null;
  const weights = helmert(c).map((row) =>
    Float64Array.from(design.presentation, (own) => (row[own] as number) / (sizes[own] as number)),
  );
  const m = c - 1;
  const over = (of: (j: 0 | 1, k: 0 | 1, r: number, s: number) => number): Sides<Sides<Float64Array>> =>
    both((j) => both((k) => Float64Array.from({ length: m * m }, (_, at) => of(j, k, Math.floor(at / m), at % m))));
  const weight = (r: number) => weights[r] as Float64Array;
  const item = over((j, k, r, s) => bilinear(weight(r), covariance[j][k], weight(s)));
  const own = over((j, k, r, s) => bilinear(weight(r), covariance[j][k], weight(s), design.wording));
  const byWording = both((k) =>
    weights.map((one) => {
      const sums = new Float64Array(design.wordings);
      design.wording.forEach((w, p) => (sums[w] = (sums[w] as number) + (one[p] as number) * (z[k][p] as number)));
      return sums;
    }),
  );
  const wordings = design.wordings;
  const between = over((j, k, r, s) =>
    design.nested
      ? nestedCovariance(design, sizes, weight(r), z[j], weight(s), z[k])
      : (wordings / (wordings - 1)) * product(byWording[j][r] as Float64Array, byWording[k][s] as Float64Array),
  );
  const full = over((j, k, r, s) => {
    const at = r * m + s;
    const value = (between[j][k][at] as number) + (item[j][k][at] as number) - (own[j][k][at] as number);
    return j === k && r === s ? Math.max(value, item[j][k][at] as number, (between[j][k][at] as number) / 2) : value;
  });
  const kept = over((j, k, r, s) => {
    if (j === k && r === s) return full[j][k][r * m + s] as number;
    const scale = Math.sqrt((full[j][j][r * m + r] as number) * (full[k][k][s * m + s] as number));
    return Math.min(0.999 * scale, Math.max(-0.999 * scale, full[j][k][r * m + s] as number));
  });
  // Means that are all alike have contrasts of exactly 0.
  const from = both((k) => means[k].map((value) => value - (means[k][0] as number)));
  const contrasts = both((k) => Float64Array.from(weights, (one) => product(one, from[k])));
  const variance = both((k) => product(contrasts[k], contrasts[k]) / c);
  const chance = both((k) => diagonal(kept[k][k], m) / c);
  const df = design.nested ? design.df : design.balanced ? wordings - 1 : Math.max(1, design.togetherDf);
  return {
    contrasts,
    covariance: kept,
    itemCovariance: item,
    df,
    variance,
    chance,
    beside: both((k) => Math.max(0, variance[k] - chance[k])),
    pNoEffect: both((k) => noEffect(contrasts[k], kept[k][k], df)),
  };
}

/** Holds one contrast of two presentations, second less first, in score units. */
export interface Contrast {
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** Standard errors of each over new rows, these wordings. */
  readonly itemStderr: { readonly before: number; readonly after: number; readonly change: number };
  /** Standard errors over new wordings and new rows, with their degrees of freedom. */
  readonly wordingStderr: { readonly before: number; readonly after: number; readonly change: number };
  readonly df: number;
}

/** Returns the contrast of two presentations; null for another number of them. */
export function contrastOf({ contrasts, covariance, itemCovariance, df }: Presentations): Contrast | null {
  if (contrasts[0].length !== 1) return null;
  const [b, a] = both((k) => Math.SQRT2 * (contrasts[k][0] as number));
  const errors = (blocks: Sides<Sides<Float64Array>>) => {
    const at = (j: 0 | 1, k: 0 | 1) => 2 * (blocks[j][k][0] as number);
    return {
      before: Math.sqrt(at(0, 0)),
      after: Math.sqrt(at(1, 1)),
      change: Math.sqrt(Math.max(0, at(0, 0) + at(1, 1) - 2 * at(0, 1))),
    };
  };
  return {
    before: b,
    after: a,
    change: a - b,
    itemStderr: errors(itemCovariance),
    wordingStderr: errors(covariance),
    df,
  };
}

/** Returns orthonormal contrasts of c means: (c - 1) rows that sum to 0. */
function helmert(c: number): number[][] {
  return Array.from({ length: c - 1 }, (_, j) => {
    const size = Math.sqrt((j + 1) * (j + 2));
    return Array.from({ length: c }, (__, l) => (l <= j ? -1 / size : l === j + 1 ? (j + 1) / size : 0));
  });
}

/** Computes the sum over p, q of a_p m_pq b_q; with groups, over pairs of one group only. */
function bilinear(a: Float64Array, m: Float64Array, b: Float64Array, groups: Int32Array | null = null): number {
  const n = a.length;
  let sum = 0;
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < n; q++) {
      if (groups !== null && groups[p] !== groups[q]) continue;
      sum += (a[p] as number) * (m[p * n + q] as number) * (b[q] as number);
    }
  }
  return sum;
}

/** Sums the covariance within presentations / their size; `a` and `b` are a contrast's weights of each prompt. */
function nestedCovariance(
  { presentation }: CrossedDesign,
  sizes: Float64Array,
  a: Float64Array,
  x: Float64Array,
  b: Float64Array,
  y: Float64Array,
): number {
  let sum = 0;
  presentation.forEach((own, p) => {
    const size = sizes[own] as number;
    sum += ((a[p] as number) * (b[p] as number) * (x[p] as number) * (y[p] as number) * size) / (size - 1);
  });
  return sum;
}

/**
 * Tests that all contrasts are 0 by Hotelling's T^2; by Student's t for one contrast. Source: Anderson 2003, section
 * 5.2.
 */
function noEffect(contrasts: Float64Array, covariance: Float64Array, df: number): number {
  const m = contrasts.length;
  if (m === 1) {
    const stderr = Math.sqrt(covariance[0] as number);
    const value = contrasts[0] as number;
    return stderr === 0 ? (value === 0 ? 1 : 0) : tTwoSided(value / stderr, df);
  }
  const rest = df - m + 1;
  const lower = cholesky(covariance, m);
  if (rest < 1 || lower === null) return 1;
  let square = 0;
  const solved = new Float64Array(m);
  for (let r = 0; r < m; r++) {
    let value = contrasts[r] as number;
    for (let s = 0; s < r; s++) value -= (lower[r * m + s] as number) * (solved[s] as number);
    solved[r] = value / (lower[r * m + r] as number);
    square += (solved[r] as number) ** 2;
  }
  return fAbove((square * rest) / (df * m), m, rest);
}

/** Computes the lower triangular factor; null where the matrix is not positive definite. */
function cholesky(matrix: Float64Array, n: number): Float64Array | null {
  const lower = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    for (let s = 0; s <= r; s++) {
      let value = matrix[r * n + s] as number;
      for (let k = 0; k < s; k++) value -= (lower[r * n + k] as number) * (lower[s * n + k] as number);
      if (r === s) {
        if (value <= 1e-12 * (matrix[r * n + r] as number)) return null;
        lower[r * n + r] = Math.sqrt(value);
      } else lower[r * n + s] = value / (lower[s * n + s] as number);
    }
  }
  return lower;
}

function diagonal(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let r = 0; r < n; r++) sum += matrix[r * n + r] as number;
  return sum;
}
