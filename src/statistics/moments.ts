/** Computes what the sensitivity statistics need of a grid: the prompts' means and their covariance over items. */

import { promptMeans, type ScoreGrid } from "./grid.js";

/**
 * Holds the first and second moments of a grid over its items. Every figure about prompt means is a function of these.
 */
export interface GridMoments {
  readonly prompts: number;
  readonly items: number;
  /** Mean score of each prompt, or its transform (P). */
  readonly means: Float64Array;
  /**
   * Covariance over items of the prompts' scores (P x P, row-major, I - 1 in the denominator); covariance / I is the
   * covariance of the means that comes from the sampling of items. NaN for a single item.
   */
  readonly covariance: Float64Array;
}

/** Holds moments before and after on the same prompts and items. */
export interface PairedMoments {
  readonly before: GridMoments;
  readonly after: GridMoments;
  /** Covariance over items of prompt p before with prompt q after (P x P, row-major [p][q]). */
  readonly cross: Float64Array;
}

export function gridMoments(grid: ScoreGrid): GridMoments {
  const means = promptMeans(grid);
  return { prompts: grid.prompts, items: grid.items, means, covariance: covarianceOf(grid, means, grid, means) };
}

/**
 * @param momentsOf where moments of the grids are known already
 * @throws RangeError when the two grids differ in prompts or items
 */
export function pairedMoments(
  before: ScoreGrid,
  after: ScoreGrid,
  momentsOf: (grid: ScoreGrid) => GridMoments = gridMoments,
): PairedMoments {
  if (before.prompts !== after.prompts || before.items !== after.items) {
    throw new RangeError(
      `the grids differ: ${before.prompts} x ${before.items} before, ${after.prompts} x ${after.items} after`,
    );
  }
  const [b, a] = [momentsOf(before), momentsOf(after)];
  return { before: b, after: a, cross: covarianceOf(before, b.means, after, a.means) };
}

/** Computes the moments of after - before. */
export function differenceMoments({ before, after, cross }: PairedMoments): GridMoments {
  const { prompts, items } = before;
  const covariance = new Float64Array(prompts * prompts);
  for (let p = 0; p < prompts; p++) {
    for (let q = 0; q < prompts; q++) {
      const [pq, qp] = [p * prompts + q, q * prompts + p];
      covariance[pq] =
        (after.covariance[pq] as number) +
        (before.covariance[pq] as number) -
        (cross[pq] as number) -
        (cross[qp] as number);
    }
  }
  return { prompts, items, means: after.means.map((value, p) => value - (before.means[p] as number)), covariance };
}

/** Names the scale a prompt's mean is read on. */
export type Scale = "probability" | "logit";

/**
 * Computes the empirical logit of a mean: log((k + 1/2) / (I - k + 1/2)) with k = I x mean, the sum of the scores. For
 * right/wrong scores k is the number right; for graded scores in [0, 1] it is a sum of fractions and the same half
 * keeps 0 and 1 finite. Source: Haldane 1956, Anscombe 1956.
 */
export function empiricalLogit(mean: number, items: number): number {
  return Math.log((items * mean + 0.5) / (items * (1 - mean) + 0.5));
}

/**
 * Maps the moments to the logit scale: means become empirical logits L_p, and covariances follow by the delta method:
 * cov(L_p, L_q) = g_p g_q cov(Y_p, Y_q) with g_p = dL/dmean = I / (k + 1/2) + I / (I - k + 1/2). This equals the
 * crossed ANOVA of the pseudo-values L_p + g_p (Y[p,i] - mean_p), the infinitesimal jackknife over items. A prompt
 * whose mean is 0 or 1 shows no variance over items, so its noise is taken for 0.
 */
export function logitMoments(moments: GridMoments): GridMoments {
  const slopes = logitSlopes(moments);
  return {
    ...moments,
    means: moments.means.map((value) => empiricalLogit(value, moments.items)),
    covariance: scaled(moments.covariance, slopes, slopes),
  };
}

function logitSlopes({ means, items }: GridMoments): Float64Array {
  return means.map((mean) => items / (items * mean + 0.5) + items / (items * (1 - mean) + 0.5));
}

function scaled(matrix: Float64Array, rows: Float64Array, columns: Float64Array): Float64Array {
  const n = columns.length;
  return matrix.map((value, at) => value * (rows[Math.floor(at / n)] as number) * (columns[at % n] as number));
}

function covarianceOf(x: ScoreGrid, xMeans: Float64Array, y: ScoreGrid, yMeans: Float64Array): Float64Array {
  const bits = x === y ? packed(x) : null;
  if (bits) return binaryCovariance(bits, bits, x.items, xMeans, yMeans);
  const [xBits, yBits] = [packed(x), packed(y)];
  if (xBits && yBits) return binaryCovariance(xBits, yBits, x.items, xMeans, yMeans);
  const { prompts, items } = x;
  const covariance = new Float64Array(prompts * prompts);
  const centred = new Float64Array(items);
  for (let p = 0; p < prompts; p++) {
    const xMean = xMeans[p] as number;
    for (let i = 0; i < items; i++) centred[i] = (x.values[p * items + i] as number) - xMean;
    // Centring one side is enough in exact arithmetic; both sides lose no digits to the mean.
    for (let q = x === y ? p : 0; q < prompts; q++) {
      const yMean = yMeans[q] as number;
      const start = q * items;
      let sum = 0;
      for (let i = 0; i < items; i++) sum += (centred[i] as number) * ((y.values[start + i] as number) - yMean);
      covariance[p * prompts + q] = sum / (items - 1);
      if (x === y) covariance[q * prompts + p] = sum / (items - 1);
    }
  }
  return covariance;
}

/** Packs the rows of a right/wrong grid as bits, or null when a score is neither 0 nor 1. */
export function packed({ prompts, items, values }: ScoreGrid): Uint32Array[] | null {
  const words = Math.ceil(items / 32);
  const rows: Uint32Array[] = [];
  for (let p = 0; p < prompts; p++) {
    const row = new Uint32Array(words);
    for (let i = 0; i < items; i++) {
      const value = values[p * items + i] as number;
      if (value === 1) row[i >>> 5] = (row[i >>> 5] as number) | (1 << (i & 31));
      else if (value !== 0) return null;
    }
    rows.push(row);
  }
  return rows;
}

/** Counts the ones in 32 bits. Source: Warren, Hacker's Delight, figure 5-2. */
export function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Computes cov = (n11 / I - mean_p mean_q) I / (I - 1), with n11 the number of items right under both. */
function binaryCovariance(
  x: readonly Uint32Array[],
  y: readonly Uint32Array[],
  items: number,
  xMeans: Float64Array,
  yMeans: Float64Array,
): Float64Array {
  const prompts = x.length;
  const covariance = new Float64Array(prompts * prompts);
  x.forEach((a, p) => {
    for (let q = x === y ? p : 0; q < prompts; q++) {
      const b = y[q] as Uint32Array;
      let both = 0;
      for (let word = 0; word < a.length; word++) both += bitCount((a[word] as number) & (b[word] as number));
      const value = (both - items * (xMeans[p] as number) * (yMeans[q] as number)) / (items - 1);
      covariance[p * prompts + q] = value;
      if (x === y) covariance[q * prompts + p] = value;
    }
  });
  return covariance;
}
