/** Says whether scores depend more or less on the prompt than before: everything for one task. */

import type { Random } from "../../base/random.js";
import type { PairedMoments, Scale } from "../moments.js";
import { mean } from "../uncertainty.js";
import { blockDf } from "./block-df.js";
import { type DrawnChange, drawnChange } from "./compare.js";
import type { CrossedDesign } from "./design.js";
import { type Flips, perWording, signFlips } from "./flips.js";
import { both, type CrossedMoments, crossedMoments, type Sides } from "./moments.js";
import { PIVOT_DRAWS, pivotDraws } from "./pivot.js";
import { type Presentations, presentationsOf } from "./presentations.js";
import { logitScale, PROBABILITY, type ScaleMap } from "./scale.js";
import { differenceDf, sharedNoise } from "./shared-noise.js";
import { type SideSd, sideSd } from "./side-sd.js";
import { totalDraws } from "./total.js";

/** Holds the fewest wordings for a test at all, and for the signs of whole wordings to take part in it. */
export const FEWEST_WORDINGS = 6;
export const FEWEST_FOR_FLIPS = 12;

/** Holds a change of one standard deviation on one scale. */
export interface SdChange extends DrawnChange {
  readonly before: number;
  readonly after: number;
  /** p-value of "no prompt effect on either side", over both sides and the presentations where these count. */
  readonly gate: number;
  /** Null below {@link FEWEST_FOR_FLIPS} wordings. */
  readonly flips: Flips | null;
  /** The larger of the three; null below {@link FEWEST_WORDINGS} wordings. */
  readonly headline: number | null;
  /** Part of each wording in the change of the squared SD, what the signs are turned of (W). */
  readonly excess: Float64Array;
}

/** Describes a change, and each side of it, from the prompts of one grid. */
export interface CrossedChange {
  readonly moments: CrossedMoments;
  /** Effective degrees of freedom: of one side's variance, and of the difference. */
  readonly blockDf: number;
  readonly differenceDf: number;
  /** Each side's SD within presentations, in score units. */
  readonly sides: Sides<SideSd>;
  /** Change of the SD within presentations, by scale; the logit scale only for scores between 0 and 1. */
  readonly within: Readonly<Record<Scale, SdChange | null>>;
  /** Null for one presentation. */
  readonly presentations: Presentations | null;
  /** Change of the SD over these presentations. */
  readonly total: Readonly<Record<Scale, SdChange | null>> | null;
}

export interface CrossedChangeOptions {
  /** Whether scores lie between 0 and 1, so that logits make sense. */
  readonly shares: boolean;
  readonly draws?: number;
}

/**
 * Computes pivot, gate and sign flips of the variance within presentations, and of the variance over these
 * presentations.
 * @param stream a fresh stream for each name
 * @returns null where there are too few prompts or rows, or where nothing varies
 */
export function crossedChange(
  paired: PairedMoments,
  design: CrossedDesign,
  stream: (name: string) => Random,
  { shares, draws = PIVOT_DRAWS }: CrossedChangeOptions,
): CrossedChange | null {
  const moments = crossedMoments(paired, design);
  if (moments === null || moments.variance[0] + moments.variance[1] === 0) return null;
  const block = blockDf(moments);
  const shared = sharedNoise(moments);
  const df = differenceDf(moments, block, shared.ofDifference);
  const sides = both((k) => sideSd(moments, shared, block, k));
  const presentations = presentationsOf(moments);
  const beside = presentations?.beside ?? ([0, 0] as const);
  const scales: Record<Scale, ScaleMap | null> = {
    probability: PROBABILITY,
    logit: shares
      ? logitScale(
          moments.level,
          both((k) => Math.max(0, moments.component[k]) + beside[k]),
        )
      : null,
  };
  const within = pivotDraws(moments, df, stream("pivot"), draws);
  const gate = Math.min(1, 2 * Math.min(sides[0].pNoEffect, sides[1].pNoEffect));
  const onScales = (of: (scale: ScaleMap, name: Scale) => SdChange) => ({
    probability: scales.probability && of(scales.probability, "probability"),
    logit: scales.logit && of(scales.logit, "logit"),
  });
  const judged = (drawn: DrawnChange, estimates: Sides<number>, gateP: number, excess: Float64Array, name: string) => {
    const w = design.wordings;
    const flips = w < FEWEST_FOR_FLIPS ? null : signFlips(excess, stream(name));
    const headline = w < FEWEST_WORDINGS ? null : Math.max(drawn.p, gateP, flips?.p ?? 0);
    return { ...drawn, before: estimates[0], after: estimates[1], gate: gateP, flips, headline, excess };
  };
  const ofWithin = onScales((scale, name) => {
    const estimates = both((k) => scale.exact(k, moments.component[k], beside[k]));
    const excess = perWording(design, withinExcess(moments, scale));
    return judged(drawnChange(within, scale, beside), estimates, gate, excess, `flips ${name}`);
  });
  if (presentations === null) {
    return { moments, blockDf: block, differenceDf: df, sides, within: ofWithin, presentations, total: null };
  }
  const drawn = totalDraws(within, presentations, stream("presentations"));
  const smallest = Math.min(sides[0].pNoEffect, sides[1].pNoEffect, ...presentations.pNoEffect);
  const component = both((k) => moments.component[k] + presentations.variance[k] - presentations.chance[k]);
  const total = onScales((scale, name) => {
    const estimates = both((k) => scale.exact(k, Math.max(0, moments.component[k]) + beside[k], 0));
    const excess = totalExcess(moments, scale, component);
    return judged(drawnChange(drawn, scale, [0, 0]), estimates, Math.min(1, 4 * smallest), excess, `total ${name}`);
  });
  return { moments, blockDf: block, differenceDf: df, sides, within: ofWithin, presentations, total };
}

/** Computes each prompt's part in the change of the component; its mean over prompts is that change. */
function withinExcess({ design, z, noiseVariance }: CrossedMoments, { secants }: ScaleMap): Float64Array {
  const factor = design.prompts / design.df;
  const noise = noiseVariance[1] * secants[1] ** 2 - noiseVariance[0] * secants[0] ** 2;
  return z[1].map((value, p) => {
    const squares = (value * secants[1]) ** 2 - ((z[0][p] as number) * secants[0]) ** 2;
    return factor * squares - noise;
  });
}

/**
 * Computes the same around the grand mean, one value for each wording, shifted so that their mean is the change of T.
 */
function totalExcess({ design, means }: CrossedMoments, { secants }: ScaleMap, component: Sides<number>): Float64Array {
  const centres = both((k) => mean(means[k]));
  const squares = means[1].map(
    (value, p) => ((value - centres[1]) * secants[1]) ** 2 - (((means[0][p] as number) - centres[0]) * secants[0]) ** 2,
  );
  const sums = perWording(design, squares);
  const change = component[1] * secants[1] ** 2 - component[0] * secants[0] ** 2;
  const shift = change - mean(sums);
  return sums.map((value) => value + shift);
}
