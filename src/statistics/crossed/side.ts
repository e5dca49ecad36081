/** Says how much the scores of one checkpoint depend on the wording, and on these presentations. */

import type { Interval } from "../distributions.js";
import type { GridMoments } from "../moments.js";
import { sideDf } from "./block-df.js";
import { type CrossedDesign, largestSd } from "./design.js";
import { logitSd } from "./logit-normal.js";
import { both, type CrossedMoments, crossedMoments } from "./moments.js";
import { type Contrast, contrastOf, type Presentations, presentationsOf } from "./presentations.js";
import { sharedNoise } from "./shared-noise.js";
import { sideSd } from "./side-sd.js";

/** Holds a standard deviation with its 95 % interval; either end may be infinite in logits. */
interface SdEstimate {
  readonly sd: number;
  readonly interval: Interval;
}

/** Holds the figures of one checkpoint. */
export interface CrossedSide {
  readonly moments: CrossedMoments;
  /** Within presentations, noise included. */
  readonly rawSd: number;
  /** SD between wordings within presentations, in score units and in logits (null for scores beyond 0 and 1). */
  readonly probability: SdEstimate;
  readonly logit: SdEstimate | null;
  readonly pNoEffect: number;
  /** 2 V^2 / Var(V): below 3 the prompts answer nearly all alike; null where no row differs between them. */
  readonly effectiveDf: number | null;
  readonly presentations: Presentations | null;
  readonly contrast: Contrast | null;
  /** SD over these presentations, in score units and in logits. */
  readonly total: { readonly probability: number; readonly logit: number | null } | null;
}

/**
 * Estimates the SD of one grid.
 * @param shares whether scores lie between 0 and 1
 * @param width of the range of the scores, which bounds the SD and its interval
 * @param means whether only means are known: a presentation's mean then errs as if its prompts all erred alike
 * @returns null for fewer than two rows, or where no presentation has two prompts
 */
export function crossedSide(
  grid: GridMoments,
  design: CrossedDesign,
  shares: boolean,
  width = shares ? 1 : Infinity,
  means = false,
): CrossedSide | null {
  const moments = crossedMoments({ before: grid, after: grid, cross: grid.covariance }, design);
  if (moments === null) return null;
  const own = sideSd(moments, sharedNoise(moments), sideDf(moments), 0);
  const presentations = presentationsOf(means ? errAlike(moments) : moments);
  const beside = presentations?.beside[0] ?? 0;
  const component = Math.max(0, moments.component[0]);
  const inLogits = (sd: number) => {
    const square = sd ** 2;
    if (square === 0) return 0;
    const whole = square + beside;
    return Math.sqrt(square / whole) * logitSd(moments.level[0], Math.sqrt(whole));
  };
  const { low, high } = own.interval;
  const largest = largestSd(design, width);
  const total = Math.sqrt(component + beside);
  return {
    moments,
    rawSd: Math.sqrt(moments.variance[0]),
    probability: {
      sd: Math.sqrt(component),
      interval: { low: Math.min(low, largest), high: Math.min(high, largest) },
    },
    logit: shares
      ? { sd: inLogits(Math.sqrt(component)), interval: { low: inLogits(low), high: inLogits(high) } }
      : null,
    pNoEffect: own.pNoEffect,
    effectiveDf: own.effectiveDf,
    presentations,
    contrast: presentations && contrastOf(presentations),
    total: presentations && {
      probability: total,
      logit: shares ? logitSd(moments.level[0], total) : null,
    },
  };
}

/**
 * Takes the prompts of one presentation to err alike, and those of two without anything in common: what a contrast errs
 * by is then not less than it does on rows that prompts share.
 */
function errAlike(moments: CrossedMoments): CrossedMoments {
  const { design, covariance } = moments;
  const n = design.prompts;
  const alike = (of: Float64Array) =>
    Float64Array.from(of, (_, at) => {
      const [p, q] = [Math.floor(at / n), at % n];
      if (design.presentation[p] !== design.presentation[q]) return 0;
      return Math.sqrt((of[p * n + p] as number) * (of[q * n + q] as number));
    });
  return { ...moments, covariance: both((j) => both((k) => alike(covariance[j][k]))) };
}
