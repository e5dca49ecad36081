/** Writes numbers as JSON can hold them. */

import type { Interval } from "../../statistics/distributions.js";
import type { Random } from "../../base/random.js";
import type { IntervalRecord } from "./document.js";

/** Makes a fresh stream for what is drawn, named by what it is for. */
export type Streams = (...names: (string | number)[]) => Random;

/** Returns a finite number, and null for NaN and infinity. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function intervalRecord({ low, high }: Interval): IntervalRecord {
  return { low: finite(low), high: finite(high) };
}
