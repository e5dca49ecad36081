/** Reads a table of means as the input of an analysis. */

import { baseNameOf, checkpointNames, type NamedCheckpoint } from "../../importers/checkpoint-names.js";
import { cellKey, type TableCell } from "../../importers/long-table.js";
import { isWorded } from "../../importers/prompt-name.js";
import type { GridMoments } from "../../statistics/moments.js";
import { metricRecord, soleKind, type AnswerKind, type Metric, type Range } from "../../metrics/metric.js";
import { builtinMetric } from "../../metrics/registry.js";
import { BUILTIN_TASKS } from "../../tasks/builtin/index.js";
import { familyName } from "../../tasks/families/family.js";
import { shots } from "../../templates/axes/shots.js";
import { wording } from "../../templates/axes/wording.js";
import type { AnalysedCheckpoint, AnalysedPrompt, Limit } from "../document/document.js";
import { mean } from "../../statistics/uncertainty.js";
import {
  areShares,
  type AnalysisInput,
  type InputTask,
  type JudgedBy,
  type Measured,
  withoutRequests,
} from "./input.js";
import { shareStderr } from "../parts/few-rows.js";
import { runOfName, withSeed } from "./run-of.js";

/** Stands for the number of rows where it is not given: so many that the empirical logit is the logit. */
const MANY_ITEMS = 1e6;

export function readTable(all: readonly TableCell[], source: string): AnalysisInput {
  const cells = withoutReplicates(all);
  const seeded = new Set(all.flatMap(({ stage, seed }) => (stage === "sft" ? (seed ?? []) : []))).size > 1;
  const names = checkpointNames(cells);
  const named = cells.map((cell) => ({ ...cell, checkpoint: names(cell) }));
  const tasks = new Map<string, TableCell[]>();
  const metrics = new Map<string, Set<string>>();
  for (const { task, metric } of cells) metrics.set(task, (metrics.get(task) ?? new Set()).add(metric));
  for (const cell of named) {
    const several = (metrics.get(cell.task)?.size ?? 0) > 1;
    const name = several ? `${cell.task} (${cell.metric})` : cell.task;
    tasks.set(name, [...(tasks.get(name) ?? []), cell]);
  }
  return {
    sources: [{ name: source, kind: "means" }],
    checkpoints: checkpointsOf(cells, names),
    tasks: [...tasks].map(([name, own]) => inputTask(name, own, seeded ? [SEEDS_OF_MEANS] : [])),
  };
}

/**
 * Averages replicates of one cell: seeds of the shots or of the answers are no prompts. Rows stay as many as of one.
 */
function withoutReplicates(cells: readonly TableCell[]): TableCell[] {
  const groups = new Map<string, TableCell[]>();
  for (const cell of cells) {
    const key = cellKey({ ...cell, seed: null });
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].map((members) => {
    const [first] = members as [TableCell];
    if (members.length === 1) return { ...first, seed: null };
    const stds = members.flatMap(({ std }) => (std === null ? [] : [std]));
    return {
      ...first,
      seed: null,
      value: mean(members.map(({ value }) => value)),
      std: stds.length === members.length ? mean(stds) : null,
    };
  });
}

export function checkpointsOf(
  cells: readonly NamedCheckpoint[],
  names: (cell: NamedCheckpoint) => string,
): AnalysedCheckpoint[] {
  const first = new Map<string, NamedCheckpoint>();
  for (const cell of cells) {
    const name = names(cell);
    if (!first.has(name)) first.set(name, cell);
  }
  const arms = checkpointNames(cells.map((cell) => ({ ...cell, seed: null })));
  const overRuns = checkpointNames(cells.map((cell) => ({ ...cell, seed: null, run: null })));
  const checkpoints = [...first].map(([name, cell]): AnalysedCheckpoint => {
    const base = baseNameOf(cell, [...first]);
    const run = cell.run ?? runOfName(base ?? name);
    const about = { name, stage: cell.stage, step: cell.step, sft_task: cell.sft_task, base, run };
    const seed = cell.seed ?? null;
    if (seed === null) {
      const arm = overRuns(cell);
      // A name that several runs have is one checkpoint of each: the run is what its replicates differ by.
      return arm === arms(cell) || run === null ? about : { ...about, seed: run, seed_is_run: true, arm };
    }
    const arm = arms(cell) === name ? {} : { arm: arms(cell) };
    return { ...about, seed, ...arm, run: run === null ? null : withSeed(run, seed) };
  });
  return checkpoints.sort((a, b) => (a.step ?? Infinity) - (b.step ?? Infinity) || 0);
}

const SEEDS_OF_MEANS: Limit = {
  what: "what is the seed's and what is the tuning's",
  why: "seeds of a table of means are averaged; a table with the score of every row keeps those of fine-tuned checkpoints apart",
  task: null,
  checkpoint: null,
};

