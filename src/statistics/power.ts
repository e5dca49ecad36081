/** Computes which difference of two means a design can detect, and how many rows that takes. */

import { normalInverse, tInverse } from "./distributions.js";

/**
 * Computes the smallest difference of two means that a two-sided test detects with the wanted power: (t(1 - alpha / 2;
 * df) + t(power; df)) x stderr of the difference. Source: Miller 2024 (arXiv:2411.00640), section 5.
 */
export function detectableDifference(stderr: number, df: number, power = 0.8, alpha = 0.05): number {
  return (tInverse(1 - alpha / 2, df) + tInverse(power, df)) * stderr;
}

/**
 * Computes the items needed to see a difference of two means: (z(1 - alpha / 2) + z(power))^2 v / difference^2. Source:
 * Miller 2024 (arXiv:2411.00640), section 5.
 * @param variancePerItem v: the variance over items of the paired differences
 */
export function itemsNeeded(variancePerItem: number, difference: number, power = 0.8, alpha = 0.05): number {
  return Math.ceil(((normalInverse(1 - alpha / 2) + normalInverse(power)) ** 2 * variancePerItem) / difference ** 2);
}
