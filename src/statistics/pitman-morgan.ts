/** Tests whether two paired variances are equal. */

import { type Interval, tInverse, tTwoSided } from "./distributions.js";
import { mean } from "./uncertainty.js";

/** Holds variances, covariance and correlation of paired values (n - 1). */
interface PairedVariances {
  readonly n: number;
  readonly varBefore: number;
  readonly varAfter: number;
  readonly covariance: number;
  /** Correlation; NaN when a variance is 0. */
  readonly correlation: number;
}

/** @throws RangeError when the two differ in length */
function pairedVariances(before: ArrayLike<number>, after: ArrayLike<number>): PairedVariances {
  const n = before.length;
  if (n !== after.length) throw new RangeError(`paired values differ in number: ${n} and ${after.length}`);
  const [centreBefore, centreAfter] = [mean(before), mean(after)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let p = 0; p < n; p++) {
    const x = (before[p] as number) - centreBefore;
    const y = (after[p] as number) - centreAfter;
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  const correlation = xy / Math.sqrt(xx * yy);
  return { n, varBefore: xx / (n - 1), varAfter: yy / (n - 1), covariance: xy / (n - 1), correlation };
}

/** Holds the result of the Pitman-Morgan test; t > 0 means that the variance before is the larger. */
export interface PitmanMorgan {
  readonly t: number;
  readonly df: number;
  readonly p: number;
  /** Ratio of standard deviations, after / before, with its interval by inversion of the test. */
  readonly sdRatio: number;
  readonly interval: Interval;
}

/**
 * Computes t = (s_b^2 - s_a^2) sqrt(n - 2) / (2 s_b s_a sqrt(1 - r^2)), df n - 2, for bivariate normal pairs. The
 * interval of the variance ratio is ratio x [g -+ sqrt(g^2 - 1)], g = 1 + 2 (1 - r^2) t_crit^2 / (n - 2); its square
 * root is returned. Tests the variance of what it is given: for prompt means that includes the noise of the items.
 * Sources: Morgan 1939, Pitman 1939 (Biometrika 31).
 * @returns null for fewer than three pairs or when a variance is 0
 */
export function pitmanMorgan(before: ArrayLike<number>, after: ArrayLike<number>, level = 0.95): PitmanMorgan | null {
  const { n, varBefore, varAfter, correlation } = pairedVariances(before, after);
  if (n < 3 || !(varBefore > 0) || !(varAfter > 0)) return null;
  const df = n - 2;
  const free = Math.max(0, 1 - correlation * correlation);
  const t = ((varBefore - varAfter) * Math.sqrt(df)) / (2 * Math.sqrt(varBefore * varAfter * free));
  const g = 1 + (2 * free * tInverse(0.5 + level / 2, df) ** 2) / df;
  const ratio = varAfter / varBefore;
  const root = Math.sqrt(g * g - 1);
  return {
    t: varBefore === varAfter ? 0 : t,
    df,
    p: varBefore === varAfter ? 1 : tTwoSided(t, df),
    sdRatio: Math.sqrt(ratio),
    // g - root loses its digits where g is large; its inverse does not.
    interval: { low: Math.sqrt(ratio / (g + root)), high: Math.sqrt(ratio * (g + root)) },
  };
}
