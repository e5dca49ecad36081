/** Pools a figure of many tasks into one, when the tasks themselves differ. */

import { chiSquareInverse, type Interval, normalTwoSided, tInterval, tTwoSided } from "./distributions.js";
import { mean, variance } from "./uncertainty.js";

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

/** Holds effects of which each task's counts once. */
export interface EvenlyPooled {
  readonly tasks: number;
  /** Mean effect over tasks like these. */
  readonly effect: number;
  readonly stderr: number;
  readonly interval: Interval;
  readonly p: number;
  /** Variance of the effect between tasks; null where a sampling variance is not known. */
  readonly tau2: number | null;
  /** Share of the variance of the estimates that is between tasks, in [0, 1]; null likewise. */
  readonly i2: number | null;
  /** Where the effect of another task like these lies; null likewise. */
  readonly prediction: Interval | null;
}

/**
 * Pools by random effects with equal weights: the mean has no bias where estimates and their variances go together, as
 * those of variances do, which weights by precision would pull to the small ones. With s2 the variance of the estimates
 * and v the mean of their sampling variances, tau2 = max(0, s2 - v) and the variance of the mean is max(s2, v) / k,
 * that of Hartung and Knapp with the floor of 1; t with k - 1 degrees of freedom. Prediction: the wider of t with k - 2
 * and tau2 + the variance of the mean, and of the normal distribution with the upper end of tau2 that holds it in 80 of
 * 100: where the rows make most of s2, tau2 is often estimated as 0. Sources: Hedges & Olkin 1985, chapter 9; Roever et
 * al. 2015; Higgins et al. 2009.
 * @param effects with a sampling variance, or null where it is not known
 * @returns null for fewer than three tasks
 */
export function poolEvenly(
  effects: readonly { readonly effect: number; readonly variance: number | null }[],
): EvenlyPooled | null {
  const k = effects.length;
  if (k < 3) return null;
  const centre = mean(effects.map(({ effect }) => effect));
  const spread = variance(effects.map(({ effect }) => effect));
  const known = effects.flatMap(({ variance: own }) => own ?? []);
  const sampling = known.length === k ? mean(known) : null;
  const total = Math.max(spread, sampling ?? 0);
  const stderr = Math.sqrt(total / k);
  const tau2 = sampling === null ? null : Math.max(0, spread - sampling);
  return {
    tasks: k,
    effect: centre,
    stderr,
    interval: tInterval(centre, stderr, k - 1),
    p: stderr === 0 ? (centre === 0 ? 1 : 0) : tTwoSided(centre / stderr, k - 1),
    tau2,
    i2: tau2 === null ? null : total === 0 ? 0 : tau2 / total,
    prediction: tau2 === null || sampling === null ? null : predicted({ centre, spread, sampling, total, k }),
  };
}

/** Holds the share of samples in which the upper end of the variance between tasks lies above it. */
const TAU_LEVEL = 0.8;

function predicted(of: { centre: number; spread: number; sampling: number; total: number; k: number }): Interval {
  const { centre, spread, sampling, total, k } = of;
  const most = Math.max(0, (spread * (k - 1)) / chiSquareInverse(1 - TAU_LEVEL, k - 1) - sampling);
  const student = tInterval(centre, Math.sqrt(Math.max(0, spread - sampling) + total / k), k - 2);
  const normal = tInterval(centre, Math.sqrt(most + total / k), Infinity);
  return { low: Math.min(student.low, normal.low), high: Math.max(student.high, normal.high) };
}

/**
 * Compares two pools that share no task: their difference, second less first, by Welch's t.
 * @returns null where both have an error of 0
 */
export function poolDifference(
  first: Pick<EvenlyPooled, "tasks" | "effect" | "stderr">,
  second: Pick<EvenlyPooled, "tasks" | "effect" | "stderr">,
): { readonly difference: number; readonly interval: Interval; readonly p: number } | null {
  const [a, b] = [first.stderr ** 2, second.stderr ** 2];
  if (a + b === 0) return null;
  const df = (a + b) ** 2 / (a ** 2 / (first.tasks - 1) + b ** 2 / (second.tasks - 1));
  const difference = second.effect - first.effect;
  const stderr = Math.sqrt(a + b);
  return { difference, interval: tInterval(difference, stderr, df), p: tTwoSided(difference / stderr, df) };
}
