/** Changes over the tasks of one pair. */

import { correctedLogSdRatio, type Effect, logSdRatio, pool } from "../../statistics/pooling.js";
import { pairedLogitMoments } from "../../statistics/moments.js";
import { varianceComponents } from "../../statistics/variance-components.js";
import type { RawComparison } from "./change-of.js";
import type { Pooled } from "../document/document.js";
import { intervalRecord } from "../document/records.js";

type Quantity = Pooled["quantity"];

/** One task's part in the pool: its effects, or null where it has none. */
export interface PoolEntry {
  readonly task: string;
  readonly relation: "trained" | "same family" | "other family" | "unknown";
  readonly effects: Readonly<Record<Quantity, Effect | null>>;
}

export function poolEntry(raw: RawComparison, relation: PoolEntry["relation"]): PoolEntry {
  const { record, moments } = raw;
  const { change, crossed_stderr, item_stderr } = record.level;
  const stderr = crossed_stderr ?? item_stderr ?? 0;
  return {
    task: record.task,
    relation,
    effects: {
      level: stderr > 0 ? { effect: change, variance: stderr ** 2 } : null,
      "log SD ratio, probability scale": ratio(raw, moments),
      "log SD ratio, logit scale": record.sensitivity.logit?.at_boundary
        ? null
        : ratio(raw, pairedLogitMoments(moments)),
    },
  };
}

/** Noise taken away where it is known from the scores; raw variances where only means are known. */
function ratio({ noise }: RawComparison, { before, after }: RawComparison["moments"]): Effect | null {
  if (noise !== "crossed") return logSdRatio(before.means, after.means);
  const [b, a] = [varianceComponents(before), varianceComponents(after)];
  return b && a && correctedLogSdRatio(before.means, after.means, b, a);
}

/** Pools of a pair: over all its tasks, and over those of the trained family and the others where there are both. */
export function poolsOf(
  pair: Pick<Pooled, "base" | "sft" | "sft_task" | "step">,
  entries: readonly PoolEntry[],
): Pooled[] {
  const near = entries.filter(({ relation }) => relation === "trained" || relation === "same family");
  const far = entries.filter(({ relation }) => relation === "other family");
  const sets: [Pooled["over"], readonly PoolEntry[]][] = [["all tasks", entries]];
  if (near.length > 0 && far.length > 0) sets.push(["trained family", near], ["other tasks", far]);
  const quantities: Quantity[] = ["level", "log SD ratio, probability scale", "log SD ratio, logit scale"];
  return sets.flatMap(([over, members]) =>
    quantities.flatMap((quantity) => {
      const usable = members.flatMap(({ task, effects }) => {
        const effect = effects[quantity];
        return effect === null ? [] : [{ task, effect }];
      });
      const pooled = usable.length < 2 ? null : pool(usable.map(({ effect }) => effect));
      if (pooled === null) return [];
      const tasks = usable.map(({ task }) => task);
      return [
        {
          ...pair,
          over,
          quantity,
          tasks,
          effect: pooled.effect,
          interval: intervalRecord(pooled.adjusted?.interval ?? pooled.interval),
          p: pooled.adjusted?.p ?? pooled.p,
          tau2: pooled.tau2,
          i2: pooled.i2,
          left_out: members.map(({ task }) => task).filter((task) => !tasks.includes(task)),
        },
      ];
    }),
  );
}
