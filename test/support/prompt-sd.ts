/** Provides the standard deviation between prompts of textbooks, an oracle for balanced designs. */

import { fAbove, fInverse, type Interval } from "../../src/statistics/distributions.js";
import type { VarianceComponents } from "../../src/statistics/variance-components.js";

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
 * Source: Williams 1962, Biometrika 49:278; Burdick & Graybill 1992,
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
