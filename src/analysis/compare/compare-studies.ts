/** Compares two results row by row, wherever they came from. */

import type { RowScore } from "../../metrics/row-score.js";
import { mean } from "../../statistics/uncertainty.js";
import { differingParts, isSameTask } from "../../store/definition.js";
import { metricValues } from "../../store/metric-values.js";
import type { TaskRecord } from "../../store/results.js";
import type { StudyData } from "../../store/study-data.js";
import { rowsByTexts } from "./same-rows.js";
import { type Names, onlyInOne, pairedCheckpoints, pairedPrompts, unpaired, type Pair } from "./pairs.js";

/** Holds what two results have and do not have in common. */
export interface Comparison {
  readonly a: string;
  readonly b: string;
  readonly checkpoints: readonly Pair[];
  readonly tasks: readonly ComparedTask[];
  /** Names in one of the two alone. */
  readonly only: { readonly a: Names; readonly b: Names };
}

export interface ComparedTask {
  /** As A calls it. */
  readonly task: string;
  /** As B calls it, where that is a name that the task had before or has now. */
  readonly calledInB?: string;
  /** Versions of the task's definition, and in what they differ; null where one of them is not known. */
  readonly definition: { readonly a: string; readonly b: string; readonly differs: readonly string[] } | null;
  /**
   * What the two are judged by. Cells are compared under the metric of the first where the second has it, too;
   * otherwise each under its own, and `shared` is false.
   */
  readonly metric: { readonly a: string; readonly b: string; readonly shared: boolean };
  /** Rows by their hashes; null where one of the two holds means alone. */
  readonly rows: { readonly common: number; readonly a: number; readonly b: number } | null;
  /** What rows are paired by: their texts where no hash is in both. */
  readonly pairedBy: "hash" | "texts";
  readonly prompts: readonly ComparedPrompt[];
  readonly only: { readonly a: readonly string[]; readonly b: readonly string[] };
  readonly cells: readonly ComparedCell[];
  /** Of each checkpoint, the mean over the prompts that both have. */
  readonly means: readonly ComparedMean[];
}

/** Holds the mean over prompts of one checkpoint in both, over the rows that every such cell of both has. */
export interface ComparedMean {
  readonly checkpoint: Pair;
  readonly prompts: number;
  readonly rows: number | null;
  readonly mean: { readonly a: number; readonly b: number };
  readonly difference: number;
  /**
   * Standard error over rows, the prompts as they are; null for a single row, for rows that all differ alike, and of
   * means alone, where it is not known which rows they share.
   */
  readonly stderr: number | null;
}

export interface ComparedPrompt extends Pair {
  /** Whether common rows were asked by the same text; null where a text was not kept. */
  readonly sameText: boolean | null;
  /** Axes on which the two say different levels; an axis that only one names is not among them. */
  readonly axes: readonly { readonly axis: string; readonly a: Level; readonly b: Level }[];
}

type Level = string | number | null;

/** Holds one prompt of one checkpoint in both, over the rows that both have; of means alone, over those of each. */
export interface ComparedCell {
  readonly checkpoint: Pair;
  readonly prompt: Pair;
  /** Rows that both have; null of means alone. */
  readonly rows: number | null;
  /** Means over the common rows; null where a row has no value. */
  readonly mean: { readonly a: number | null; readonly b: number | null };
  /**
   * Mean of B less A, and its standard error over rows; null for a single row, and for rows that all differ alike. Of
   * means alone the error is that of two sets of rows that have nothing in common.
   */
  readonly difference: number | null;
  readonly stderr: number | null;
  /** Rows with another score, and with another answer; null where answers are not known. */
  readonly otherScores: number | null;
  readonly otherAnswers: number | null;
  /** Largest difference of log-likelihoods, in nats; null where one has none. */
  readonly logprobs: number | null;
}

/** @param a is the one that B is compared with */
export async function compareStudies(a: StudyData, b: StudyData): Promise<Comparison> {
  const checkpoints = pairedCheckpoints(a.results.checkpoints, b.results.checkpoints);
  const tasks: ComparedTask[] = [];
  for (const task of a.results.tasks) {
    const other =
      b.results.tasks.find((one) => isSameTask(one, task)) ?? b.results.tasks.find((one) => isFileOf(one, task));
    if (other !== undefined) tasks.push(await compareTask(a, b, task, other, checkpoints));
  }
  const pairs = tasks.map(({ task, calledInB = task }) => ({ a: task, b: calledInB }));
  const only = onlyInOne(a.results, b.results, { checkpoints, tasks: pairs });
  return { a: a.source, b: b.source, checkpoints, tasks, only };
}

