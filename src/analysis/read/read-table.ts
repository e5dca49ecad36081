/** A table of means as the input of an analysis. */

import type { TableCell } from "../../importers/long-table.js";
import type { GridMoments } from "../../statistics/moments.js";
import { BUILTIN_TASKS } from "../../tasks/builtin/index.js";
import { shots } from "../../templates/axes/shots.js";
import { wording } from "../../templates/axes/wording.js";
import type { AnalysedCheckpoint, AnalysedPrompt, Limit } from "../document/document.js";
import type { AnalysisInput, InputTask, Measured } from "./input.js";

/** Stands for the number of rows where it is not given: so many that the empirical logit is the logit. */
const MANY_ITEMS = 1e6;

export function readTable(cells: readonly TableCell[], source: string): AnalysisInput {
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
    tasks: [...tasks].map(([name, own]) => inputTask(name, own)),
  };
}

/** A checkpoint of pre-training gives its name to its base; what was fine-tuned from it carries the task as well. */
function checkpointNames(cells: readonly TableCell[]): (cell: TableCell) => string {
  const stages = new Map<string, Set<string>>();
  const stageOf = ({ stage, sft_task }: TableCell) => JSON.stringify([stage, sft_task]);
  for (const cell of cells) {
    stages.set(cell.checkpoint, (stages.get(cell.checkpoint) ?? new Set()).add(stageOf(cell)));
  }
  return (cell) =>
    cell.stage !== "sft" || stages.get(cell.checkpoint)?.size === 1
      ? cell.checkpoint
      : `${cell.checkpoint}+${cell.sft_task ?? "sft"}`;
}

function checkpointsOf(cells: readonly TableCell[], names: (cell: TableCell) => string): AnalysedCheckpoint[] {
  const first = new Map<string, TableCell>();
  for (const cell of cells) {
    const name = names(cell);
    if (!first.has(name)) first.set(name, cell);
  }
  const bases = [...first].filter(([, { stage }]) => stage !== "sft");
  const checkpoints = [...first].map(([name, cell]): AnalysedCheckpoint => {
    const sameName = bases.find(([base]) => base === cell.checkpoint);
    const sameStep = bases.filter(([, { step }]) => step !== null && step === cell.step);
    const base =
      cell.stage === "sft" ? (sameName ?? (sameStep.length === 1 ? sameStep[0] : undefined))?.[0] : undefined;
    return { name, stage: cell.stage, step: cell.step, sft_task: cell.sft_task, base: base ?? null };
  });
  return checkpoints.sort((a, b) => (a.step ?? Infinity) - (b.step ?? Infinity) || 0);
}

function inputTask(name: string, cells: readonly TableCell[]): InputTask {
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
      axes: { [wording.name]: cell.prompt, [shots.name]: cell.shots },
    });
  }
  const isAccuracy = metric.startsWith("acc");
  return {
    name,
    family: known?.family ?? null,
    metric,
    limits: promptLimits(name, cells, prompts.size, idOf),
    read: (checkpoint) => {
      const own = cells.filter((cell) => cell.checkpoint === checkpoint);
      return Promise.resolve(own.length === 0 ? undefined : measured(checkpoint, own, isAccuracy, idOf));
    },
    describe: () => ({ chance: chanceOf(known, isAccuracy), items: itemsOf(cells), prompts: [...prompts.values()] }),
  };
}

/** One prompt is left out of a figure when another checkpoint lacks it: it has to be said. */
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
  const why = `${fewer.length} of ${counts.size} checkpoints lack some of the ${prompts} prompts; changes are over those that both have`;
  return [{ what: "figures over all prompts", why, task, checkpoint: null }];
}

function measured(
  checkpoint: string,
  cells: readonly TableCell[],
  isAccuracy: boolean,
  idOf: (cell: TableCell) => string,
): Measured {
  const stderrs = cells.map((cell) => stderrOf(cell, isAccuracy));
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
  const none = cells.map(() => null);
  return {
    checkpoint,
    prompts: cells.map(idOf),
    moments,
    noise,
    items,
    stderrs,
    scores: null,
    labelMass: none,
    unparseable: none,
    noisy: [],
  };
}

/** What is given, or that of right/wrong scores: sqrt(v (1 - v) / n). */
function stderrOf({ value, std, n }: TableCell, isAccuracy: boolean): number | null {
  if (std !== null) return std;
  return isAccuracy && n !== null ? Math.sqrt((value * (1 - value)) / n) : null;
}

/** Null unless it is given, and the same for all. */
function itemsOf(cells: readonly TableCell[]): number | null {
  const numbers = new Set(cells.map(({ n }) => n));
  const [only] = numbers;
  return numbers.size === 1 && only !== undefined ? only : null;
}

/** Choices of a multiple-choice task number four, but for a few rows. */
const CHOICES = 4;

function chanceOf(task: (typeof BUILTIN_TASKS)[number] | undefined, isAccuracy: boolean): number | null {
  if (!isAccuracy) return 0;
  switch (task?.answer.kind) {
    case "classification":
      return 1 / task.answer.labels.length;
    case "multiple-choice":
      return 1 / CHOICES;
    default:
      return null;
  }
}
