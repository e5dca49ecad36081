/** Decides which rows of a task are evaluated, and which are its few-shot examples. */

import { loadRows, type DataSource, type LoadedRows } from "../datasets/index.js";
import type { Row } from "../datasets/index.js";
import { messageOf, UserError } from "../base/errors.js";
import { hashValue } from "../base/hash.js";
import { randomStream, sampleIndices, shuffled } from "../base/random.js";
import type { Example, Task } from "../tasks/contract.js";
import { checkExample } from "../tasks/example.js";
import { askedOf, type Asked } from "../tasks/near-copies.js";
import { shotsShown } from "../tasks/single-text.js";
import { ordered } from "../templates/order.js";
import { drawShots, type ShotPlan } from "../templates/shots.js";
import type { PromptVariant } from "../templates/variant.js";
import { counted } from "../base/wording.js";
import { drawFreshShots } from "./fresh-shots.js";
import { checkAskedRows, type RowNote } from "./row-checks.js";

/** Holds a row as a question. */
export interface Item {
  /** Position in the evaluation split, from 0. */
  readonly row: number;
  /** SHA-256 of the row's described columns. */
  readonly hash: string;
  readonly example: Example;
}

/** Holds the rows of a task: the same for every checkpoint and every prompt. */
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
  /** Hash of all these rows with what the task makes of them, and of the rows that shots come from. */
  readonly contents: string;
  /** What the checks of the rows found. */
  readonly notes: readonly RowNote[];
}

/** Returns the shots that a variant shows, in their order. */
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
  const { seed } = options;
  const numFewshot = shotsShown(task, options.numFewshot);
  const everyRow = entriesOf(evalRows);
  const evaluated = new Set(everyRow.map(({ hash }) => hash));
  const pool = trainRows === undefined ? everyRow : entriesOf(trainRows).filter(({ hash }) => !evaluated.has(hash));
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
  const plans = new Map<string, ShotPlan>(
    [{}, ...variants.map(({ content }) => content.shots ?? {})].map((plan) => [hashValue(plan), plan]),
  );
  const counts = [...plans.values()].map(({ count = numFewshot }) => count);
  const further = trainRows === undefined ? sharedPool(everyRow, Math.max(...counts), [seed, task.name]) : pool;
  const { drawn, left, usable, repeats, notes } = drawFreshShots({
    pool,
    everyRow,
    repeated: (trainRows?.length ?? pool.length) - pool.length,
    sources: { evaluated: about.evalSource, train: about.trainSource },
    // Built-in questions about the invented world ask for few facts, in train and evaluated rows alike.
    keepCopies: about.origin === "builtin",
    askedOf: remembered(({ content }: Entry) => askedBy(task, content)),
    draw: (isUsable) =>
      [...plans].map(([key, plan]) => {
        const count = plan.count ?? numFewshot;
        const first = task.shots === "first";
        const about = { seed, task: task.name, labelOf, first, ...(isUsable === undefined ? {} : { isUsable }) };
        return {
          plan: { key, count, order: plan.order },
          entries: drawShots(plan.draw === undefined ? pool : further, count, plan, about),
        };
      }),
  });
  const most = Math.max(...drawn.map(({ plan }) => plan.count));
  if (usable < most || left.length === 0) {
    return { skipped: `${tooFew(loaded, usable, repeats)}, too few for ${most} shots; use --num-fewshot 0` };
  }
  const count = limitedCount(left.length, options.limit);
  const chosen = sampleIndices(left.length, count, randomStream(seed, task.name, "limit"));
  const shotItems = drawn.map(({ plan: { key, order }, entries }) => {
    return [key, ordered(entries.map(shotItem), order, "shots", task.name)] as const;
  });
  const items = chosen.map((index) => left[index] as Entry).map(toItem(about.evalSource));
  const asked = { task, source: about.evalSource, rows: items, whole: items.length === left.length };
  return {
    task,
    items,
    shots: shotItems[0]?.[1] ?? [],
    ownShots: new Map(shotItems),
    loaded: about,
    available: evalRows.length,
    contents: contentsOf(task, everyRow, trainRows === undefined ? [] : pool),
    notes: [
      ...checkAskedRows(asked),
      ...task.notes.map((text) => ({ check: "definition" as const, text: `${task.name}: ${text}` })),
      ...notes.map((text) => ({ check: "shots" as const, text: `${task.name}: ${text}` })),
    ],
  };
}

