/** Did the variance between prompts change, apart from the noise of the items? */

import type { Random } from "../base/random.js";
import type { Interval } from "./distributions.js";
import { chiSquareDraw, fastStream, normalDraws } from "./draws.js";
import { sortedPercentile } from "./level.js";
import type { PairedMoments } from "./moments.js";
import { pairedVariances } from "./pitman-morgan.js";

/** Change of the noise-corrected variance between prompts, on the scale of the moments. */
export interface NoiseCorrectedChange {
  /** Noise-corrected standard deviations: sqrt(max(0, component)). */
  readonly sdBefore: number;
  readonly sdAfter: number;
  /** after - before of the components; unbiased, not truncated. */
  readonly varianceChange: number;
  /** 95 % interval of the change of the components. */
  readonly varianceInterval: Interval;
  /** 95 % interval of sdAfter - sdBefore. */
  readonly sdChange: Interval;
  /** 95 % interval of sdAfter / sdBefore: from 0 or to infinity where the data allow a component of 0. */
  readonly sdRatio: Interval;
  /** Two-sided p-value of "the components are equal". */
  readonly p: number;
}

export const PIVOT_DRAWS = 9999;

/**
 * The prompts' means before and after are taken as normal pairs with covariance Sigma = Sigma_prompt + N / I, where the
 * diagonal of N holds the residual mean squares: the noise that the shared items leave in the differences of means.
 * Sigma is drawn from its generalised pivotal distribution: with L L' = (P - 1) S for sums and differences of the pairs
 * and A the Bartlett factor of a standard Wishart matrix, Sigma = (L A^-1)(L A^-1)', half of the draws with the difference
 * first. Each draw less N / I gives components; p is twice the smaller tail of their difference around 0. With equal noise
 * this is the Pitman-Morgan test; unlike it, unequal noise alone is no change. N is taken as known: it has
 * (P - 1)(I - 1) degrees of freedom. Size and coverage by simulation are in docs/statistics.md.
 * Sources: Weerahandi 1993 (generalised confidence intervals); Berger & Sun 2008 (the factor); Burdick, Borror &
 * Montgomery 2005 for its use with variance components.
 * @returns null for fewer than three prompts or two items, or when no prompt differs from another
 */
export function noiseCorrectedChange(
  moments: PairedMoments,
  random: Random,
  draws = PIVOT_DRAWS,
  level = 0.95,
): NoiseCorrectedChange | null {
  const { before, after } = moments;
  const { prompts, items } = before;
  if (prompts < 3 || items < 2) return null;
  const { varBefore, varAfter, covariance } = pairedVariances(before.means, after.means);
  const noiseBefore = residualMeanSquare(before.covariance, prompts) / items;
  const noiseAfter = residualMeanSquare(after.covariance, prompts) / items;
  if (varBefore + varAfter === 0) return null;

  const df = prompts - 1;
  const varSum = df * Math.max(0, varBefore + varAfter + 2 * covariance);
  const varDifference = df * Math.max(0, varBefore + varAfter - 2 * covariance);
  const product = df * (varAfter - varBefore);
  const uniform = fastStream(random);
  const normal = normalDraws(uniform);
  const first = factor(varSum, varDifference, product);
  const second = factor(varDifference, varSum, product);
  const change = new Float64Array(draws);
  const sdChange = new Float64Array(draws);
  const ratioLow = new Float64Array(draws);
  const ratioHigh = new Float64Array(draws);
  let [above, below] = [0, 0];
  for (let k = 0; k < draws; k++) {
    const { l11, l21, l22 } = k % 2 === 0 ? first : second;
    const a11 = Math.sqrt(chiSquareDraw(df, uniform, normal));
    const a22 = Math.sqrt(chiSquareDraw(df - 1, uniform, normal));
    const t11 = l11 / a11;
    const t22 = l22 / a22;
    const t21 = (l21 - t22 * normal()) / a11;
    // Twice the sum of the two variances, less the covariance of sum and difference, is four times the one before.
    const both = (t11 * t11 + t21 * t21 + t22 * t22) / 4;
    const half = (t11 * t21) / 2;
    const componentBefore = both - half - noiseBefore;
    const componentAfter = both + half - noiseAfter;
    const difference = componentAfter - componentBefore;
    change[k] = difference;
    if (difference >= 0) above++;
    if (difference <= 0) below++;
    const [sdB, sdA] = [Math.sqrt(Math.max(0, componentBefore)), Math.sqrt(Math.max(0, componentAfter))];
    sdChange[k] = sdA - sdB;
    ratioLow[k] = sdA === 0 ? 0 : sdA / sdB;
    ratioHigh[k] = sdB === 0 ? Infinity : sdA / sdB;
  }
  const tail = (1 - level) / 2;
  const interval = (low: Float64Array, high: Float64Array) => {
    const [a, b] = [low.sort(), high === low ? low : high.sort()];
    return { low: sortedPercentile(a, tail), high: sortedPercentile(b, 1 - tail) };
  };
  const [componentBefore, componentAfter] = [varBefore - noiseBefore, varAfter - noiseAfter];
  return {
    sdBefore: Math.sqrt(Math.max(0, componentBefore)),
    sdAfter: Math.sqrt(Math.max(0, componentAfter)),
    varianceChange: componentAfter - componentBefore,
    varianceInterval: interval(change, change),
    sdChange: interval(sdChange, sdChange),
    sdRatio: interval(ratioLow, ratioHigh),
    p: Math.min(1, (2 * (1 + Math.min(above, below))) / (1 + draws)),
  };
}

/** (trace C - 1'C1 / P) / (P - 1): the residual mean square, from the covariance over items (P x P). */
export function residualMeanSquare(covariance: Float64Array, prompts: number): number {
  let [trace, total] = [0, 0];
  for (let p = 0; p < prompts; p++) {
    trace += covariance[p * prompts + p] as number;
    for (let q = 0; q < prompts; q++) total += covariance[p * prompts + q] as number;
  }
  return (trace - total / prompts) / (prompts - 1);
}

/** Lower triangular factor of [[a, c], [c, b]]. */
function factor(a: number, b: number, c: number): { l11: number; l21: number; l22: number } {
  const l11 = Math.sqrt(a);
  const l21 = l11 === 0 ? 0 : c / l11;
  return { l11, l21, l22: Math.sqrt(Math.max(0, b - l21 * l21)) };
}
