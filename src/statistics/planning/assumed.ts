/** Takes the variances that a pilot estimates for true. */

import { clip } from "../crossed/block-df.js";
import { both, type CrossedMoments, type Sides } from "../crossed/moments.js";
import type { AssumedSides } from "./sd-power.js";

/** Holds the largest correlation that is assumed: estimates of 1 and above come from noise. */
const LARGEST_CORRELATION = 0.9;

/**
 * Returns the components of both sides as they were estimated. The correlation of the wordings' effects is 0 where a
 * component is not above 0, or where it is estimated below 0.
 * @param beside variance that the presentations add
 */
export function assumedSides(moments: CrossedMoments, beside: Sides<number>, shares: boolean): AssumedSides {
  const { design, items, noise, noiseVariance, component, level, shared } = moments;
  let trace = 0;
  for (let p = 0; p < design.prompts; p++) trace += noise[0][1][p * design.prompts + p] as number;
  const common = trace / design.df;
  const scale = Math.sqrt(Math.max(0, component[0]) * Math.max(0, component[1]));
  return {
    component,
    rowVariance: both((k) => noiseVariance[k] * items),
    rowCovariance: common * items,
    correlation: scale === 0 ? 0 : clip((shared - common) / scale, 0, LARGEST_CORRELATION),
    level,
    beside,
    shares,
  };
}
