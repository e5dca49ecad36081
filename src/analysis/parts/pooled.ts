/** Changes over the tasks of one pair. */

import { onLogitScale, pooledRatio, FEWEST_TASKS, type TaskComponents } from "../../statistics/crossed/pooled-ratio.js";
import { type Effect, pool } from "../../statistics/pooling.js";
import type { RawComparison } from "./change-of.js";
import type { Pooled } from "../document/document.js";
import { finite, intervalRecord } from "../document/records.js";

type Quantity = Pooled["quantity"];
type Result = Pick<Pooled, "effect" | "interval" | "p" | "tau2" | "i2">;

/** One task's part in the pool: its effects, or null where its noise is not known. */
export interface PoolEntry {
  readonly task: string;
  readonly metric: string;
  readonly relation: "trained" | "same family" | "other family" | "unknown";
  readonly level: Effect | null;
  readonly probability: TaskComponents | null;
  readonly logit: TaskComponents | null;
}

export function poolEntry(
  { record, change, noise, shares }: RawComparison,
  relation: PoolEntry["relation"],
): PoolEntry {
  const { change: moved, crossed_stderr, item_stderr } = record.level;
  const stderr = crossed_stderr ?? item_stderr ?? 0;
  const known = noise === "crossed" ? change : null;
  return {
    task: record.task,
    metric: record.metric,
    relation,
    level: stderr > 0 ? { effect: moved, variance: stderr ** 2 } : null,
    probability: known && { before: known.moments.component[0], after: known.moments.component[1] },
    logit: known && shares ? onLogitScale(known.moments) : null,
  };
}

/**
 * Pools of a pair: over all its tasks, and over those of the trained family and the others where there are both. Means and
 * SDs in score units are pooled over tasks of one metric only, and nothing over fewer than three tasks.
 */
export function poolsOf(
  pair: Pick<Pooled, "base" | "sft" | "sft_task" | "step">,
  entries: readonly PoolEntry[],
): Pooled[] {
  const near = entries.filter(({ relation }) => relation === "trained" || relation === "same family");
  const far = entries.filter(({ relation }) => relation === "other family");
  const sets: [Pooled["over"], readonly PoolEntry[]][] = [["all tasks", entries]];
  if (near.length > 0 && far.length > 0) sets.push(["trained family", near], ["other tasks", far]);
  return sets.flatMap(([over, members]) => {
    const oneMetric = new Set(members.map(({ metric }) => metric)).size === 1;
    const record = <T>(
      quantity: Quantity,
      of: (entry: PoolEntry) => T | null,
      result: (all: readonly T[]) => Result | null,
    ) => {
      const usable = members.flatMap((entry) => {
        const value = of(entry);
        return value === null ? [] : [{ task: entry.task, value }];
      });
      const found = usable.length < FEWEST_TASKS ? null : result(usable.map(({ value }) => value));
      if (found === null) return [];
      const tasks = usable.map(({ task }) => task);
      const left = members.map(({ task }) => task).filter((task) => !tasks.includes(task));
      return [{ ...pair, over, quantity, tasks, ...found, left_out: left }];
    };
    return [
      ...(oneMetric ? record("level", ({ level }) => level, pooledLevel) : []),
      ...(oneMetric ? record("SD ratio, probability scale", ({ probability }) => probability, ratio) : []),
      ...record("SD ratio, logit scale", ({ logit }) => logit, ratio),
    ];
  });
}

function pooledLevel(effects: readonly Effect[]): Result | null {
  const pooled = pool(effects);
  if (pooled?.adjusted == null) return null;
  const { effect, adjusted, tau2, i2 } = pooled;
  return { effect, interval: intervalRecord(adjusted.interval), p: adjusted.p, tau2, i2 };
}

function ratio(tasks: readonly TaskComponents[]): Result | null {
  const pooled = pooledRatio(tasks);
  if (pooled === null) return null;
  const { interval, p } = pooled;
  return {
    effect: pooled.ratio === null ? null : finite(pooled.ratio),
    interval: intervalRecord(interval),
    p,
    tau2: null,
    i2: null,
  };
}