function inputTask(name: string, cells: readonly TableCell[], limits: readonly Limit[]): InputTask {
  const { task, metric } = cells[0] as TableCell;
  const known = BUILTIN_TASKS.find((one) => one.name === task);
  const counts = new Set(cells.map((cell) => cell.shots));
  const idOf = ({ prompt, shots: count }: TableCell) => {
    return counts.size > 1 ? `${prompt}+${shots.name}=${count ?? "unknown"}` : prompt;
  };
  const prompts = new Map<string, AnalysedPrompt>();
  for (const cell of cells) {
    prompts.set(idOf(cell), {
      id: idOf(cell),
      seen: null,
      axes: {
        ...(isWorded(cell.axes ?? {}) ? {} : { [wording.name]: cell.prompt }),
        [shots.name]: cell.shots,
        ...cell.axes,
      },
    });
  }
  const about = tableMetric(metric);
  const judged = judgedBy(metric, task);
  const isShare = about?.binary === true;
  return {
    name,
    family: known === undefined ? null : familyName(known.family),
    metric,
    judged,
    limits: [...limits, ...promptLimits(name, cells, prompts.size, idOf)],
    read: (checkpoint) => {
      const own = cells.filter((cell) => cell.checkpoint === checkpoint);
      return Promise.resolve(own.length === 0 ? undefined : measured(checkpoint, own, isShare, judged, idOf));
    },
    describe: () => ({
      chance: chanceIn(cells) ?? chanceOf(known, about),
      items: itemsOf(cells),
      prompts: [...prompts.values()],
    }),
  };
}

/** Says that checkpoints lack some of the prompts, which are then left out of a figure. */
function promptLimits(
  task: string,
  cells: readonly TableCell[],
  prompts: number,
  idOf: (cell: TableCell) => string,
): Limit[] {
  const counts = new Map<string, Set<string>>();
  for (const cell of cells) counts.set(cell.checkpoint, (counts.get(cell.checkpoint) ?? new Set()).add(idOf(cell)));
  const fewer = [...counts].filter(([, ids]) => ids.size < prompts);
  if (fewer.length === 0) return [];
  const why =
    "not every checkpoint has all prompts: means and SDs of checkpoints are over the prompts that each has, a change is over those that both have";
  return [{ what: "all figures over the same prompts", why, task, checkpoint: null }];
}

function measured(
  checkpoint: string,
  cells: readonly TableCell[],
  isShare: boolean,
  judged: JudgedBy,
  idOf: (cell: TableCell) => string,
): Measured {
  const stderrs = cells.map((cell) => stderrOf(cell, isShare));
  const items = itemsOf(cells);
  const noise = stderrs.includes(null) ? null : "independent";
  const n = items ?? MANY_ITEMS;
  const covariance = new Float64Array(cells.length ** 2);
  // As if each prompt had rows of its own: all that is known of the noise stands on the diagonal.
  stderrs.forEach((stderr, p) => (covariance[p * cells.length + p] = n * (stderr ?? 0) ** 2));
  const moments: GridMoments = {
    prompts: cells.length,
    items: n,
    means: Float64Array.from(cells, ({ value }) => value),
    covariance,
  };
  return {
    checkpoint,
    prompts: cells.map(idOf),
    moments,
    noise,
    shares: areShares(judged),
    items,
    stderrs,
    scores: null,
    ...withoutRequests(cells.length),
  };
}

/**
 * Returns the standard error that is given, or that of right/wrong scores: sqrt(v (1 - v) / n), and never 0, which few
 * rows cannot show.
 */
function stderrOf({ value, std, n }: TableCell, isShare: boolean): number | null {
  if (std !== null && std > 0) return std;
  return isShare && n !== null ? shareStderr(value, n) : null;
}

/** Returns the number of items where it is given, and the same for all; else null. */
function itemsOf(cells: readonly TableCell[]): number | null {
  const numbers = new Set(cells.map(({ n }) => n));
  const [only] = numbers;
  return numbers.size === 1 && only !== undefined ? only : null;
}

/** Returns the score of guessing where the table says it. */
function chanceIn(cells: readonly TableCell[]): number | null {
  return cells.find(({ chance }) => (chance ?? null) !== null)?.chance ?? null;
}

/** Choices of a multiple-choice task number four, but for a few rows. */
const CHOICES = 4;

function chanceOf(task: (typeof BUILTIN_TASKS)[number] | undefined, metric: Metric | undefined): number | null {
  if (metric === undefined) return null;
  switch (kindOf(metric, task)) {
    case "generation":
      return metric.chance(0);
    case "classification":
      return task?.answer.kind === "classification" ? metric.chance(task.answer.labels.length) : null;
    case "multiple-choice":
      return metric.chance(CHOICES);
    default:
      return null;
  }
}

/** Finds the metric of a table; undefined where its name is not known. */
function tableMetric(name: string): Metric | undefined {
  return builtinMetric(name === "accuracy" ? "acc" : name);
}

/**
 * Returns what the metric of a table is.
 * @param range of the values of one that is not known here
 */
export function judgedBy(name: string, task: string, range: Range = [0, 1]): JudgedBy {
  const metric = tableMetric(name);
  const known = BUILTIN_TASKS.find((one) => one.name === task);
  const about =
    metric === undefined ? { title: name, of: "row" as const, range, higher_is_better: true } : metricRecord(metric);
  return { ...about, answer_kind: kindOf(metric, known) };
}

/** Tells how a task was answered, as far as its metric and its name say: a table says no more. */
function kindOf(metric: Metric | undefined, task: (typeof BUILTIN_TASKS)[number] | undefined): AnswerKind | null {
  const only = metric && soleKind(metric);
  if (only !== undefined) return only;
  const kind = task?.answer.kind;
  return kind !== undefined && metric?.answers.includes(kind) === true ? kind : null;
}
