/** Tests of a change of sensitivity as records. */

import { type CrossedChange, FEWEST_WORDINGS, type SdChange } from "../../statistics/crossed/change.js";
import { contrastOf } from "../../statistics/crossed/presentations.js";
import { tTwoSided } from "../../statistics/distributions.js";
import type { Scale } from "../../statistics/moments.js";
import { promptSwap } from "../../statistics/permutation.js";
import { pitmanMorgan } from "../../statistics/pitman-morgan.js";
import { assumedSides } from "../../statistics/planning/assumed.js";
import { detectableSds } from "../../statistics/planning/sd-power.js";
import type { Random } from "../../base/random.js";
import { largestSd } from "../../statistics/crossed/design.js";
import type {
  ByScale,
  ContrastChangeRecord,
  SensitivityChangeRecord,
  TotalChangeRecord,
} from "../document/document.js";
import { finite, intervalRecord } from "../document/records.js";
import type { Interval } from "../../statistics/distributions.js";
import type { Measured } from "../read/input.js";
import type { FewChanged, MeanChange } from "./few-rows.js";
import { contrastInterval } from "./presentations-of.js";
import { FEW_APART, heavyEnd, NOISE_UNKNOWN } from "./sensitivity-of.js";

const FEW_CHANGED = "fewer than five rows have another score after fine-tuning";
const INDISTINCT = "this many rows cannot tell the wordings apart, neither before nor after";

/** Says what the SDs of two sides can be. */
export interface ChangeBounds {
  readonly width: number;
  /** The largest SD that few informative rows leave possible, before and after; null where there are enough of them. */
  readonly unseen: readonly [number | null, number | null];
  /** How far the SD can have changed where few rows changed; null where enough of them did. */
  readonly few: FewChanged | null;
  /** The change as it is without any noise, where only means are known: the true one lies between. */
  readonly noiseless: CrossedChange | null;
}

/** @param raw p-value of a change of the raw variances, where only means are known */
export function sensitivityRecord(
  change: CrossedChange,
  scale: Scale,
  noise: Measured["noise"],
  raw: number | null,
  bounds: ChangeBounds,
): SensitivityChangeRecord | null {
  const own = change.within[scale];
  if (own === null) return null;
  const { moments } = change;
  const shares = change.within.logit !== null;
  const rawSds = scale === "probability" ? moments.variance.map(Math.sqrt) : [null, null];
  const base = { raw_sd_before: rawSds[0] ?? null, raw_sd_after: rawSds[1] ?? null, p_holm: null };
  if (noise === null) {
    const none = { sd_before: null, sd_after: null, sd_change_interval: null, sd_ratio_interval: null };
    return { ...base, ...none, p: null, tests: null, power: null, withheld: NOISE_UNKNOWN };
  }
  const withheld = whyNoInterval(change, own, scale, bounds);
  const few = moments.design.wordings < FEWEST_WORDINGS ? fewWordings(moments.design.wordings) : null;
  return {
    ...base,
    sd_before: finite(own.before),
    sd_after: finite(own.after),
    sd_change_interval: withheld === null ? intervalRecord(bounded(change, own, scale, bounds)) : null,
    sd_ratio_interval:
      withheld === null && !isFew(bounds)
        ? intervalRecord(joined(own.ratio, bounds.noiseless?.within[scale]?.ratio))
        : null,
    p: own.headline === null ? null : Math.max(own.headline, raw ?? 0, bounds.few?.leastP ?? 0),
    tests: {
      pivot: own.p,
      gate: own.gate,
      flips: own.flips,
      raw,
      degrees_of_freedom: change.differenceDf,
    },
    power:
      scale === "probability" && few === null && bounds.few === null && noise === "crossed"
        ? powerOf(change, shares)
        : null,
    withheld: [few, withheld].filter((why) => why !== null).join("; ") || null,
  };
}

export function fewWordings(wordings: number): string {
  return `${wordings} ${wordings === 1 ? "wording" : "wordings"}; fewer than ${FEWEST_WORDINGS} can say nothing of others`;
}

function isFew({ unseen, few }: ChangeBounds): boolean {
  return few !== null || unseen.some((one) => one !== null);
}

