/** Predicts the 95 % interval of a standard deviation between wordings. */

import type { CrossedDesign } from "../crossed/design.js";
import { fInverse, type Interval } from "../distributions.js";

const LARGE_DF = 1e7;

/**
 * Returns the interval that the F test gives by inversion where the variance of the means is as large as expected:
 * component + noise. The second degrees of freedom depend on the bound, which three rounds settle.
 * @param component variance between wordings
 * @param rowVariance noise variance of the means times the rows
 */
export function predictedSdInterval(
  component: number,
  rowVariance: number,
  design: CrossedDesign,
  rows: number,
): Interval {
  const noise = rowVariance / rows;
  const expected = Math.max(0, component) + noise;
  const bound = (p: number) => {
    let square = Math.max(0, component);
    for (let round = 0; round < 3; round++) {
      const df2 = noise === 0 ? LARGE_DF : Math.min(LARGE_DF, (rows - 1) * design.df * ((square + noise) / noise) ** 2);
      square = Math.max(0, expected / fInverse(p, design.df, df2) - noise);
    }
    return Math.sqrt(square);
  };
  return { low: bound(0.975), high: bound(0.025) };
}
