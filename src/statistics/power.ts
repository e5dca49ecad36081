/** What the design at hand could have detected. */

import { normalBelow, normalInverse, tInverse } from "./distributions.js";

/** A design and what is known of the variances before SFT, all on one scale. */
export interface Design {
  readonly prompts: number;
  readonly items: number;
  /** Noise-corrected standard deviation between prompts before SFT. */
  readonly promptSd: number;
  /** Residual variance (prompt x item) before and after. */
  readonly residualBefore: number;
  readonly residualAfter: number;
  /** Correlation of the prompts' effects before and after, without noise. */
  readonly correlation: number;
}

/**
 * Power of the Pitman-Morgan test at level alpha against a noise-corrected SD of `sdAfter`. The means have variances
 * v = sd^2 + residual / I; the correlation of their sums and differences is
 * rho = (v_a - v_b) / sqrt((v_a + v_b)^2 - 4 c^2), c = correlation sd_b sd_a, and Fisher's z of the sample correlation is
 * normal around atanh(rho) + rho / (2 (P - 1)) with variance 1 / (P - 3). Checked against simulation in docs/statistics.md.
 * @returns NaN for fewer than five prompts, where the approximation says nothing
 */
export function powerOfChange(design: Design, sdAfter: number, alpha = 0.05): number {
  const { prompts, items, promptSd, residualBefore, residualAfter, correlation } = design;
  if (prompts < 5) return NaN;
  const before = promptSd ** 2 + residualBefore / items;
  const after = sdAfter ** 2 + residualAfter / items;
  const shared = correlation * promptSd * sdAfter;
  const scale = Math.sqrt(Math.max(0, (before + after) ** 2 - 4 * shared ** 2));
  if (scale === 0) return before === after ? alpha : 1;
  const rho = Math.max(-1 + 1e-12, Math.min(1 - 1e-12, (after - before) / scale));
  const t = tInverse(1 - alpha / 2, prompts - 2);
  const critical = Math.atanh(t / Math.sqrt(prompts - 2 + t * t));
  const centre = Math.atanh(rho) + rho / (2 * (prompts - 1));
  const root = Math.sqrt(prompts - 3);
  return normalBelow((centre - critical) * root) + normalBelow((-critical - centre) * root);
}

/** Smallest changes of the noise-corrected SD that have the wanted power; null where no change has. */
export interface DetectableChange {
  /** The largest SD after SFT, below that before, that would be seen; null when even 0 would not. */
  readonly fall: number | null;
  /** The smallest SD after SFT, above that before, that would be seen; null when none up to 1,000 x would. */
  readonly rise: number | null;
}

/** Solves {@link powerOfChange} for the SD after SFT by bisection. */
export function detectableChange(design: Design, power = 0.8, alpha = 0.05): DetectableChange {
  const enough = (sd: number) => powerOfChange(design, sd, alpha) >= power;
  const noise = Math.sqrt(Math.max(design.residualBefore, design.residualAfter) / design.items);
  const top = 1000 * Math.max(design.promptSd, noise);
  return {
    fall: enough(0) ? bisect(design.promptSd, 0, enough) : null,
    rise: top > 0 && enough(top) ? bisect(design.promptSd, top, enough) : null,
  };
}

/** The point nearest `from`, on the way to `to`, where the property holds; it holds at `to`. */
function bisect(from: number, to: number, holds: (value: number) => boolean): number {
  let [no, yes] = [from, to];
  for (let step = 0; step < 60; step++) {
    const middle = (no + yes) / 2;
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

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
