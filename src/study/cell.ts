/** Describes one cell of the grid, and what became of it. */

import { UsageError } from "../base/errors.js";
import type { CellOutcome } from "../store/build-results.js";
import type { CellPlace } from "../store/run-store.js";
import type { PromptVariant } from "../templates/variant.js";
import { engineGroups, type EngineGroup } from "./groups.js";
import type { Plan, StudyCheckpoint, StudyTask } from "./plan.js";

export interface Cell {
  /** Position in the study. */
  readonly place: number;
  readonly checkpoint: StudyCheckpoint;
  readonly task: StudyTask;
  readonly variant: PromptVariant;
}

export interface CellResult {
  readonly cell: Cell;
  readonly outcome: CellOutcome;
  /** True for a cell that was in the store. */
  readonly reused: boolean;
}

/** Holds a part of a study's cells: the index-th of count, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export function shardName({ index, count }: Shard): string {
  return `${index}/${count}`;
}

export interface GroupCells {
  readonly group: EngineGroup;
  readonly cells: readonly Cell[];
}

/** @throws UsageError when it is not I/N with 1 <= I <= N */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim());
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count) {
    throw new UsageError(`--shard ${text}: expected I/N, the I-th of N parts counted from 1, such as 1/4`);
  }
  return { index, count };
}

/**
 * Groups every task and prompt of one checkpoint after the other. A shard is a run of cells in that order, so that it
 * needs few of the checkpoints; groups without cells in it are left out.
 */
export function groupsOf(plan: Plan, shard: Shard = { index: 1, count: 1 }): GroupCells[] {
  const groups = engineGroups(plan);
  let place = 0;
  const grid = groups.map((group) => ({
    group,
    cells: group.checkpoints.flatMap((checkpoint) =>
      plan.tasks.flatMap((task) =>
        task.variants.map((variant): Cell => ({ place: place++, checkpoint, task, variant })),
      ),
    ),
  }));
  const border = (index: number) => Math.floor((index * place) / shard.count);
  const [from, to] = [border(shard.index - 1), border(shard.index)];
  return grid
    .map(({ group, cells }) => ({ group, cells: cells.filter((cell) => cell.place >= from && cell.place < to) }))
    .filter(({ cells }) => cells.length > 0);
}

export function placeOf({ place, checkpoint, task, variant }: Cell): CellPlace {
  return { place, checkpointName: checkpoint.given.name, task: task.rows.task.name, prompt: variant.id };
}