/** Names a task that is read from a file of lm-evaluation-harness. */
const FILE_PREFIX = "lm_eval_";

/** Tells whether one of two tasks was run from the file of lm-evaluation-harness that made the other. */
function isFileOf(a: TaskRecord, b: TaskRecord): boolean {
  return a.name === FILE_PREFIX + b.name || b.name === FILE_PREFIX + a.name;
}

async function compareTask(
  a: StudyData,
  b: StudyData,
  task: TaskRecord,
  other: TaskRecord,
  checkpoints: readonly Pair[],
): Promise<ComparedTask> {
  const first = async (study: StudyData, name: string | undefined, { name: of, prompts }: TaskRecord) => {
    const found = new Map<string, readonly RowScore[]>();
    for (const { id } of prompts) {
      const rows = name === undefined ? undefined : await study.rows(name, of, id);
      if (rows !== undefined) found.set(id, rows);
    }
    return found;
  };
  const cellsA = await first(a, checkpoints[0]?.a ?? a.results.checkpoints[0]?.name, task);
  const read = await first(b, checkpoints[0]?.b ?? b.results.checkpoints[0]?.name, other);
  const hashes = (found: typeof cellsA) => new Set([...found.values()].flat().map(({ row_hash: hash }) => hash));
  const rowsA = hashes(cellsA);
  const byHash = [...hashes(read)].some((hash) => rowsA.has(hash));
  const same = byHash ? new Map<string, string>() : rowsByTexts(await a.items(task.name), await b.items(other.name), cellsA, read); // prettier-ignore
  const matched = (rows: readonly RowScore[]) =>
    same.size === 0 ? rows : rows.map((row) => ({ ...row, row_hash: same.get(row.row_hash) ?? row.row_hash }));
  const cellsB = new Map([...read].map(([id, rows]) => [id, matched(rows)]));
  const pairs = pairedPrompts(task.prompts, other.prompts, cellsA, cellsB);
  const cells: ComparedCell[] = [];
  const means: ComparedMean[] = [];
  const rowsB = hashes(cellsB);
  for (const checkpoint of checkpoints) {
    const byPrompt: RowPair[][] = [];
    for (const prompt of pairs) {
      const own = await a.rows(checkpoint.a, task.name, prompt.a);
      const found = await b.rows(checkpoint.b, other.name, prompt.b);
      const theirs = found === undefined ? undefined : matched(found);
      for (const { row_hash: hash } of own ?? []) rowsA.add(hash);
      for (const { row_hash: hash } of theirs ?? []) rowsB.add(hash);
      if (own === undefined || theirs === undefined) continue;
      const { compared, values } = compareRows(own, theirs, task, other);
      cells.push({ checkpoint, prompt: { a: prompt.a, b: prompt.b }, ...compared });
      if (values !== undefined) byPrompt.push(values);
    }
    means.push(...meanOver(byPrompt).map((found) => ({ checkpoint, ...found })));
  }
  const common = [...rowsA].filter((hash) => rowsB.has(hash)).length;
  const alone = (prompts: TaskRecord["prompts"], side: "a" | "b") => unpaired(prompts.map(({ id }) => id), pairs, side); // prettier-ignore
  const differs = differingParts(task.definition, other.definition);
  return {
    task: task.name,
    ...(other.name === task.name ? {} : { calledInB: other.name }),
    definition:
      differs === undefined ? null : { a: task.definition?.version ?? "", b: other.definition?.version ?? "", differs },
    metric: { a: task.metric, b: other.metric, shared: isShared(task, other) },
    rows: { common, a: rowsA.size, b: rowsB.size },
    pairedBy: same.size === 0 ? "hash" : "texts",
    prompts: pairs.map((pair) => ({ ...pair, axes: otherLevels(task, other, pair) })),
    only: { a: alone(task.prompts, "a"), b: alone(other.prompts, "b") },
    cells,
    means,
  };
}

/** Holds what a row got in both. */
interface RowPair {
  readonly hash: string;
  readonly a: number;
  readonly b: number;
}

