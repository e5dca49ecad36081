/** Pools the change of the standard deviation between prompts over tasks: none is left out. */

import { type Interval, tInverse, tTwoSided } from "../distributions.js";
import { mean, variance } from "../uncertainty.js";
import { logitSd, secant } from "./logit-normal.js";
import type { CrossedMoments } from "./moments.js";

/** Holds components before and after on one task, on one scale; either may be negative. */
export interface TaskComponents {
  readonly before: number;
  readonly after: number;
}

/** Holds the ratio of the root of summed components, after / before. */
export interface PooledRatio {
  readonly tasks: number;
  /** 0 where the sum after is not above 0; null where that before is not. */
  readonly ratio: number | null;
  /** 95 % interval; from 0 or to infinity where the tasks do not say more. */
  readonly interval: Interval;
  /** Two-sided p-value of "the sums are equal". */
  readonly p: number;
}

/** Holds the fewest tasks that are pooled. */
export const FEWEST_TASKS = 3;

/** Holds the smallest logit SD at which a task's scale is read. */
const SMALLEST_SECANT = 0.1;

/** Puts a component of shares on the scale of logits by its own secant, so that components below 0 keep their place. */
export function onLogitScale({ component, level }: Pick<CrossedMoments, "component" | "level">): TaskComponents {
  const [before, after] = ([0, 1] as const).map((k) => {
    const sd = Math.sqrt(Math.max(0, component[k]));
    const at = Math.min(8, Math.max(SMALLEST_SECANT, logitSd(level[k], sd)));
    return component[k] * secant(level[k], at) ** 2;
  }) as [number, number];
  return { before, after };
}

/**
 * Computes R^2 = sum of the components after / sum of those before, equal weights. Interval: all r with
 * |mean(after - r before)| <= t(K - 1) sd(after - r before) / sqrt(K). Tasks are taken as drawn from many, and as
 * independent of each other. Source: Fieller 1954.
 * @returns null for fewer than three tasks
 */
export function pooledRatio(tasks: readonly TaskComponents[], level = 0.95): PooledRatio | null {
  const k = tasks.length;
  if (k < FEWEST_TASKS) return null;
  const [x, y] = [tasks.map(({ before }) => before), tasks.map(({ after }) => after)];
  const [mx, my] = [mean(x), mean(y)];
  const differences = y.map((value, i) => value - (x[i] as number));
  const squares = { x: variance(x) / k, y: variance(y) / k, d: variance(differences) / k };
  const shared = (squares.x + squares.y - squares.d) / 2;
  const t = tInverse(0.5 + level / 2, k - 1) ** 2;
  const stderr = Math.sqrt(squares.d);
  const change = mean(differences);
  return {
    tasks: k,
    ratio: mx > 0 ? Math.sqrt(Math.max(0, my) / mx) : null,
    interval: fieller(mx ** 2 - t * squares.x, mx * my - t * shared, my ** 2 - t * squares.y),
    p: stderr === 0 ? (change === 0 ? 1 : 0) : tTwoSided(change / stderr, k - 1),
  };
}

/** Solves a r^2 - 2 b r + c <= 0 for r >= 0; ends are roots of r. */
function fieller(a: number, b: number, c: number): Interval {
  const discriminant = b * b - a * c;
  const root = (value: number) => Math.sqrt(Math.max(0, value));
  if (a > 0) {
    const width = Math.sqrt(Math.max(0, discriminant));
    return { low: root((b - width) / a), high: root((b + width) / a) };
  }
  // The sum before is not clearly above 0: there is no upper end. Where that after is not either, all small r fit too.
  if (discriminant < 0 || a === 0 || c < 0) return { low: 0, high: Infinity };
  const largest = Math.max((b - Math.sqrt(discriminant)) / a, (b + Math.sqrt(discriminant)) / a);
  return { low: root(largest), high: Infinity };
}
