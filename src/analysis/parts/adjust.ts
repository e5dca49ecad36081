/** What may be said of a pair's changes once it is counted how many tasks were tested. */

import { holm } from "../../statistics/holm.js";
import type { Comparison, IntervalRecord, SensitivityChangeRecord, Verdict } from "../document/document.js";

const ALPHA = 0.05;

/** A claim needs the SDs themselves to have moved, not only components of which one is below 0. */
function excludesZero(interval: IntervalRecord | null): boolean {
  return interval !== null && ((interval.low ?? -Infinity) > 0 || (interval.high ?? Infinity) < 0);
}

/** Adjusts the p-values of one pair's tasks by Holm, one figure at a time, and judges. */
export function adjusted(pair: readonly Omit<Comparison, "verdict">[]): Comparison[] {
  const adjust = (p: (one: Omit<Comparison, "verdict">) => number | null | undefined) => {
    const values = holm(pair.map((one) => p(one) ?? NaN));
    return (k: number) => (Number.isNaN(values[k]) ? null : (values[k] as number));
  };
  const levels = adjust(({ level }) => level.p);
  const probability = adjust(({ sensitivity }) => sensitivity.probability?.p);
  const logit = adjust(({ sensitivity }) => sensitivity.logit?.p);
  return pair.map((one, k) => {
    const sensitivity = {
      probability: withHolm(one.sensitivity.probability, probability(k)),
      logit: withHolm(one.sensitivity.logit, logit(k)),
    };
    return { ...one, level: { ...one.level, p_holm: levels(k) }, sensitivity, verdict: verdictOf(one, sensitivity) };
  });
}

function withHolm(record: SensitivityChangeRecord | null, p: number | null): SensitivityChangeRecord | null {
  return record && { ...record, p_holm: p };
}

/** Fewest prompts whose signs can reach the 5 % level. */
export const FEWEST_PROMPTS = 6;

function verdictOf(
  { prompts }: Omit<Comparison, "verdict">,
  { probability, logit }: Comparison["sensitivity"],
): Verdict {
  if (prompts.length < FEWEST_PROMPTS || logit === null || logit.p_holm === null) return "not testable";
  const seen = (record: SensitivityChangeRecord | null) =>
    record !== null && (record.p_holm ?? 1) <= ALPHA && excludesZero(record.sd_change_interval);
  const sign = (record: SensitivityChangeRecord | null) =>
    Math.sign((record?.sd_after ?? 0) - (record?.sd_before ?? 0));
  // A prompt that is right on everything or nothing has a logit that is the number of items in disguise.
  const trusted = !logit.at_boundary || (seen(probability) && sign(probability) === sign(logit));
  if (seen(logit) && trusted) return sign(logit) > 0 ? "rose" : "fell";
  return seen(probability) ? "probability scale only" : "no change seen";
}
