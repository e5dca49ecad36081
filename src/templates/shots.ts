/** Decides which rows a variant shows as few-shot examples. */

import { randomStream, shuffled } from "../base/random.js";
import type { Order } from "./order.js";

/** Says how a variant's shots differ from the study's. */
export interface ShotPlan {
  /** Number of shots; absent for the study's. */
  readonly count?: number;
  /** Which of the random draws; absent for the study's own. */
  readonly draw?: number;
  /** Order in which they are shown; absent for that in which they were drawn. */
  readonly order?: Order;
  /** As many of each label as possible. */
  readonly balanced?: true;
}

/** Holds what a draw depends on beside its pool and plan. */
interface DrawOf<T> {
  /** Of the study. */
  readonly seed: number;
  readonly task: string;
  /** Returns the label of a row; only asked where shots are balanced. */
  readonly labelOf: (row: T) => number | undefined;
  /** Whether the first rows of the pool are the study's own shots, in their order. */
  readonly first?: boolean;
  /** Tells rows that may be shown; without it all may. The others do not change the order of those. */
  readonly isUsable?: (row: T) => boolean;
}

/**
 * Draws shots from a pool; the first n are the same whatever n is, unless they are balanced.
 * @returns the shots in the order in which they were drawn; fewer than wanted where the pool is too small
 */
export function drawShots<T>(
  pool: readonly T[],
  count: number,
  { draw, balanced }: Pick<ShotPlan, "draw" | "balanced">,
  { seed, task, labelOf, isUsable, first = false }: DrawOf<T>,
): T[] {
  const names = draw === undefined ? [seed, task, "shots"] : [seed, task, "shots", draw];
  const all = first && draw === undefined ? [...pool] : shuffled(pool, randomStream(...names));
  const drawn = isUsable === undefined ? all : all.filter(isUsable);
  return balanced === true ? balancedFirst(drawn, count, labelOf) : drawn.slice(0, count);
}

/** Labels that are looked for further on in the pool; a rarer one is taken as not being there. */
const LOOKED_AT = 2000;

/** Returns the first rows of which no label has more than one row more than another, as far as there are rows. */
function balancedFirst<T>(rows: readonly T[], count: number, labelOf: (row: T) => number | undefined): T[] {
  const byLabel = new Map<number | undefined, T[]>();
  for (const row of rows.slice(0, Math.max(LOOKED_AT, count))) {
    const label = labelOf(row);
    byLabel.set(label, [...(byLabel.get(label) ?? []), row]);
  }
  const queues = [...byLabel.values()];
  const chosen = new Set<T>();
  for (
    let turn = 0;
    chosen.size < Math.min(count, rows.length) && queues.some((queue) => queue.length > turn);
    turn++
  ) {
    for (const queue of queues) {
      const row = queue[turn];
      if (row !== undefined && chosen.size < count) chosen.add(row);
    }
  }
  // In the order of the draw: labels in turn would be a pattern to learn.
  return rows.filter((row) => chosen.has(row));
}
