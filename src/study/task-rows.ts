/** Which rows of a task are evaluated, and which are its few-shot examples. */

import { loadRows, type DataSource, type LoadedRows } from "../datasets/index.js";
import type { Row } from "../datasets/index.js";
import { messageOf, UserError } from "../errors.js";
import { hashValue } from "../hash.js";
import { randomStream, sampleIndices, shuffled } from "../random.js";
import type { Example, Task } from "../tasks/contract.js";
import { checkExample } from "../tasks/example.js";
import { counted } from "../wording.js";

/** A row as a question. */
export interface Item {
  /** Position in the evaluation split, from 0. */
  readonly row: number;
  /** SHA-256 of the row's described columns. */
  readonly hash: string;
  readonly example: Example;
}

/** The rows of a task: the same for every checkpoint and every prompt. */
export interface TaskRows {
  readonly task: Task;
  readonly items: readonly Item[];
  /** In the order in which they are shown. */
  readonly shots: readonly Item[];
  readonly loaded: Omit<LoadedRows, "evalRows" | "trainRows">;
  /** Rows of the evaluation split before the limit. */
  readonly available: number;
}

/**
 * Loads a task's rows, draws its shots and its subset. Everything is drawn from streams named by seed and task, so it
 * does not depend on other tasks, checkpoints or prompts. A shot is never a row of the evaluation split that is evaluated.
 * @returns the rows, or why the task has to be skipped
 * @throws UserError when the data is there but broken
 */
export async function prepareTaskRows(
  task: Task,
  source: DataSource,
  options: { readonly numFewshot: number; readonly limit: number | undefined; readonly seed: number },
): Promise<TaskRows | { readonly skipped: string }> {
  const loaded = await loadRows(task.name, task.dataset, source);
  if ("skipped" in loaded) return loaded;
  const { evalRows, trainRows, ...about } = loaded;
  const { numFewshot, seed } = options;
  const everyRow = evalRows.map((row, index) => ({ row: index, hash: hashValue(row), content: row }));
  const evaluated = new Set(everyRow.map(({ hash }) => hash));
  const pool =
    trainRows === undefined
      ? everyRow
      : trainRows
          .map((row, index) => ({ row: index, hash: hashValue(row), content: row }))
          .filter(({ hash }) => !evaluated.has(hash));
  const shotRows = shuffled(pool, randomStream(seed, task.name, "shots")).slice(0, numFewshot);
  const usedAsShots = new Set(trainRows === undefined ? shotRows.map(({ hash }) => hash) : []);
  const candidates = everyRow.filter(({ hash }) => !usedAsShots.has(hash));
  if (shotRows.length < numFewshot || candidates.length === 0) {
    return { skipped: `${tooFew(loaded, pool.length)}, too few for ${numFewshot} shots; use --num-fewshot 0` };
  }
  const count = limitedCount(candidates.length, options.limit);
  const chosen = sampleIndices(candidates.length, count, randomStream(seed, task.name, "limit"));
  const toItem = (from: string) => (entry: { row: number; hash: string; content: Row }) => ({
    row: entry.row,
    hash: entry.hash,
    example: exampleOf(task, entry.content, from, entry.row),
  });
  return {
    task,
    items: chosen.map((index) => candidates[index] as (typeof candidates)[number]).map(toItem(about.evalSource)),
    shots: shotRows.map(toItem(about.trainSource ?? about.evalSource)),
    loaded: about,
    available: evalRows.length,
  };
}

function tooFew({ evalSource, trainRows, trainSource }: LoadedRows, usable: number): string {
  if (trainRows === undefined) return `${evalSource} (no train rows) has ${counted(usable, "row")}`;
  const repeated = trainRows.length - usable;
  return `${String(trainSource)} has ${counted(usable, "row")}${repeated > 0 ? ` besides ${repeated} that are evaluated` : ""}`;
}

/** Rows to evaluate: a number is a count, a value below 1 a fraction (at least one row). */
export function limitedCount(available: number, limit: number | undefined): number {
  if (limit === undefined) return available;
  return limit < 1 ? Math.max(1, Math.round(available * limit)) : Math.min(available, limit);
}

function exampleOf(task: Task, row: Row, source: string, index: number): Example {
  try {
    return checkExample(task, task.toExample(row));
  } catch (error) {
    throw new UserError(`${source}, row ${index + 1}: ${messageOf(error)} (task ${task.name})`);
  }
}
