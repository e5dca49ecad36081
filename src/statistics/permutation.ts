/** Tests by exchanging the two checkpoints. */

import type { Random } from "../base/random.js";
import { fastStream } from "./draws.js";
import { mean } from "./uncertainty.js";

/** Limits the prompts at which every assignment is tried: 65,536 assignments. */
export const EXACT_PROMPTS = 16;

/** Holds the result of a permutation test. */
export interface Permutation {
  readonly p: number;
  /** Whether all 2^n assignments were tried. */
  readonly exact: boolean;
  /** Assignments tried, the observed one included. */
  readonly assignments: number;
}

/**
 * Tests equal variances by swapping prompts: each checkpoint's values are centred by their mean, before and after are
 * exchanged within any subset of prompts, and the statistic is |log(variance ratio)|. p is the share of assignments at
 * least as extreme; sampled assignments give p = (1 + number as extreme) / (1 + draws). Approximate in that centring is
 * by the sample mean. Source: Good 2005, section 3.7; Phipson & Smyth 2010 for the sampled p.
 * @param before one value per prompt, on whichever scale
 * @param random draws assignments above {@link EXACT_PROMPTS} prompts
 * @returns null for fewer than two prompts or when nothing varies
 * @throws RangeError when the two differ in length
 */
export function promptSwap(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  random: Random,
  draws = 9999,
): Permutation | null {
  const n = before.length;
  if (n !== after.length) throw new RangeError(`paired values differ in number: ${n} and ${after.length}`);
  if (n < 2) return null;
  const [x, y] = [centred(before), centred(after)];
  // Exchanging prompt p moves these amounts between the sums of the two sides.
  const linear = x.map((value, p) => (y[p] as number) - value);
  const square = x.map((value, p) => (y[p] as number) ** 2 - value ** 2);
  const [xx, yy] = [sumOfSquares(x), sumOfSquares(y)];
  if (xx + yy === 0) return null;
  // Both sides sum to 0 at first, so the sum of one is minus that of the other.
  const statistic = (sum: number, moved: number) => {
    const [a, b] = [xx + moved - (sum * sum) / n, yy - moved - (sum * sum) / n];
    return Math.abs(Math.log(Math.max(a, 0) / Math.max(b, 0)));
  };
  const observed = statistic(0, 0);
  // Equal assignments may differ in the last digits.
  const threshold = observed === Infinity ? observed : observed - 1e-9 * (1 + observed);
  const extreme = (sum: number, moved: number) => {
    const value = statistic(sum, moved);
    return value >= threshold || (Number.isNaN(value) && !(observed > 0));
  };

  if (n <= EXACT_PROMPTS) {
    // Gray code: one prompt changes sides at each step. Exchanging all of them changes nothing, so half is enough.
    const swapped = new Uint8Array(n);
    let [sum, moved, count] = [0, 0, 1];
    const half = 2 ** (n - 1);
    for (let step = 1; step < half; step++) {
      const p = 31 - Math.clz32(step & -step);
      const sign = swapped[p] === 0 ? 1 : -1;
      swapped[p] = 1 - (swapped[p] as number);
      sum += sign * (linear[p] as number);
      moved += sign * (square[p] as number);
      if (extreme(sum, moved)) count++;
    }
    return { p: count / half, exact: true, assignments: 2 * half };
  }

  const draw = fastStream(random);
  let count = 0;
  for (let k = 0; k < draws; k++) {
    let [sum, moved] = [0, 0];
    for (let p = 0; p < n; p++) {
      if (draw() < 0.5) {
        sum += linear[p] as number;
        moved += square[p] as number;
      }
    }
    if (extreme(sum, moved)) count++;
  }
  return { p: (1 + count) / (1 + draws), exact: false, assignments: draws + 1 };
}

function centred(values: ArrayLike<number>): Float64Array {
  const centre = mean(values);
  return Float64Array.from(values, (value) => value - centre);
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/**
 * Returns the two-sided p-value of the sign test of "as many values rise as fall"; values of 0 do not count, and none
 * at all gives 1. Source: Conover 1999, section 3.4.
 */
export function signTest(values: ArrayLike<number>): number {
  const all = Array.from(values).filter((value) => value !== 0);
  const fewer = Math.min(all.filter((value) => value > 0).length, all.filter((value) => value < 0).length);
  let term = 0.5 ** all.length;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += term;
    term *= (all.length - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}