/** Holds a row with its place and its hash. */
interface Entry {
  readonly row: number;
  readonly hash: string;
  readonly content: Row;
}

/** Limits the rows that further draws of shots share, and the share of the rows that they take. */
const POOL_ROWS = 40;
const POOL_SHARE = 0.2;

/**
 * Returns the rows that all draws of shots but the study's own come from, where shots are rows of the evaluated split:
 * a row that is shown is not evaluated, so 24 draws from all rows would cost 24 times the shots. The study's own shots
 * are among them.
 * @param shots most shots of a prompt
 * @param names of the random stream, see drawShots
 */
function sharedPool(rows: readonly Entry[], shots: number, names: readonly (string | number)[]): Entry[] {
  const size = Math.max(shots, Math.min(POOL_ROWS, Math.floor(POOL_SHARE * rows.length)));
  return shuffled(rows, randomStream(...names, "shots")).slice(0, size);
}

function entriesOf(rows: readonly Row[]): Entry[] {
  return rows.map((row, index) => ({ row: index, hash: hashValue(row), content: row }));
}

/** Returns what a row asks; undefined for a row that is no example. */
function askedBy(task: Task, row: Row): Asked | undefined {
  const example = exampleIn(task, row);
  return example === undefined ? undefined : askedOf(example);
}

/** Returns the example of a row; undefined for a row that is none, which is refused where it is used. */
function exampleIn(task: Task, row: Row): Example | undefined {
  try {
    return checkExample(task, task.toExample(row));
  } catch {
    return undefined;
  }
}

/** Hashes rows and the examples that a task makes of those that are asked. */
function contentsOf(task: Task, asked: readonly Entry[], shown: readonly Entry[]): string {
  const questions = asked.map(({ hash, content }) => [hash, hashValue(exampleIn(task, content) ?? null)]);
  return hashValue([task.shots, questions, shown.map(({ hash }) => hash)]);
}

/** Returns a function that computes each value once. */
function remembered<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key) as V;
  };
}

/** Says how many rows there are for shots, and what the others are. */
function tooFew({ evalSource, evalRows, trainRows, trainSource }: LoadedRows, usable: number, repeats: number): string {
  const others = trainRows === undefined ? 0 : trainRows.length - usable - repeats;
  const besides = [
    ...(others > 0 ? [`${others} that are evaluated`] : []),
    ...(repeats > 0 ? [`${repeats} that repeat others`] : []),
  ].join(" and ");
  const rows = counted(trainRows === undefined ? evalRows.length - repeats : usable, "row");
  const source = trainRows === undefined ? `${evalSource} (no train rows)` : String(trainSource);
  return `${source} has ${rows}${besides === "" ? "" : ` besides ${besides}`}`;
}

/** Counts the rows to evaluate: a number is a count, a value below 1 a fraction (at least one row). */
export function limitedCount(available: number, limit: number | undefined): number {
  if (limit === undefined) return available;
  return limit < 1 ? Math.max(1, Math.round(available * limit)) : Math.min(available, limit);
}

function exampleOf(task: Task, row: Row, source: string, index: number): Example {
  try {
    const [made, again] = [task.toExample(row), task.toExample(row)];
    if (JSON.stringify(made) !== JSON.stringify(again)) {
      throw new UserError("toExample makes another example of the same row each time; it may depend on nothing else");
    }
    return checkExample(task, made);
  } catch (error) {
    throw new UserError(`${source}, row ${index + 1}: ${messageOf(error)} (task ${task.name})`);
  }
}
