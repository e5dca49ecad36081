/** Which difference of two means a design can detect, and how many rows one takes. */

import { normalInverse, tInverse } from "./distributions.js";

/**
 * Smallest difference of two means that a two-sided test has the wanted power for:
 * (t(1 - alpha / 2; df) + t(power; df)) x stderr of the difference. Source: Miller 2024 (arXiv:2411.00640), section 5.
 */
export function detectableDifference(stderr: number, df: number, power = 0.8, alpha = 0.05): number {
  return (tInverse(1 - alpha / 2, df) + tInverse(power, df)) * stderr;
}

/**
 * Items needed to see a difference of two means: (z(1 - alpha / 2) + z(power))^2 v / difference^2.
 * Source: Miller 2024 (arXiv:2411.00640), section 5.
 * @param variancePerItem v: the variance over items of the paired differences
 */
export function itemsNeeded(variancePerItem: number, difference: number, power = 0.8, alpha = 0.05): number {
  return Math.ceil(((normalInverse(1 - alpha / 2) + normalInverse(power)) ** 2 * variancePerItem) / difference ** 2);
}
