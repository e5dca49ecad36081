/** Measures how much the scores of one checkpoint depend on the prompt. */

import type { CrossedDesign } from "../../statistics/crossed/design.js";
import { crossedSide } from "../../statistics/crossed/side.js";
import type { GridMoments } from "../../statistics/moments.js";
import { varianceComponents, type VarianceComponents } from "../../statistics/variance-components.js";
import type { ByScale, PresentationsRecord, SensitivityRecord, VarianceRecord } from "../document/document.js";
import type { Measured } from "../read/input.js";
import type { MeanChange } from "./few-rows.js";
import { finite, intervalRecord } from "../document/records.js";
import { presentationsRecord } from "./presentations-of.js";

/** Holds what is said of one grid. */
export interface Sensitivity {
  readonly byScale: ByScale<SensitivityRecord | null>;
  readonly presentations: PresentationsRecord | null;
}

/** Sets the logit SD from which on, at means beyond {@link MIDDLE}, intervals in logits cover too little. */
const HEAVY_SD = 0.8;
const MIDDLE = [0.1, 0.9] as const;

/** Says why an interval in logits is not given near the ends of the scale; null where it is. */
export function heavyEnd(level: number, logitSd: number): string | null {
  const outside = level < MIDDLE[0] || level > MIDDLE[1];
  return outside && logitSd > HEAVY_SD
    ? "prompts differ widely near an end of the scale, where intervals in logits are too short"
    : null;
}

/** Says why there is no interval in logits where few rows tell the wordings apart. */
export const FEW_APART = "fewer than five rows tell the wordings apart";

export const NOISE_UNKNOWN = "the noise of the rows is not known";

/** Says what an SD between prompts can be. */
export interface SdBounds {
  /** Whether scores lie between 0 and 1. */
  readonly shares: boolean;
  /** Length of the metric's range. */
  readonly width: number;
  /** The largest SD that few informative rows leave possible; null where there are enough of them. */
  readonly unseen: number | null;
  /** The contrast of two presentations where few rows make it. */
  readonly contrast?: MeanChange | null;
}

/** Nulls for fewer than two prompts, or where no presentation has two. */
export function sensitivityOf(
  moments: GridMoments,
  design: CrossedDesign,
  noise: Measured["noise"],
  { shares, width, unseen, contrast = null }: SdBounds,
): Sensitivity {
  const side = moments.prompts < 2 ? null : crossedSide(moments, design, shares, width, noise === "independent");
  if (side === null) return { byScale: { probability: null, logit: null }, presentations: null };
  const components = noise === null ? null : varianceComponents(moments);
  const common = {
    p_no_effect: noise === null ? null : side.pNoEffect,
    noise,
    effective_df: noise === "crossed" ? side.effectiveDf : null,
  };
  if (noise === null) {
    const none = { ...common, corrected_sd: null, interval: null, components: null, withheld: NOISE_UNKNOWN };
    return { byScale: { probability: { ...none, raw_sd: side.rawSd }, logit: null }, presentations: null };
  }
  const { probability, logit } = side;
  // The noise of means lies between none and that of prompts with rows of their own: the upper end is that without
  // noise.
  const most = noise === "independent" ? crossedSide(withoutNoise(moments), design, shares, width) : side;
  const probabilityInterval = {
    low: probability.interval.low,
    high: Math.max(unseen ?? 0, probability.interval.high, most?.probability.interval.high ?? Infinity),
  };
  const few = unseen !== null && logit !== null ? FEW_APART : null;
  const heavy = logit && heavyEnd(side.moments.level[0], logit.sd);
  return {
    byScale: {
      probability: {
        ...common,
        raw_sd: side.rawSd,
        corrected_sd: probability.sd,
        interval: intervalRecord(probabilityInterval),
        components: components && varianceRecord(components, noise),
        withheld: null,
      },
      logit: logit && {
        ...common,
        raw_sd: null,
        corrected_sd: finite(logit.sd),
        interval:
          (few ?? heavy) === null
            ? intervalRecord({
                low: logit.interval.low,
                high: Math.max(logit.interval.high, most?.logit?.interval.high ?? Infinity),
              })
            : null,
        components: null,
        withheld: few ?? heavy,
      },
    },
    presentations: presentationsRecord(side, {
      most: most?.moments.component[0] ?? Infinity,
      within: probabilityInterval,
      withheld: few ?? heavy,
      width,
      few: contrast,
    }),
  };
}

function withoutNoise(moments: GridMoments): GridMoments {
  return { ...moments, covariance: new Float64Array(moments.covariance.length) };
}

function varianceRecord({ prompt, item, residual }: VarianceComponents, noise: Measured["noise"]): VarianceRecord {
  if (noise !== "crossed") return { prompt, item: null, residual, share_prompt: null };
  const total = Math.max(0, prompt) + Math.max(0, item) + residual;
  return { prompt, item, residual, share_prompt: total > 0 ? Math.max(0, prompt) / total : null };
}
