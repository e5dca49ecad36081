/** Splits the variance of scores into the parts of prompts, of items and of their interaction. */

import { fAbove, fInverse, type Interval } from "./distributions.js";
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

/** Describes the spread of prompts as standard deviations, on the scale of the moments it was computed from. */
interface PromptSd {
  /** Standard deviation of the prompts' means (P - 1): contains the noise of the items. */
  readonly raw: number;
  /** sqrt(max(0, prompt component)): what would remain with endless items. */
  readonly corrected: number;
  /** 95 % interval of the corrected value, for prompts drawn like these. */
  readonly interval: Interval;
  /** p-value of "prompts make no difference": MS_P / MS_R beyond F(P - 1, (P - 1)(I - 1)). */
  readonly pNoEffect: number;
}

/**
 * Computes the raw and noise-corrected standard deviation between prompts, with the interval of Tukey and Williams for
 * the component: [(MS_P - F_u MS_R) / (I F_u'), (MS_P - F_l MS_R) / (I F_l')], F_u and F_l the 97.5 % and 2.5 % points
 * of F(P - 1, (P - 1)(I - 1)), F' those of F(P - 1, infinity), truncated at 0. Exact where prompt effects are normal;
 * coverage by simulation in docs/statistics.md. Source: Williams 1962, Biometrika 49:278; Burdick & Graybill 1992,
 * section 3.3.
 */
export function promptSd(components: VarianceComponents, level = 0.95): PromptSd {
  const { prompts, items, msPrompt, msResidual } = components;
  const [df1, df2] = [prompts - 1, (prompts - 1) * (items - 1)];
  const bound = (p: number) => {
    const component = (msPrompt - fInverse(p, df1, df2) * msResidual) / (items * fInverse(p, df1, LARGE_DF));
    return Math.sqrt(Math.max(0, component));
  };
  return {
    raw: Math.sqrt(msPrompt / items),
    corrected: Math.sqrt(Math.max(0, components.prompt)),
    interval: { low: bound(0.5 + level / 2), high: bound(0.5 - level / 2) },
    pNoEffect: msResidual === 0 ? (msPrompt === 0 ? 1 : 0) : fAbove(msPrompt / msResidual, df1, df2),
  };
}

/** Sets the denominator degrees of freedom from which on F is chi-square / df1 to six digits. */
const LARGE_DF = 1e7;
