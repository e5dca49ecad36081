/** Stored results of a study as the input of an analysis. */

import type { CheckpointRecord, TaskRecord } from "../../store/results.js";
import { answerKindOf } from "../../store/answer-kind.js";
import type { StudyData } from "../../store/study-data.js";
import type { RowScore } from "../../metrics/row-score.js";
import { isRecordedNoisy } from "../../templates/axes/noise.js";
import type { AnalysedCheckpoint, AnalysedPrompt } from "../document/document.js";
import { clustersOf } from "./clusters-of.js";
import { momentsOf, unitsOf } from "./remembered.js";
import { runOfSpec } from "./run-of.js";
import {
  areShares,
  type AnalysisInput,
  type Answers,
  type InputTask,
  type Measured,
  type Scores,
  stderrsOf,
} from "./input.js";

export function readStudy(study: StudyData): AnalysisInput {
  const { checkpoints, tasks } = study.results;
  return {
    sources: [{ name: study.source, kind: "scores" }],
    checkpoints: checkpoints.map((checkpoint) => analysedCheckpoint(checkpoint, checkpoints)),
    tasks: tasks.map((task) => inputTask(study, task)),
  };
}

function analysedCheckpoint(one: CheckpointRecord, all: readonly CheckpointRecord[]): AnalysedCheckpoint {
  const base = all.find(({ name }) => name === one.base);
  return {
    name: one.name,
    stage: one.stage,
    step: one.step ?? base?.step ?? null,
    sft_task: one.sft_task,
    base: one.base,
    run: runOfSpec((base ?? one).spec),
  };
}

/** One cell's rows, taken apart. */
interface Column {
  readonly prompt: string;
  readonly rows: readonly RowScore[];
}

function inputTask(study: StudyData, task: TaskRecord): InputTask {
  const cells = study.results.cells.filter((cell) => cell.task === task.name);
  let chance: number | null = null;
  let items: number | null = null;
  let texts: ReturnType<StudyData["items"]> | undefined;
  const noisyIds = new Set(task.prompts.filter(isRecordedNoisy).map(({ id }) => id));

  const read = async (checkpoint: string): Promise<Measured | undefined> => {
    const finished = cells.filter((cell) => cell.checkpoint === checkpoint && cell.metrics !== undefined);
    const clean: Column[] = [];
    const noisy: Measured["noisy"][number][] = [];
    for (const { id } of task.prompts) {
      const cell = finished.find(({ prompt }) => prompt === id);
      if (cell === undefined) continue;
      if (noisyIds.has(id)) {
        const estimate = cell.metrics?.[task.metric];
        if (estimate) noisy.push({ prompt: id, mean: estimate.mean, stderr: estimate.stderr });
        continue;
      }
      const rows = await study.rows(checkpoint, task.name, id);
      if (rows !== undefined && rows.length > 0) clean.push({ prompt: id, rows });
    }
    const [first] = clean;
    if (first === undefined) return undefined;
    texts ??= study.items(task.name);
    const scores = { ...scoresOf(task, clean), clusters: clustersOf(await texts, first.rows) };
    chance ??= chanceOf(task, first.rows);
    items ??= first.rows.length;
    const units = unitsOf(scores);
    const moments = momentsOf(units ?? scores.grid);
    const about = (key: "label_mass" | "unparseable") =>
      clean.map(({ prompt }) => finished.find((cell) => cell.prompt === prompt)?.[key] ?? null);
    return {
      checkpoint,
      prompts: clean.map(({ prompt }) => prompt),
      moments,
      noise: units !== null && units.items > 1 ? "crossed" : null,
      shares: areShares(moments),
      items: scores.grid.items,
      stderrs: stderrsOf(moments),
      scores,
      labelMass: about("label_mass"),
      unparseable: about("unparseable"),
      noisy,
    };
  };

  return {
    name: task.name,
    family: task.family,
    metric: task.metric,
    limits: [],
    read,
    describe: () => ({ chance, items, prompts: task.prompts.map(analysedPrompt) }),
  };
}

function analysedPrompt({ id, seen, axes }: TaskRecord["prompts"][number]): AnalysedPrompt {
  return { id, seen, axes: { ...axes } };
}

function scoresOf(task: TaskRecord, columns: readonly Column[]): Omit<Scores, "clusters"> {
  const rows = columns[0]?.rows ?? [];
  const gridOf = (metric: string) => {
    const values = new Float64Array(columns.length * rows.length);
    columns.forEach((column, p) => {
      column.rows.forEach((one, i) => (values[p * rows.length + i] = one.metrics[metric] ?? NaN));
    });
    return { prompts: columns.length, items: rows.length, values };
  };
  const others = Object.keys(rows[0]?.metrics ?? {}).filter((name) => name !== task.metric);
  return {
    grid: gridOf(task.metric),
    rows: rows.map(({ row_hash }) => row_hash),
    asked: columns.map((column) => column.rows[0]?.prompt_hash ?? ""),
    answers: answersOf(task, columns),
    alternatives: others.map((name) => ({ name, grid: gridOf(name) })),
  };
}

/** Null for free text. */
function answersOf(task: TaskRecord, columns: readonly Column[]): Answers | null {
  const rows = columns[0]?.rows ?? [];
  if (answerKindOf(task) === "generation") return null;
  const [prompts, items] = [columns.length, rows.length];
  const answers = new Int32Array(prompts * items);
  const sizes = new Set<number>();
  let labels = 0;
  columns.forEach((column, p) => {
    column.rows.forEach(({ answer, gold, logprobs }, i) => {
      answers[p * items + i] = Number(answer);
      labels = Math.max(labels, Number(answer) + 1, (gold ?? 0) + 1, logprobs?.length ?? 0);
      sizes.add(logprobs?.length ?? 0);
    });
  });
  const sameLabels = answerKindOf(task) === "classification";
  const stored = sameLabels && sizes.size === 1 && !sizes.has(0);
  const logprobs = stored ? new Float64Array(prompts * items * labels) : null;
  if (logprobs) {
    columns.forEach((column, p) => {
      column.rows.forEach((one, i) => {
        logprobs.set(one.logprobs ?? [], (p * items + i) * labels);
      });
    });
  }
  const gold = Int32Array.from(rows, (one) => one.gold ?? -1);
  return { prompts, items, answers, labels, gold, sameLabels, logprobs, firstToken: task.answer === "first-token" };
}

/** Mean over rows of one over the number of answers; 0 for free text, null where the number was not stored. */
function chanceOf(task: TaskRecord, rows: readonly RowScore[]): number | null {
  if (answerKindOf(task) === "generation") return 0;
  const sizes = rows.map(({ logprobs }) => logprobs?.length ?? 0);
  return sizes.every((size) => size > 0) ? sizes.reduce((sum, size) => sum + 1 / size, 0) / sizes.length : null;
}
