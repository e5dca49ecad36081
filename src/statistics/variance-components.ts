/** Splits the variance of scores into the parts of prompts, of items and of their interaction. */

import type { GridMoments } from "./moments.js";
import { variance } from "./uncertainty.js";

/** Holds the mean squares and variance components of a crossed design with one score per prompt and item. */
export interface VarianceComponents {
  readonly prompts: number;
  readonly items: number;
  /** Mean square of prompts, P - 1 degrees of freedom. */
  readonly msPrompt: number;
  /** Mean square of items, I - 1 degrees of freedom. */
  readonly msItem: number;
  /** Mean square of the residual, (P - 1)(I - 1) degrees of freedom. */
  readonly msResidual: number;
  /** Variance between prompts beyond the noise of the items. Unbiased, so it may be negative. */
  readonly prompt: number;
  /** Variance between items. Unbiased, so it may be negative. */
  readonly item: number;
  /** Interaction of prompt and item, with any decoding noise: the two cannot be told apart without replicates. */
  readonly residual: number;
}

/**
 * Computes a crossed ANOVA: MS_P = I Var_p(mean_p); MS_I = P Var_i(mean_i); MS_R = residual sum of squares /
 * ((P-1)(I-1)); prompt = (MS_P - MS_R) / I, item = (MS_I - MS_R) / P, residual = MS_R. With C the covariance over items
 * (P x P): MS_I = 1'C1 / P and MS_R = (tr C - 1'C1 / P) / (P - 1). On the logit scale pass the moments of
 * `logitMoments`. Source: Searle, Casella & McCulloch 1992, chapter 4.
 * @returns null for fewer than two prompts or items, where nothing can be told apart
 */
export function varianceComponents(moments: GridMoments): VarianceComponents | null {
  const { prompts, items, means, covariance } = moments;
  if (prompts < 2 || items < 2) return null;
  let total = 0;
  let trace = 0;
  for (let p = 0; p < prompts; p++) {
    for (let q = 0; q < prompts; q++) total += covariance[p * prompts + q] as number;
    trace += covariance[p * prompts + p] as number;
  }
  const msPrompt = items * variance(means);
  const msItem = total / prompts;
  // A sum of squares: rounding alone can make it negative.
  const msResidual = Math.max(0, (trace - msItem) / (prompts - 1));
  return {
    prompts,
    items,
    msPrompt,
    msItem,
    msResidual,
    prompt: (msPrompt - msResidual) / items,
    item: (msItem - msResidual) / prompts,
    residual: msResidual,
  };
}
