/** Gives the mean of few informative rows an interval of some width. */

import { wilsonInterval } from "../../statistics/distributions.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import type { IntervalRecord } from "../document/document.js";

/** Rows off an end of the scale below which a standard error says nothing. */
const INFORMATIVE = 5;

/**
 * Returns the interval joined with Wilson's for as many rows, where fewer than five rows differ from all wrong, or from all
 * right, or no row differs from another: there the standard error is near 0 or exactly 0, whatever the truth.
 * @param grid scores; those beyond 0 and 1 have no such interval
 */
export function withWidth(interval: IntervalRecord, { prompts, items, values }: ScoreGrid): IntervalRecord {
  if (values.some((value) => value < 0 || value > 1)) return interval;
  const means = Array.from({ length: items }, (_, i) => {
    let sum = 0;
    for (let p = 0; p < prompts; p++) sum += values[p * items + i] as number;
    return sum / prompts;
  });
  const off = (end: number) => means.filter((one) => Math.abs(one - end) > 1e-12).length;
  if (Math.min(off(0), off(1)) >= INFORMATIVE && off(means[0] as number) > 0) return interval;
  const share = means.reduce((sum, one) => sum + one, 0) / items;
  const wilson = wilsonInterval(Math.min(1, Math.max(0, share)), items);
  return {
    low: Math.min(interval.low ?? -Infinity, wilson.low),
    high: Math.max(interval.high ?? Infinity, wilson.high),
  };
}
