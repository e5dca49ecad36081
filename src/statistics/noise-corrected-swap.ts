/** Did the variance between prompts change, apart from noise, without a normal distribution? */

import type { Random } from "../base/random.js";
import { fastStream } from "./draws.js";
import type { PairedMoments } from "./moments.js";
import { residualMeanSquare } from "./noise-corrected-change.js";
import { EXACT_PROMPTS, type Permutation } from "./permutation.js";
import { mean } from "./uncertainty.js";

/**
 * Sign-flip test of equal noise-corrected variances. With x and y the prompts' means and N the residual mean squares / I,
 *     e_p = P / (P - 1) [(y_p - mean y)^2 - (x_p - mean x)^2] - (N_after - N_before),
 * whose mean is the change of the component. Exchanging before and after within a prompt turns the sign of the bracket; here
 * the sign of e_p is turned, and p is the share of sign patterns with |sum| at least as large. Exact in no finite sample
 * unless the noise is equal, where it is close to the prompt-swap test; its size by simulation, heavy tails included, is
 * in docs/statistics.md. Fewer than six prompts cannot reach 0.05.
 * Sources: Romano 1990 (sign changes for means); Janssen 1997 for the asymptotic argument.
 * @returns null for fewer than three prompts or two items, or when nothing varies
 */
export function noiseCorrectedSwap({ before, after }: PairedMoments, random: Random, draws = 9999): Permutation | null {
  const { prompts, items } = before;
  if (prompts < 3 || items < 2) return null;
  const noise =
    (residualMeanSquare(after.covariance, prompts) - residualMeanSquare(before.covariance, prompts)) / items;
  const [centreBefore, centreAfter] = [mean(before.means), mean(after.means)];
  const excess = after.means.map((value, p) => {
    const squares = (value - centreAfter) ** 2 - ((before.means[p] as number) - centreBefore) ** 2;
    return (prompts / (prompts - 1)) * squares - noise;
  });
  const size = excess.reduce((sum, value) => sum + Math.abs(value), 0);
  if (size === 0) return null;
  const observed = Math.abs(excess.reduce((sum, value) => sum + value, 0));
  // Equal patterns may differ in the last digits.
  const threshold = observed - 1e-9 * size;

  if (prompts <= EXACT_PROMPTS) {
    // Gray code: one sign changes at each step. Turning all of them changes nothing, so half is enough.
    const signs = new Int8Array(prompts).fill(1);
    let sum = excess.reduce((total, value) => total + value, 0);
    let count = 1;
    const half = 2 ** (prompts - 1);
    for (let step = 1; step < half; step++) {
      const p = 31 - Math.clz32(step & -step);
      sum -= 2 * (signs[p] as number) * (excess[p] as number);
      signs[p] = -(signs[p] as number);
      if (Math.abs(sum) >= threshold) count++;
    }
    return { p: count / half, exact: true, assignments: 2 * half };
  }

  const draw = fastStream(random);
  let count = 0;
  for (let k = 0; k < draws; k++) {
    let sum = 0;
    for (let p = 0; p < prompts; p++) sum += draw() < 0.5 ? (excess[p] as number) : -(excess[p] as number);
    if (Math.abs(sum) >= threshold) count++;
  }
  return { p: (1 + count) / (1 + draws), exact: false, assignments: draws + 1 };
}
