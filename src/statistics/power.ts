/** Computes which difference of two means a design can detect. */

import { tInverse } from "./distributions.js";

/**
 * Computes the smallest difference of two means that a two-sided test detects with the wanted power: (t(1 - alpha / 2;
 * df) + t(power; df)) x stderr of the difference. Source: Miller 2024 (arXiv:2411.00640), section 5.
 */
export function detectableDifference(stderr: number, df: number, power = 0.8, alpha = 0.05): number {
  return (tInverse(1 - alpha / 2, df) + tInverse(power, df)) * stderr;
}
