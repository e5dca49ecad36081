/** Decides what may be said of a pair's changes once it is counted how many tasks were tested. */

import { holm } from "../../statistics/holm.js";
import type { Comparison, IntervalRecord, SensitivityChangeRecord, Verdict } from "../document/document.js";

const ALPHA = 0.05;

/**
 * Tells whether an interval excludes 0: a claim needs the SDs themselves to have moved, not only components of which
 * one is below 0.
 */
function excludesZero(interval: IntervalRecord | null): boolean {
  return interval !== null && ((interval.low ?? -Infinity) > 0 || (interval.high ?? Infinity) < 0);
}

type Unjudged = Omit<Comparison, "verdict">;

/** Adjusts the p-values of one pair's tasks by Holm, one figure at a time, and judges. */
export function adjusted(pair: readonly Unjudged[]): Comparison[] {
  const adjust = (p: (one: Unjudged) => number | null | undefined) => {
    const values = holm(pair.map((one) => p(one) ?? NaN));
    return (k: number) => (Number.isNaN(values[k]) ? null : (values[k] as number));
  };
  const levels = adjust(({ level }) => level.p);
  const probability = adjust(({ sensitivity }) => sensitivity.probability?.p);
  const logit = adjust(({ sensitivity }) => sensitivity.logit?.p);
  const totals = {
    probability: adjust(({ total }) => total?.probability?.p),
    logit: adjust(({ total }) => total?.logit?.p),
  };
  const above = adjust(({ sensitivity, floor }) =>
    floor.before === false && floor.after === false ? headlineOf(sensitivity)?.p : null,
  );
  return pair.map((one, k) => {
    const sensitivity = {
      probability: withHolm(one.sensitivity.probability, probability(k)),
      logit: withHolm(one.sensitivity.logit, logit(k)),
    };
    const total = one.total && {
      probability: withHolm(one.total.probability, totals.probability(k)),
      logit: withHolm(one.total.logit, totals.logit(k)),
    };
    const judged = { ...one, level: { ...one.level, p_holm: levels(k) }, sensitivity, total };
    return { ...judged, floor: { ...one.floor, p_holm_above: above(k) }, verdict: verdictOf(sensitivity) };
  });
}

function withHolm<T extends { readonly p_holm: number | null }>(record: T | null, p: number | null): T | null {
  return record && { ...record, p_holm: p };
}

/** Returns the scale that claims are made on: logits, or the scores where these are no shares. */
export function headlineOf({ probability, logit }: Comparison["sensitivity"]): SensitivityChangeRecord | null {
  return logit ?? probability;
}

function verdictOf(sensitivity: Comparison["sensitivity"]): Verdict {
  const { probability, logit } = sensitivity;
  const headline = headlineOf(sensitivity);
  if (headline === null || headline.p_holm === null) return "not testable";
  const intervalOf = (record: SensitivityChangeRecord) =>
    // Near an end of the scale intervals in logits are withheld.
    record.sd_change_interval ?? probability?.sd_change_interval ?? null;
  const seen = (record: SensitivityChangeRecord | null) =>
    record !== null && (record.p_holm ?? 1) <= ALPHA && excludesZero(intervalOf(record));
  if (seen(headline)) return (intervalOf(headline)?.low ?? -Infinity) > 0 ? "rose" : "fell";
  return logit !== null && seen(probability) ? "probability scale only" : "no change seen";
}
