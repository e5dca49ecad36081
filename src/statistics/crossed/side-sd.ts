/** Estimates the standard deviation of one side, with its interval and the test of any prompt effect. */

import { fBelow, fInverse, type Interval } from "../distributions.js";
import { clip } from "./block-df.js";
import type { CrossedMoments } from "./moments.js";
import { largestEigenvalue, type SharedNoise } from "./shared-noise.js";

/** Holds the standard deviation within presentations, in score units. */
export interface SideSd {
  /** 95 % interval; 0 at its low end means that no effect is within it. */
  readonly interval: Interval;
  /** p-value of "the wording makes no difference". */
  readonly pNoEffect: number;
  /** 2 V^2 / Var(V): below 3 the prompts answer nearly all alike; null where no row differs between them. */
  readonly effectiveDf: number | null;
}

const LARGE_DF = 1e7;

/**
 * Inverts F(d, d2) of V / (s^2 + N), V the variance of the means and N its noise part. d counts the wordings that move
 * together and the noise that prompts share, and so depends on s; at s = 0 this is the F test of the analysis of
 * variance with the degrees of freedom of Greenhouse and Geisser. Bisection to 1e-12 of the largest bound. Sources:
 * Greenhouse & Geisser 1959; Burdick & Graybill 1992 for intervals by inversion.
 */
export function sideSd(moments: CrossedMoments, shared: SharedNoise, block: number, side: 0 | 1, level = 0.95): SideSd {
  const { design, items } = moments;
  const [variance, noise] = [moments.variance[side], moments.noiseVariance[side]];
  if (variance === 0 && noise === 0) return { interval: { low: 0, high: 0 }, pNoEffect: 1, effectiveDf: null };
  const [squares, linear, all] = [shared.squares[side], shared.linear[side], shared.all[side]];
  const top = largestEigenvalue(moments.noise[side][side], design.prompts) / design.df;
  const tau =
    noise === 0 ? 0 : clip(variance > noise ? (linear - squares) / (variance - noise) : squares / noise, 0, top);
  const extra = Math.max(0, squares);
  const noiseDf = (items - 1) * (all > 0 ? clip(noise ** 2 / all, 1, design.df) : design.df);
  const dfOf = (component: number) => {
    const total = component + noise;
    const spread = (2 * total ** 2) / block + 4 * component * tau + 2 * extra;
    return Math.max(0.5, (2 * total ** 2) / spread);
  };
  const below = (component: number) => {
    const total = component + noise;
    if (total === 0) return 1;
    const df2 = noise === 0 ? LARGE_DF : Math.min(LARGE_DF, noiseDf * (total / noise) ** 2);
    return fBelow(variance / total, dfOf(component), df2);
  };
  const bound = (target: number) => {
    if (below(0) <= target) return 0;
    let [low, high] = [0, 400 * variance];
    for (let step = 0; step < 60 && high - low > 1e-12 * high; step++) {
      const middle = (low + high) / 2;
      if (below(middle) > target) low = middle;
      else high = middle;
    }
    return Math.sqrt((low + high) / 2);
  };
  // An upper limit of 0 is none: the smallest effect that the F test sees with power .8 takes its place.
  const smallestSeen = () => {
    if (noise === 0) return 0;
    const df2 = Math.min(LARGE_DF, noiseDf);
    return Math.sqrt(Math.max(0, noise * (fInverse(0.95, dfOf(0), df2) / fInverse(0.2, dfOf(0), df2) - 1)));
  };
  const tail = (1 - level) / 2;
  const high = bound(tail);
  return {
    interval: { low: bound(1 - tail), high: high > 0 ? high : smallestSeen() },
    pNoEffect: 1 - below(0),
    effectiveDf: dfOf(Math.max(0, variance - noise)),
  };
}
