/** Says what the presentations of one checkpoint's prompts do: their contrast, and the SD over them. */

import { largestSd, ownWordings } from "../../statistics/crossed/design.js";
import { logitSd } from "../../statistics/crossed/logit-normal.js";
import type { CrossedSide } from "../../statistics/crossed/side.js";
import { totalInterval } from "../../statistics/crossed/total-interval.js";
import { type Interval, tInterval } from "../../statistics/distributions.js";
import type { IntervalRecord, PresentationsRecord } from "../document/document.js";
import { finite, intervalRecord } from "../document/records.js";
import { boundedBy, joined, type MeanChange } from "./few-rows.js";

/** Holds what is known beside the moments. */
interface Beside {
  /** The variance between wordings with the least noise taken away. */
  readonly most: number;
  /** Interval of the SD between wordings as it is given. */
  readonly within: Interval;
  /** Why intervals in logits are not given; null where they are. */
  readonly withheld: string | null;
  /** Length of the metric's range. */
  readonly width: number;
  /** The contrast of two presentations where few rows make it. */
  readonly few: MeanChange | null;
}

/** @returns null for one presentation, or where a presentation has one prompt only */
export function presentationsRecord(
  { presentations, contrast, total, moments, pNoEffect }: CrossedSide,
  { most, within, withheld, width, few }: Beside,
): PresentationsRecord | null {
  if (presentations === null || total === null) return null;
  const around = (stderr: number, df: number) => contrastInterval(contrast?.before ?? 0, stderr, df, width, few);
  const given = contrast && {
    value: contrast.before,
    item_interval: around(contrast.itemStderr.before, moments.items - 1),
    interval: around(contrast.wordingStderr.before, contrast.df),
  };
  const ends = (component: number) => totalInterval(component, presentations, within, given && whole(given.interval));
  const noEffect = Math.max(presentations.pNoEffect[0], few?.p ?? 0);
  // Of two variances that may both be 0 so may the sum, though its lower limit comes out above.
  const seen = 2 * Math.min(pNoEffect, noEffect) <= 0.05;
  const largest = Math.max(total.probability, largestSd(ownWordings(moments.design.prompts), width));
  const low = seen ? Math.min(ends(moments.component[0]).low, largest) : 0;
  const high = Math.min(ends(most).high, largest);
  const inLogits = (sd: number) => logitSd(moments.level[0], sd);
  return {
    p_no_effect: noEffect,
    contrast: given,
    total_sd: total.probability,
    total_raw_sd: Math.sqrt(moments.variance[0] + presentations.variance[0]),
    total_interval: intervalRecord({ low, high }),
    total_sd_logit: total.logit === null ? null : finite(total.logit),
    total_interval_logit:
      total.logit === null || withheld !== null ? null : intervalRecord({ low: inLogits(low), high: inLogits(high) }),
  };
}

/**
 * Returns Student's interval of a contrast, or of a change of one, joined with that of few rows and kept within what
 * is possible.
 */
export function contrastInterval(
  value: number,
  stderr: number,
  df: number,
  most: number,
  few: MeanChange | null,
): IntervalRecord {
  const own = intervalRecord(tInterval(value, stderr, df));
  return boundedBy(few === null ? own : joined(own, whole(few.interval)), most);
}

function whole({ low, high }: IntervalRecord): Interval {
  return { low: low ?? -Infinity, high: high ?? Infinity };
}
