/** Pools changes over the tasks of one pair. Tasks that share a wording err together, and are one group. */

import { onLogitScale, pooledRatio, FEWEST_TASKS, type TaskComponents } from "../../statistics/crossed/pooled-ratio.js";
import { type Effect, pool } from "../../statistics/pooling.js";
import type { RawComparison } from "./change-of.js";
import type { AnalysedTask, Limit, Pooled } from "../document/document.js";
import { mean } from "../../statistics/uncertainty.js";
import { finite, intervalRecord } from "../document/records.js";
import { wordingOf } from "./design-of.js";

type Quantity = Pooled["quantity"];
type Result = Pick<Pooled, "effect" | "interval" | "p" | "tau2" | "i2">;

/** Holds one task's part in the pool: its effects, or null where its noise is not known. */
export interface PoolEntry {
  readonly task: string;
  readonly metric: string;
  /** Its wordings; those of different families are different. */
  readonly wordings: readonly string[];
  readonly relation: "trained" | "same family" | "other family" | "unknown";
  readonly level: Effect | null;
  readonly probability: TaskComponents | null;
  readonly logit: TaskComponents | null;
}

/** Returns what the pool needs of one comparison; the scores are then let go. */
export function poolFigures({
  record,
  change,
  noise,
  shares,
}: RawComparison): Omit<PoolEntry, "wordings" | "relation"> {
  const { change: moved, crossed_stderr, item_stderr } = record.level;
  const stderr = crossed_stderr ?? item_stderr ?? 0;
  const known = noise === "crossed" ? change : null;
  return {
    task: record.task,
    metric: record.metric,
    level: stderr > 0 ? { effect: moved, variance: stderr ** 2 } : null,
    probability: known && { before: known.moments.component[0], after: known.moments.component[1] },
    logit: known && shares ? onLogitScale(known.moments) : null,
  };
}

/** Names the wordings of a task's prompts; those of another family are others. */
export function wordingsOf({ family, prompts }: AnalysedTask): string[] {
  return prompts.map((one) => `${family ?? ""} ${wordingOf(one)}`);
}

/** Puts tasks that share a wording, also by way of others, into one group. @returns the number of each entry's group */
export function wordingGroups(entries: readonly Pick<PoolEntry, "wordings">[]): number[] {
  const groups = entries.map((_, k) => k);
  const seen = new Map<string, number>();
  entries.forEach(({ wordings }, k) => {
    for (const one of wordings) {
      const [own, other] = [groups[k] as number, groups[seen.get(one) ?? k] as number];
      if (own !== other) groups.forEach((group, j) => (groups[j] = group === own ? other : group));
      seen.set(one, k);
    }
  });
  return groups;
}

/** Says where tasks are too alike to be pooled; null where they are not. */
export function poolLimit(sft: string, entries: readonly PoolEntry[]): Limit | null {
  const groups = new Set(wordingGroups(entries)).size;
  if (entries.length < FEWEST_TASKS || groups >= FEWEST_TASKS) return null;
  const apart = groups === 1 ? "share their wordings" : `stand in ${groups} groups that share wordings`;
  const why = `the ${entries.length} tasks ${apart}; fewer than ${FEWEST_TASKS} groups say too little of others`;
  return { what: "change over all tasks together", why, task: null, checkpoint: sft };
}

/**
 * Pools of a pair: over all its tasks, and over those of the trained family and the others where there are both. Means
 * and SDs in score units are pooled over tasks of one metric only, and nothing over fewer than three groups of tasks.
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
      result: (groups: readonly (readonly T[])[]) => Result | null,
    ) => {
      const usable = members.flatMap((entry) => {
        const value = of(entry);
        return value === null ? [] : [{ task: entry.task, entry, value }];
      });
      const groups = wordingGroups(usable.map(({ entry }) => entry));
      const numbers = [...new Set(groups)];
      if (numbers.length < FEWEST_TASKS) return [];
      const found = result(numbers.map((one) => usable.filter((_, k) => groups[k] === one).map(({ value }) => value)));
      if (found === null) return [];
      const tasks = usable.map(({ task }) => task);
      const left = members.map(({ task }) => task).filter((task) => !tasks.includes(task));
      return [{ ...pair, over, quantity, tasks, groups: numbers.length, ...found, left_out: left }];
    };
    return [
      ...(oneMetric ? record("level", ({ level }) => level, pooledLevel) : []),
      ...(oneMetric ? record("SD ratio, probability scale", ({ probability }) => probability, ratio) : []),
      ...record("SD ratio, logit scale", ({ logit }) => logit, ratio),
    ];
  });
}

/**
 * Pools the effects of groups: a group's effect is the mean of its tasks', with the error of tasks that err together.
 */
function pooledLevel(groups: readonly (readonly Effect[])[]): Result | null {
  const pooled = pool(
    groups.map((tasks) => ({
      effect: mean(tasks.map(({ effect }) => effect)),
      variance: mean(tasks.map(({ variance }) => Math.sqrt(variance))) ** 2,
    })),
  );
  if (pooled?.adjusted == null) return null;
  const { effect, adjusted, tau2, i2 } = pooled;
  return { effect, interval: intervalRecord(adjusted.interval), p: adjusted.p, tau2, i2 };
}

/** Pools the ratios of groups: a group's components are the sums of its tasks'. */
function ratio(groups: readonly (readonly TaskComponents[])[]): Result | null {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const pooled = pooledRatio(
    groups.map((tasks) => ({
      before: sum(tasks.map(({ before }) => before)),
      after: sum(tasks.map(({ after }) => after)),
    })),
  );
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