/**
 * Keeps a change within what is possible, and widens it where few rows tell the wordings of a side apart or have
 * changed.
 */
function bounded(
  { moments }: CrossedChange,
  own: SdChange,
  scale: Scale,
  { width, unseen, few, noiseless }: ChangeBounds,
): Interval {
  const { low, high } = joined(own.change, noiseless?.within[scale]?.change);
  if (scale === "logit") return { low, high };
  const most = largestSd(moments.design, width);
  const [before, after] = unseen;
  const seen = own.after - own.before;
  const around = few === null ? { low: Infinity, high: -Infinity } : { low: seen - few.most, high: seen + few.most };
  return {
    low: Math.max(-most, Math.min(low, around.low, before === null ? Infinity : own.after - before)),
    high: Math.min(most, Math.max(high, around.high, after === null ? -Infinity : after - own.before)),
  };
}

function joined(one: Interval, other: Interval | undefined): Interval {
  return { low: Math.min(one.low, other?.low ?? Infinity), high: Math.max(one.high, other?.high ?? -Infinity) };
}

function whyNoInterval(
  { sides, moments }: CrossedChange,
  own: SdChange,
  scale: Scale,
  bounds: ChangeBounds,
): string | null {
  if (sides[0].pNoEffect > 0.05 && sides[1].pNoEffect > 0.05) return INDISTINCT;
  if (scale === "probability") return null;
  if (bounds.few !== null) return FEW_CHANGED;
  if (isFew(bounds)) return FEW_APART;
  return heavyEnd(moments.level[0], own.before) ?? heavyEnd(moments.level[1], own.after);
}

/** Returns the p-value of the change of raw variances, whose noise counts: the larger of two tests. */
export function rawTest(before: Float64Array, after: Float64Array, random: Random): number {
  return Math.max(pitmanMorgan(before, after)?.p ?? 1, promptSwap(before, after, random)?.p ?? 1);
}

export function totalRecord(change: CrossedChange, bounds: ChangeBounds): ByScale<TotalChangeRecord | null> | null {
  const { total } = change;
  if (total === null) return null;
  const record = (scale: Scale): TotalChangeRecord | null => {
    const own = total[scale];
    if (own === null) return null;
    return {
      sd_before: finite(own.before),
      sd_after: finite(own.after),
      sd_change_interval:
        whyNoInterval(change, own, scale, bounds) === null ? intervalRecord(bounded(change, own, scale, bounds)) : null,
      p: own.headline === null ? null : Math.max(own.headline, bounds.few?.leastP ?? 0),
      p_holm: null,
    };
  };
  return { probability: record("probability"), logit: record("logit") };
}

/**
 * @param names of the presentations, in the order of the design
 * @param most what the contrast can change by
 * @param few its change where few rows make it
 */
export function contrastRecord(
  change: CrossedChange,
  names: readonly string[],
  most: number,
  few: MeanChange | null,
): ContrastChangeRecord | null {
  const contrast = change.presentations && contrastOf(change.presentations);
  const [first, second] = names;
  if (contrast === null || first === undefined || second === undefined) return null;
  const { before, after, change: moved, itemStderr, wordingStderr, df } = contrast;
  const { change: stderr } = wordingStderr;
  return {
    first,
    second,
    before,
    after,
    change: moved,
    item_interval: contrastInterval(moved, itemStderr.change, change.moments.items - 1, most, few),
    interval: contrastInterval(moved, stderr, df, most, few),
    p: Math.max(few?.p ?? 0, stderr === 0 ? (moved === 0 ? 1 : 0) : tTwoSided(moved / stderr, df)),
  };
}

/** Returns the power of the test that is printed, on the scale of the scores. */
function powerOf(change: CrossedChange, shares: boolean): SensitivityChangeRecord["power"] {
  const { moments, blockDf, differenceDf, presentations } = change;
  const assumed = assumedSides(moments, presentations?.beside ?? [0, 0], shares);
  const { fall, rise } = detectableSds(assumed, { design: moments.design, rows: moments.items, blockDf, differenceDf });
  return { fall_to: fall, rise_to: rise };
}
