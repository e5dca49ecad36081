/** Describes which prompts share a wording and which share a presentation. */

import { naturally } from "../../base/wording.js";
import type { GridMoments } from "../moments.js";

/**
 * Describes a design of P prompts. Wordings are random: they stand for many others. Presentations are fixed: they stand
 * for themselves only.
 */
export interface CrossedDesign {
  readonly prompts: number;
  /** Number of the wording of each prompt (P), from 0. */
  readonly wording: Int32Array;
  /** Number of the presentation of each prompt (P), from 0, in the natural order of their names. */
  readonly presentation: Int32Array;
  readonly wordings: number;
  readonly presentations: number;
  /** Degrees of freedom within presentations, P less the number of presentations. */
  readonly df: number;
  /** Whether every wording stands once only. */
  readonly nested: boolean;
  /** Whether every wording stands equally often, once at most in each presentation. */
  readonly balanced: boolean;
  /**
   * Degrees of freedom where all prompts of a wording move together, tr(M)^2 / tr(M^2) with M = G'BG: G tells the
   * wording of a prompt, B centres within presentations. It is W - 1 for a balanced crossed design.
   */
  readonly togetherDf: number;
  /** sum of squared prompts per wording / tr(M^2): what makes the variance of a mean unbiased. */
  readonly meanFactor: number;
}

/**
 * Builds a design from what each prompt has.
 * @param wordings wording of each prompt (P)
 * @param presentations presentation of each prompt (P)
 * @throws RangeError when the two differ in length or are empty
 */
export function crossedDesign(
  wordings: readonly (string | number)[],
  presentations: readonly (string | number)[],
): CrossedDesign {
  const prompts = wordings.length;
  if (prompts === 0 || prompts !== presentations.length) {
    throw new RangeError(`${prompts} wordings, but ${presentations.length} presentations`);
  }
  const [wording, presentation] = [numbered(wordings), numbered(presentations, inOrder(presentations))];
  const [w, c] = [1 + Math.max(...wording), 1 + Math.max(...presentation)];
  const counts = new Float64Array(w * c);
  wording.forEach((own, p) => {
    const at = own * c + (presentation[p] as number);
    counts[at] = (counts[at] as number) + 1;
  });
  const sizes = cellSizes(presentation, c);
  const perWording = Array.from({ length: w }, (_, k) => wording.filter((own) => own === k).length);
  let [trace, squares] = [0, 0];
  for (let a = 0; a < w; a++) {
    for (let b = 0; b < w; b++) {
      let entry = a === b ? (perWording[a] as number) : 0;
      for (let l = 0; l < c; l++) {
        entry -= ((counts[a * c + l] as number) * (counts[b * c + l] as number)) / (sizes[l] as number);
      }
      if (a === b) trace += entry;
      squares += entry * entry;
    }
  }
  const equal = perWording.every((own) => own === perWording[0]);
  return {
    prompts,
    wording,
    presentation,
    wordings: w,
    presentations: c,
    df: prompts - c,
    nested: w === prompts,
    balanced: equal && counts.every((count) => count <= 1),
    togetherDf: squares > 0 ? trace ** 2 / squares : 0,
    meanFactor: squares > 0 ? perWording.reduce((sum, own) => sum + own ** 2, 0) / squares : NaN,
  };
}

/** Returns the design in which every prompt is a wording of its own, in one presentation. */
export function ownWordings(prompts: number): CrossedDesign {
  const each = Array.from({ length: prompts }, (_, p) => p);
  return crossedDesign(
    each,
    each.map(() => 0),
  );
}

/** Returns how many prompts stand in each presentation. */
export function cellSizes(presentation: Int32Array, presentations: number): Float64Array {
  const sizes = new Float64Array(presentations);
  for (const own of presentation) sizes[own] = (sizes[own] as number) + 1;
  return sizes;
}

/**
 * Returns the largest SD within presentations that prompts' means can have: half of each presentation's at either end
 * of the scale, with the design's degrees of freedom in the denominator. Infinite where nothing can be compared.
 * @param width of the scale
 */
export function largestSd({ presentation, presentations, df }: CrossedDesign, width = 1): number {
  if (df < 1) return Infinity;
  const squares = cellSizes(presentation, presentations).reduce(
    (sum, size) => sum + (Math.floor(size / 2) * Math.ceil(size / 2)) / size,
    0,
  );
  return width * Math.sqrt(squares / df);
}

/** Returns the values less the mean of their presentation (P), exactly 0 where these are all alike. */
export function centredWithin({ presentation, presentations }: CrossedDesign, values: ArrayLike<number>): Float64Array {
  const sizes = cellSizes(presentation, presentations);
  const first = new Float64Array(presentations).fill(NaN);
  const sums = new Float64Array(presentations);
  presentation.forEach((own, p) => {
    const value = values[p] as number;
    if (Number.isNaN(first[own])) first[own] = value;
    sums[own] = (sums[own] as number) + value - (first[own] as number);
  });
  return Float64Array.from(
    presentation,
    (own, p) => (values[p] as number) - (first[own] as number) - (sums[own] as number) / (sizes[own] as number),
  );
}

/** Holds what prompts are within their presentations. */
export interface Within {
  /** Means of the prompts less that of their presentation (P). */
  readonly z: Float64Array;
  /** Mean square of `z`. */
  readonly variance: number;
  /** Sum over prompts of the variances of one row's scores, less the presentation's mean of the row; at least 0. */
  readonly trace: number;
}

/** @returns null for fewer than two rows, or where no presentation has two prompts */
export function within({ prompts, items, means, covariance }: GridMoments, design: CrossedDesign): Within | null {
  if (items < 2 || design.df < 1) return null;
  const z = centredWithin(design, means);
  const centred = centredBlock(design, covariance);
  let trace = 0;
  for (let p = 0; p < prompts; p++) trace += centred[p * prompts + p] as number;
  return { z, variance: z.reduce((sum, value) => sum + value ** 2, 0) / design.df, trace: Math.max(0, trace) };
}

/** Returns B a B for a block a (P x P), B the centring within presentations. */
export function centredBlock(design: CrossedDesign, block: Float64Array): Float64Array {
  const n = design.prompts;
  const rows = new Float64Array(n * n);
  for (let p = 0; p < n; p++) rows.set(centredWithin(design, block.subarray(p * n, (p + 1) * n)), p * n);
  const out = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let q = 0; q < n; q++) {
    for (let p = 0; p < n; p++) column[p] = rows[p * n + q] as number;
    const centred = centredWithin(design, column);
    for (let p = 0; p < n; p++) out[p * n + q] = centred[p] as number;
  }
  return out;
}

/**
 * Returns the presentations, each once, in the order in which a design numbers them, whatever prompt comes first: the
 * natural one, a level that is not named (`choices=none`) before all others, as what it is called elsewhere is.
 */
export function inOrder<T extends string | number>(presentations: readonly T[]): T[] {
  const key = (one: T) => String(one).replace(/=none\b/g, "=");
  return [...new Set(presentations)].sort((a, b) => naturally(key(a), key(b)));
}

function numbered(names: readonly (string | number)[], order: readonly (string | number)[] = []): Int32Array {
  const known = new Map(order.map((name, at) => [name, at]));
  return Int32Array.from(names, (name) => {
    const found = known.get(name) ?? known.size;
    known.set(name, found);
    return found;
  });
}
