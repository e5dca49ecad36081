/** Describes what is told of an evaluation that goes on. */

import { estimateMean, type Estimate } from "../statistics/uncertainty.js";
import { groupsOf, type CellResult, type Shard } from "../study/cell.js";
import type { Plan } from "../study/plan.js";
import type { RunEvents } from "../study/run.js";

/** Names a cell. */
interface CellNames {
  readonly checkpoint: string;
  readonly task: string;
  readonly prompt: string;
}

/** Describes a step of an evaluation. */
export type EvaluateEvent =
  /** A line of text: what is looked up or downloaded, which task is skipped and why. */
  | { readonly kind: "note"; readonly text: string }
  /** Everything is found and scoring begins. `rows` counts a row once for each of its cells. */
  | { readonly kind: "start"; readonly cells: number; readonly rows: number }
  /** A cell begins; `done` of `total` cells are finished. */
  | ({ readonly kind: "cell"; readonly done: number; readonly total: number } & CellNames)
  /** Rows of this cell that are answered, of those that the model is asked, and tokens that it ran for them. */
  | { readonly kind: "rows"; readonly rows: number; readonly tokens: number }
  /** A cell is finished and stored. */
  | FinishedCell;

/** Holds what is told of a cell that is finished: its score, or why it failed. */
export interface FinishedCell extends CellNames {
  readonly kind: "finished";
  /** True for a cell that an earlier run computed. */
  readonly reused: boolean;
  readonly done: number;
  readonly total: number;
  readonly rows: number;
  readonly metric: string;
  /** Mean over the rows; undefined where the cell failed. */
  readonly score: Estimate | undefined;
  readonly error: string | undefined;
  readonly seconds: number;
  readonly tokens: number;
}

/** Turns events of a run into events of the library; tells at once that scoring begins. */
export function eventsOf(plan: Plan, shard: Shard | undefined, onProgress: (event: EvaluateEvent) => void): RunEvents {
  const cells = groupsOf(plan, shard).flatMap((group) => group.cells);
  const rows = cells.reduce((sum, { task }) => sum + task.rows.items.length, 0);
  const total = cells.length;
  let done = 0;
  onProgress({ kind: "start", cells: total, rows });
  return {
    onDownload: (text) => {
      onProgress({ kind: "note", text });
    },
    onCell: (cell) => {
      onProgress({ kind: "cell", ...cell });
    },
    onProgress: (progress) => {
      onProgress({ kind: "rows", rows: progress.done, tokens: progress.tokens });
    },
    onFinished: (result) => {
      done++;
      onProgress(finishedCell(result, done, total));
    },
  };
}

function finishedCell({ cell, outcome, reused }: CellResult, done: number, total: number): FinishedCell {
  const { checkpoint, task, variant } = cell;
  const { record, scores, seconds, tokens } = outcome;
  return {
    kind: "finished",
    checkpoint: checkpoint.given.name,
    task: task.rows.task.name,
    prompt: variant.id,
    reused,
    done,
    total,
    rows: task.rows.items.length,
    metric: task.rows.task.metric,
    score: scores === undefined ? undefined : estimateMean(scores),
    error: record.error,
    seconds,
    tokens,
  };
}
