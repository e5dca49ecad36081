/** Draws the two components between wordings from their generalised pivotal distribution. */

import type { Random } from "../../base/random.js";
import { chiSquareDraw, fastStream, normalDraws } from "../draws.js";
import type { CrossedMoments } from "./moments.js";

export const PIVOT_DRAWS = 9999;

/** Draws of a figure before and after, pair by pair. */
export interface PairedDraws {
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/**
 * Draws the moments of the means before and after, which are taken as normal pairs. Their covariance Sigma is drawn:
 * with L L' = df S for sums and differences of the pairs and A the Bartlett factor of a standard Wishart matrix, Sigma
 * = (L A^-1)(L A^-1)', half of the draws with the difference first. The noise of each side is taken away. The degrees
 * of freedom need not be whole. Sources: Weerahandi 1993 (generalised confidence intervals); Berger & Sun 2008 (the
 * factor); Burdick, Borror & Montgomery 2005 for its use with variance components.
 */
export function pivotDraws(moments: CrossedMoments, df: number, random: Random, draws = PIVOT_DRAWS): PairedDraws {
  const { variance, shared, noiseVariance } = moments;
  const [b, a] = variance;
  const sum = df * Math.max(0, b + a + 2 * shared);
  const difference = df * Math.max(0, b + a - 2 * shared);
  const between = df * (a - b);
  const [first, second] = [factor(sum, difference, between), factor(difference, sum, between)];
  const uniform = fastStream(random);
  const normal = normalDraws(uniform);
  const out: PairedDraws = { before: new Float64Array(draws), after: new Float64Array(draws) };
  for (let k = 0; k < draws; k++) {
    const { l11, l21, l22 } = k % 2 === 0 ? first : second;
    const a11 = Math.sqrt(chiSquareDraw(df, uniform, normal));
    const a22 = Math.sqrt(chiSquareDraw(Math.max(df - 1, 0.5), uniform, normal));
    const t11 = l11 / a11;
    const t22 = l22 / a22;
    const t21 = (l21 - t22 * normal()) / a11;
    // Twice the sum of the two variances, less the covariance of sum and difference, is four times the one before.
    const mean = (t11 * t11 + t21 * t21 + t22 * t22) / 4;
    const half = (t11 * t21) / 2;
    out.before[k] = mean - half - noiseVariance[0];
    out.after[k] = mean + half - noiseVariance[1];
  }
  return out;
}

/** Returns the lower triangular factor of [[a, c], [c, b]]. */
function factor(a: number, b: number, c: number): { l11: number; l21: number; l22: number } {
  const l11 = Math.sqrt(a);
  const l21 = l11 === 0 ? 0 : c / l11;
  return { l11, l21, l22: Math.sqrt(Math.max(0, b - l21 * l21)) };
}
