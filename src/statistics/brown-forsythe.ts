/** Are the variances of unpaired groups equal? */

import { fAbove } from "./distributions.js";
import { percentile } from "./level.js";
import { mean } from "./uncertainty.js";

export interface BrownForsythe {
  readonly w: number;
  readonly df: readonly [number, number];
  readonly p: number;
}

/**
 * One-way ANOVA of the distances from each group's median; Levene's test centred there. For checkpoints scored under
 * different prompts: it knows nothing of pairs, so that with the same prompts before and after it is conservative.
 * Source: Brown & Forsythe 1974, JASA 69:364.
 * @returns null for fewer than two groups, as many values as groups, or when no distance differs from another
 */
export function brownForsythe(groups: readonly ArrayLike<number>[]): BrownForsythe | null {
  const distances = groups.map((group) => {
    const median = percentile(group, 0.5);
    return Float64Array.from(group, (value) => Math.abs(value - median));
  });
  const all = distances.reduce((sum, own) => sum + own.length, 0);
  const [df1, df2] = [groups.length - 1, all - groups.length];
  if (df1 < 1 || df2 < 1) return null;
  const centre = distances.reduce((sum, own) => sum + own.reduce((a, b) => a + b, 0), 0) / all;
  let [between, within] = [0, 0];
  for (const own of distances) {
    const ownMean = mean(own);
    between += own.length * (ownMean - centre) ** 2;
    for (const value of own) within += (value - ownMean) ** 2;
  }
  if (within === 0) return null;
  const w = between / df1 / (within / df2);
  return { w, df: [df1, df2], p: fAbove(w, df1, df2) };
}
