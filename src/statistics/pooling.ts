/** Pools a figure of many tasks into one, when the tasks themselves differ. */

import { type Interval, normalTwoSided, tInterval, tTwoSided } from "./distributions.js";

/** Holds an effect on one task with its sampling variance. */
export interface Effect {
  readonly effect: number;
  readonly variance: number;
}

/** Holds effects pooled over tasks. */
export interface Pooled {
  readonly tasks: number;
  /** Mean effect over tasks like these. */
  readonly effect: number;
  readonly stderr: number;
  readonly interval: Interval;
  readonly p: number;
  /** Variance of the effect between tasks (DerSimonian-Laird). */
  readonly tau2: number;
  /** Cochran's Q, tasks - 1 degrees of freedom, and the share of variation beyond sampling, in [0, 1]. */
  readonly q: number;
  readonly i2: number;
  /** The adjusted figures of Hartung and Knapp with t on tasks - 1 degrees of freedom; null for one task. */
  readonly adjusted: { readonly stderr: number; readonly interval: Interval; readonly p: number } | null;
}

/**
 * Pools by random effects: weights 1 / (v_i + tau2), tau2 = max(0, (Q - (k - 1)) / (sum w - sum w^2 / sum w)) with w =
 * 1 / v. `adjusted` has variance max(1, sum w*_i (y_i - mean)^2 / (k - 1)) / sum w*, and keeps its coverage with few
 * tasks, where the normal interval is too short. Effects on several tasks of one checkpoint are taken as independent.
 * Sources: DerSimonian & Laird 1986; Hartung & Knapp 2001; IntHout et al. 2014; Roever et al. 2015 for the floor of 1.
 * @returns null without effects
 * @throws RangeError when a variance is not above 0
 */
export function pool(effects: readonly Effect[]): Pooled | null {
  const k = effects.length;
  if (k === 0) return null;
  for (const { variance } of effects) {
    if (!(variance > 0 && variance < Infinity)) throw new RangeError(`cannot weigh an effect of variance ${variance}`);
  }
  const weighted = (extra: number) => {
    const weights = effects.map(({ variance }) => 1 / (variance + extra));
    const total = weights.reduce((sum, w) => sum + w, 0);
    const centre = effects.reduce((sum, { effect }, i) => sum + effect * (weights[i] as number), 0) / total;
    const q = effects.reduce((sum, { effect }, i) => sum + (weights[i] as number) * (effect - centre) ** 2, 0);
    return { weights, total, centre, q };
  };
  const fixed = weighted(0);
  const scale = fixed.total - fixed.weights.reduce((sum, w) => sum + w * w, 0) / fixed.total;
  const tau2 = k === 1 ? 0 : Math.max(0, (fixed.q - (k - 1)) / scale);
  const { total, centre, q } = weighted(tau2);
  const stderr = Math.sqrt(1 / total);
  // Never below the fixed-effect error: with few tasks the ratio q / (k - 1) may be small by chance alone.
  const hartung = Math.sqrt(Math.max(1, q / (k - 1)) / total);
  return {
    tasks: k,
    effect: centre,
    stderr,
    interval: tInterval(centre, stderr, Infinity),
    p: normalTwoSided(centre / stderr),
    tau2,
    q: fixed.q,
    i2: fixed.q === 0 ? 0 : Math.max(0, 1 - (k - 1) / fixed.q),
    adjusted:
      k === 1
        ? null
        : {
            stderr: hartung,
            interval: tInterval(centre, hartung, k - 1),
            p: hartung === 0 ? (centre === 0 ? 1 : 0) : tTwoSided(centre / hartung, k - 1),
          },
  };
}
