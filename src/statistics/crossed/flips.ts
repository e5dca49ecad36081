/** Tests by turning the sign of whole wordings. */

import type { Random } from "../../base/random.js";
import { fastStream } from "../draws.js";
import type { CrossedDesign } from "./design.js";

/** Limits the wordings at which every pattern of signs is tried: 65,536 patterns. */
const EXACT_WORDINGS = 16;

/** Holds the result of a test by signs. */
export interface Flips {
  readonly p: number;
  /** Whether all patterns were tried. */
  readonly exact: boolean;
}

/** Sums a value of each prompt over its wording (W). */
export function perWording({ wording, wordings, prompts }: CrossedDesign, values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(wordings);
  for (let p = 0; p < prompts; p++) {
    const w = wording[p] as number;
    sums[w] = (sums[w] as number) + (values[p] as number);
  }
  return sums.map((sum) => (sum * wordings) / prompts);
}

/**
 * Computes the share of the patterns of signs whose sum is at least as large as the observed one, in absolute value;
 * sampled patterns give (1 + number as extreme) / (1 + draws). Fewer than six values cannot reach .05. Source: Romano
 * 1990.
 * @param excess one value for each wording, symmetric around 0 where nothing changed
 * @returns null when all values are 0
 */
export function signFlips(excess: Float64Array, random: Random, draws = 9999): Flips | null {
  const n = excess.length;
  const size = excess.reduce((sum, value) => sum + Math.abs(value), 0);
  if (!(size > 0)) return null;
  let sum = excess.reduce((total, value) => total + value, 0);
  // Equal patterns may differ in the last digits.
  const threshold = Math.abs(sum) - 1e-9 * size;
  if (n <= EXACT_WORDINGS) {
    // Gray code: one sign turns at each step. Turning all of them changes nothing, so half is enough.
    const signs = new Int8Array(n).fill(1);
    let count = 1;
    const half = 2 ** (n - 1);
    for (let step = 1; step < half; step++) {
      const w = 31 - Math.clz32(step & -step);
      sum -= 2 * (signs[w] as number) * (excess[w] as number);
      signs[w] = -(signs[w] as number);
      if (Math.abs(sum) >= threshold) count++;
    }
    return { p: count / half, exact: true };
  }
  const uniform = fastStream(random);
  let count = 0;
  for (let k = 0; k < draws; k++) {
    let [total, bits] = [0, 0];
    for (let w = 0; w < n; w++) {
      // One number has the signs of 30 wordings.
      if (w % 30 === 0) bits = Math.floor(uniform() * 2 ** 30);
      total += (bits & 1) === 1 ? (excess[w] as number) : -(excess[w] as number);
      bits >>= 1;
    }
    if (Math.abs(total) >= threshold) count++;
  }
  return { p: (1 + count) / (1 + draws), exact: false };
}
