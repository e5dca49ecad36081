/** Measures whether two checkpoints, or many, put the prompts in the same order. */

import type { Random } from "../base/random.js";
import { chiSquareAbove, normalTwoSided } from "./distributions.js";
import { fastStream } from "./draws.js";

/** Ranks 1..n; equal values share the mean of their ranks. */
export function midranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(order.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
    for (let k = from; k < to; k++) ranks[order[k] as number] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** Returns sizes of the groups of equal values; 1 for a value that stands alone. */
function tieSizes(values: ArrayLike<number>): number[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts.values()];
}

/** Holds the agreement of m rankings of n things. */
export interface KendallW {
  /** 1: the same ranking everywhere; 0: no agreement. Corrected for ties. */
  readonly w: number;
  /** Without the correction for ties. */
  readonly uncorrected: number;
  /** m (n - 1) W, n - 1 degrees of freedom, and its upper tail: far too large a p for few rankings. */
  readonly chiSquare: number;
  readonly df: number;
  readonly chiSquareP: number;
  /** p-value of "the rankings are unrelated": rankings shuffled independently reach W in this share of draws. */
  readonly p: number;
  /** Mean Spearman correlation over pairs of rankings. */
  readonly meanSpearman: number;
}

/**
 * Computes W = 12 S / (m^2 (n^3 - n) - m T), S the squared deviations of the rank sums, T = sum over raters of sum (t^3
 * - t) over their ties; chi-square = m (n - 1) W with n - 1 degrees of freedom; mean Spearman = (m W - 1) / (m - 1); p
 * = (1 + draws as extreme) / (1 + draws). Sources: Kendall & Gibbons 1990, chapter 6; Legendre 2005 for the shuffling.
 * @param scores [rater][thing]; e.g. [checkpoint][prompt] for the order of prompts along checkpoints
 * @returns null for fewer than two raters or things, or when every rater ties all of them
 */
export function kendallW(scores: readonly ArrayLike<number>[], random: Random, draws = 1999): KendallW | null {
  const m = scores.length;
  const n = scores[0]?.length ?? 0;
  if (m < 2 || n < 2) return null;
  const rankings = scores.map(midranks);
  const ties = scores.reduce((all, values) => all + tieSizes(values).reduce((sum, t) => sum + t ** 3 - t, 0), 0);
  const sums = new Float64Array(n);
  const squaredDeviations = () => {
    sums.fill(0);
    for (const ranks of rankings) for (let k = 0; k < n; k++) sums[k] = (sums[k] as number) + (ranks[k] as number);
    return sums.reduce((sum, value) => sum + (value - (m * (n + 1)) / 2) ** 2, 0);
  };
  const squares = squaredDeviations();
  const whole = m * m * (n ** 3 - n);
  if (whole === m * ties) return null;
  const w = (12 * squares) / (whole - m * ties);
  const chiSquare = m * (n - 1) * w;
  const uniform = fastStream(random);
  let extreme = 0;
  for (let draw = 0; draw < draws; draw++) {
    // The first ranking may stay: only their relation matters.
    for (let rater = 1; rater < m; rater++) {
      const ranks = rankings[rater] as Float64Array;
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1));
        const held = ranks[i] as number;
        ranks[i] = ranks[j] as number;
        ranks[j] = held;
      }
    }
    // Squares of sums of midranks are multiples of a quarter.
    if (squaredDeviations() >= squares - 1e-6) extreme++;
  }
  return {
    w,
    uncorrected: (12 * squares) / whole,
    chiSquare,
    df: n - 1,
    chiSquareP: chiSquareAbove(chiSquare, n - 1),
    p: (1 + extreme) / (1 + draws),
    meanSpearman: (m * w - 1) / (m - 1),
  };
}

/** Holds Kendall's tau-b. */
export interface KendallTau {
  readonly tau: number;
  readonly p: number;
  /** Whether p is exact: no ties and at most {@link EXACT_TAU} pairs of values. */
  readonly exact: boolean;
}

const EXACT_TAU = 33;

/**
 * Computes tau-b = (C - D) / sqrt((n0 - n1)(n0 - n2)); two-sided p exact by the distribution of inversions, otherwise
 * normal with the variance corrected for ties. Source: Kendall & Gibbons 1990, chapters 3 and 4.
 * @returns null for fewer than two pairs or when all values of a side are equal
 * @throws RangeError when the two differ in length
 */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>): KendallTau | null {
  const n = x.length;
  if (n !== y.length) throw new RangeError(`paired values differ in number: ${n} and ${y.length}`);
  let [concordant, discordant] = [0, 0];
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const sign = Math.sign((x[a] as number) - (x[b] as number)) * Math.sign((y[a] as number) - (y[b] as number));
      if (sign > 0) concordant++;
      else if (sign < 0) discordant++;
    }
  }
  const all = (n * (n - 1)) / 2;
  const [xTies, yTies] = [tieSizes(x), tieSizes(y)];
  const pairs = (ties: number[]) => ties.reduce((sum, t) => sum + (t * (t - 1)) / 2, 0);
  const [xPairs, yPairs] = [pairs(xTies), pairs(yTies)];
  if (all === xPairs || all === yPairs) return null;
  const difference = concordant - discordant;
  const tau = difference / Math.sqrt((all - xPairs) * (all - yPairs));
  if (xPairs === 0 && yPairs === 0 && n <= EXACT_TAU) {
    const tail = inversionsAtMost(n, Math.min(concordant, discordant));
    return { tau, p: Math.min(1, 2 * tail), exact: true };
  }
  const cube = (ties: number[]) => ties.reduce((sum, t) => sum + t * (t - 1) * (2 * t + 5), 0);
  const triple = (ties: number[]) => ties.reduce((sum, t) => sum + t * (t - 1) * (t - 2), 0);
  const variance =
    (n * (n - 1) * (2 * n + 5) - cube(xTies) - cube(yTies)) / 18 +
    (2 * xPairs * yPairs) / (n * (n - 1)) +
    (n < 3 ? 0 : (triple(xTies) * triple(yTies)) / (9 * n * (n - 1) * (n - 2)));
  return { tau, p: normalTwoSided(difference / Math.sqrt(variance)), exact: false };
}

/** Computes the probability that a random order of n things has at most k inversions (the Mahonian numbers over n!). */
export function inversionsAtMost(n: number, k: number): number {
  // Probabilities rather than counts: 33! is beyond exact integers.
  let shares = new Float64Array([1]);
  for (let size = 2; size <= n; size++) {
    const next = new Float64Array(shares.length + size - 1);
    shares.forEach((share, inversions) => {
      for (let added = 0; added < size; added++) {
        next[inversions + added] = (next[inversions + added] as number) + share / size;
      }
    });
    shares = next;
  }
  let sum = 0;
  for (let inversions = 0; inversions <= Math.min(k, shares.length - 1); inversions++) {
    sum += shares[inversions] as number;
  }
  return sum;
}
