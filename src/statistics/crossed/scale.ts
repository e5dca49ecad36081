/** Reads components between prompts on a scale, as standard deviations. */

import { LARGEST_LOGIT_SD, logitSd, logitSdTable, secant } from "./logit-normal.js";
import { both, type Sides } from "./moments.js";

/** Tells how a component becomes a standard deviation, each side by its own mean. */
export interface ScaleMap {
  /**
   * Exact: the SD of a component beside what presentations add to the variance; infinite where none is large enough.
   */
  readonly exact: (side: 0 | 1, component: number, beside: number) => number;
  /** Interpolated, and cut where it would be infinite. */
  readonly fast: (side: 0 | 1, component: number, beside: number) => number;
  /** Factors that make the SDs of both sides comparable under "no change". */
  readonly secants: Sides<number>;
  /** Where the fast map is cut. */
  readonly largest: number;
}

/** Maps a component to score units: the root. */
export const PROBABILITY: ScaleMap = {
  exact: (_, component) => Math.sqrt(Math.max(0, component)),
  fast: (_, component) => Math.sqrt(Math.max(0, component)),
  secants: [1, 1],
  largest: Infinity,
};

/** Holds the smallest logit SD at which the two sides' scales are compared. */
const SMALLEST_SECANT = 0.1;

function capped(s: number): number {
  return Math.min(s, LARGEST_LOGIT_SD);
}

/** Returns the factors from score units to logits at the common logit SD of both sides. */
export function logitSecants(level: Sides<number>, total: Sides<number>): Sides<number> {
  const at = both((k) => capped(logitSd(level[k], Math.sqrt(Math.max(0, total[k])))));
  const common = Math.max(SMALLEST_SECANT, Math.sqrt((at[0] ** 2 + at[1] ** 2) / 2));
  return both((k) => secant(level[k], common));
}

/**
 * Maps a component to logits: with T = component + beside, sqrt(component / T) times the logit-normal's SD whose
 * standard deviation is sqrt(T).
 * @param level mean share of each side
 * @param total the estimate of T of each side
 */
export function logitScale(level: Sides<number>, total: Sides<number>): ScaleMap {
  const tables = both((k) => logitSdTable(level[k]));
  const share = (component: number, beside: number, map: (sd: number) => number) => {
    if (component <= 0) return 0;
    const whole = component + beside;
    return Math.sqrt(component / whole) * map(Math.sqrt(whole));
  };
  return {
    exact: (k, component, beside) => share(component, beside, (sd) => logitSd(level[k], sd)),
    fast: (k, component, beside) => share(component, beside, (sd) => capped(tables[k](sd))),
    secants: logitSecants(level, total),
    largest: LARGEST_LOGIT_SD,
  };
}