/** Averages prompts row by row, over the rows that all of them have; returns nothing where there is none. */
function meanOver(byPrompt: readonly (readonly RowPair[])[]): Omit<ComparedMean, "checkpoint">[] {
  const rows = new Map<string, { a: number; b: number; cells: number }>();
  for (const { hash, a, b } of byPrompt.flat()) {
    const sum = rows.get(hash) ?? { a: 0, b: 0, cells: 0 };
    rows.set(hash, { a: sum.a + a, b: sum.b + b, cells: sum.cells + 1 });
  }
  const prompts = byPrompt.length;
  const whole = [...rows.values()].filter(({ cells }) => cells === prompts);
  if (whole.length === 0) return [];
  const of = (value: (row: { a: number; b: number }) => number) =>
    Float64Array.from(whole, (row) => value(row) / prompts);
  const differences = of(({ a, b }) => b - a);
  return [
    {
      prompts,
      rows: whole.length,
      mean: { a: mean(of(({ a }) => a)), b: mean(of(({ b }) => b)) },
      difference: mean(differences),
      stderr: stderrOf(differences),
    },
  ];
}

function otherLevels(task: TaskRecord, other: TaskRecord, pair: Pair): ComparedPrompt["axes"] {
  const a: Readonly<Record<string, Level>> = task.prompts.find(({ id }) => id === pair.a)?.axes ?? {};
  const b: Readonly<Record<string, Level>> = other.prompts.find(({ id }) => id === pair.b)?.axes ?? {};
  return Object.entries(a).flatMap(([axis, level]) => {
    const theirs = b[axis];
    // A wording that is named after its prompt differs where the names do.
    const isName = level === pair.a && theirs === pair.b;
    return theirs === undefined || theirs === level || isName ? [] : [{ axis, a: level, b: theirs }];
  });
}

interface Compared {
  readonly compared: Omit<ComparedCell, "checkpoint" | "prompt">;
  /** Undefined where a row has no value. */
  readonly values: RowPair[] | undefined;
}

function compareRows(a: readonly RowScore[], b: readonly RowScore[], task: TaskRecord, other: TaskRecord): Compared {
  const theirs = new Map(b.map((row) => [row.row_hash, row]));
  const both = a.flatMap((row) => {
    const match = theirs.get(row.row_hash);
    return match === undefined ? [] : [[row, match] as const];
  });
  const values = (side: 0 | 1, about: TaskRecord) =>
    metricValues(both.map((pair) => pair[side]), valueName(task, other, side), about); // prettier-ignore
  const [own, others] = both.length === 0 ? [] : [values(0, task), values(1, other)];
  // Where the right answer is another one by its number, numbers of answers mean different ones.
  const alike = both.every(([one, two]) => one.gold === undefined || two.gold === undefined || one.gold === two.gold);
  const answered = alike && both.every(([one, two]) => isAnswer(one, task) && isAnswer(two, other));
  const logprobs = both.flatMap(([one, two]) =>
    !alike || one.logprobs === undefined || two.logprobs?.length !== one.logprobs.length
      ? []
      : one.logprobs.map((value, i) => Math.abs(value - (two.logprobs?.[i] ?? NaN))),
  );
  const differences = own !== undefined && others !== undefined ? others.map((value, i) => value - (own[i] ?? NaN)) : undefined; // prettier-ignore
  const compared = {
    rows: both.length,
    mean: { a: own === undefined ? null : mean(own), b: others === undefined ? null : mean(others) },
    difference: differences === undefined ? null : mean(differences),
    stderr: differences === undefined ? null : stderrOf(differences),
    otherScores: differences === undefined ? null : differences.filter((value) => Math.abs(value) > 1e-9).length,
    otherAnswers: answered && both.length > 0 ? both.filter(([one, two]) => one.answer !== two.answer).length : null,
    logprobs: logprobs.length === 0 ? null : logprobs.reduce((most, value) => Math.max(most, value), 0),
  };
  const pairs =
    own === undefined || others === undefined
      ? undefined
      : both.map(([{ row_hash: hash }], i) => ({ hash, a: own[i] ?? NaN, b: others[i] ?? NaN }));
  return { compared, values: pairs };
}

/** Takes the metric of the first where the second has it, too; otherwise each its own. */
function valueName(task: TaskRecord, other: TaskRecord, side: 0 | 1): string {
  return side === 0 || isShared(task, other) ? task.metric : other.metric;
}

function isShared(task: TaskRecord, other: TaskRecord): boolean {
  return other.metric === task.metric || (other.metrics ?? []).some(({ name }) => name === task.metric);
}

/** Tells whether a row has an answer; a generated text is one where it is empty, too. */
function isAnswer({ answer, generated }: RowScore, { answer: how }: TaskRecord): boolean {
  if (how === "scores") return false;
  return how === "generate" || typeof answer === "number" || generated !== undefined || answer !== "";
}

/** Returns null where the values are all alike, too: an error of 0 would say that other rows are like these. */
function stderrOf(values: Float64Array): number | null {
  if (values.length < 2 || values.every((value) => value === values[0])) return null;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
