/** Which rows of a task are evaluated, and which are its few-shot examples. */

import { loadRows, type DataSource, type LoadedRows } from "../datasets/index.js";
import type { Row } from "../datasets/index.js";
import { messageOf, UserError } from "../base/errors.js";
import { hashValue } from "../base/hash.js";
import { randomStream, sampleIndices } from "../base/random.js";
import type { Example, Task } from "../tasks/contract.js";
import { checkExample } from "../tasks/example.js";
import { ordered } from "../templates/order.js";
import { drawShots, type ShotPlan } from "../templates/shots.js";
import type { PromptVariant } from "../templates/variant.js";
import { counted } from "../base/wording.js";

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
  /** The study's shots, in the order in which they are shown. */
  readonly shots: readonly Item[];
  /** The shots of variants that have their own, by what these ask for: see shotsOf. */
  readonly ownShots?: ReadonlyMap<string, readonly Item[]>;
  readonly loaded: Omit<LoadedRows, "evalRows" | "trainRows">;
  /** Rows of the evaluation split before the limit. */
  readonly available: number;
}

/** The shots that a variant shows, in their order. */
export function shotsOf({ shots, ownShots }: TaskRows, { content }: Pick<PromptVariant, "content">): readonly Item[] {
  if (content.shots === undefined) return shots;
  const own = ownShots?.get(hashValue(content.shots));
  if (own === undefined) throw new TypeError("the rows were prepared without this variant's shots");
  return own;
}

/**
 * Loads a task's rows, draws its shots and its subset. Everything is drawn from streams named by seed and task, so it
 * does not depend on other tasks or checkpoints. A row that any of the variants shows as a shot is not evaluated; where
 * there are train rows, the rows that are evaluated do not depend on the variants.
 * @param variants whose shots are drawn
 * @returns the rows, or why the task has to be skipped
 * @throws UserError when the data is there but broken
 */
export async function prepareTaskRows(
  task: Task,
  source: DataSource,
  options: { readonly numFewshot: number; readonly limit: number | undefined; readonly seed: number },
  variants: readonly Pick<PromptVariant, "content">[] = [],
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
  const toItem = (from: string) => (entry: Entry) => ({
    row: entry.row,
    hash: entry.hash,
    example: exampleOf(task, entry.content, from, entry.row),
  });
  const shotItem = toItem(about.trainSource ?? about.evalSource);
  const labelOf = (entry: Entry) => {
    const { example } = shotItem(entry);
    return "gold" in example ? example.gold : undefined;
  };
  const draw = (plan: ShotPlan) => drawShots(pool, plan.count ?? numFewshot, plan, { seed, task: task.name, labelOf });
  const plans = new Map<string, ShotPlan>(
    [{}, ...variants.map(({ content }) => content.shots ?? {})].map((plan) => [hashValue(plan), plan]),
  );
  const drawn = [...plans].map(([key, plan]) => ({ key, plan, entries: draw(plan) }));
  const usedAsShots = new Set(
    trainRows === undefined ? drawn.flatMap(({ entries }) => entries.map(({ hash }) => hash)) : [],
  );
  const candidates = everyRow.filter(({ hash }) => !usedAsShots.has(hash));
  const most = Math.max(...drawn.map(({ plan }) => plan.count ?? numFewshot));
  if (pool.length < most || candidates.length === 0) {
    return { skipped: `${tooFew(loaded, pool.length)}, too few for ${most} shots; use --num-fewshot 0` };
  }
  const count = limitedCount(candidates.length, options.limit);
  const chosen = sampleIndices(candidates.length, count, randomStream(seed, task.name, "limit"));
  const shotItems = drawn.map(({ key, plan, entries }) => {
    return [key, ordered(entries.map(shotItem), plan.order, "shots", task.name)] as const;
  });
  return {
    task,
    items: chosen.map((index) => candidates[index] as (typeof candidates)[number]).map(toItem(about.evalSource)),
    shots: shotItems[0]?.[1] ?? [],
    ownShots: new Map(shotItems),
    loaded: about,
    available: evalRows.length,
  };
}

/** A row with its place and its hash. */
interface Entry {
  readonly row: number;
  readonly hash: string;
  readonly content: Row;
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
