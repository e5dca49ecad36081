/** Reads the stored results of a study as the input of an analysis. */

import { hasScores, type CheckpointRecord, type TaskRecord } from "../../store/results.js";
import { builtinMetric } from "../../metrics/registry.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import { mean, variance } from "../../statistics/uncertainty.js";
import { cellMetrics, metricValues, recordOf } from "../../store/metric-values.js";
import { answerKindOf } from "../../store/task-facts.js";
import type { StudyData } from "../../store/study-data.js";
import type { RowScore } from "../../metrics/row-score.js";
import { UsageError } from "../../base/errors.js";
import { counted, shellWord } from "../../base/wording.js";
import { isRecordedNoisy } from "../../templates/axes/noise.js";
import type { AnalysedCheckpoint, AnalysedPrompt } from "../document/document.js";
import type { NamedCheckpoint } from "../../importers/checkpoint-names.js";
import { clustersOf } from "./clusters-of.js";
import { medianShots, validityOf } from "./validity-of.js";
import { momentsOf, unitsOf } from "./remembered.js";
import { checkpointsOf } from "./read-table.js";
import { runOfSpec, withSeed } from "./run-of.js";
import {
  areShares,
  type AnalysisInput,
  type Answers,
  type InputTask,
  type Measured,
  type Scores,
  stderrsOf,
} from "./input.js";

/**
 * @param metric analysed in place of each task's own; tasks without it are left out
 * @throws UsageError where no task has the metric
 */
export function readStudy(study: StudyData, metric?: string): AnalysisInput {
  const { checkpoints } = study.results;
  const tasks = metric === undefined ? study.results.tasks : tasksWith(metric, study);
  return {
    sources: [{ name: study.source, kind: "scores" }],
    checkpoints: checkpointsOfTable(checkpoints) ?? checkpoints.map((one) => analysedCheckpoint(one, checkpoints)),
    tasks: tasks.map((task) => inputTask(study, task)),
    unfinished: unfinishedOf(study.results),
  };
}

/** Reads the checkpoints of an imported table as those of a table are read; undefined for others. */
function checkpointsOfTable(checkpoints: readonly CheckpointRecord[]): AnalysedCheckpoint[] | undefined {
  const cells = new Map<NamedCheckpoint, string>();
  for (const { name, given, step, stage, sft_task, training_seed: seed = null } of checkpoints) {
    if (given === undefined) return undefined;
    cells.set({ checkpoint: given.name, run: given.run, step, stage, sft_task, seed }, name);
  }
  return checkpointsOf([...cells.keys()], (cell) => cells.get(cell) as string);
}

function tasksWith(metric: string, { results: { tasks, cells }, source }: StudyData): TaskRecord[] {
  const namesOf = (task: TaskRecord) => [
    ...(task.metrics ?? []).map(({ name }) => name),
    ...cells.filter((cell) => cell.task === task.name).flatMap((cell) => Object.keys(cell.metrics ?? {})),
  ];
  const all = new Set(tasks.flatMap(namesOf));
  const found = tasks.filter((task) => namesOf(task).includes(metric));
  if (found.length === 0) {
    throw new UsageError(
      `--metric ${metric}: no task of ${source} has it; stored are ${[...all].join(", ")}; amuro-eval results rescore ${shellWord(source)} --metric NAME computes others`,
    );
  }
  return found.map((task) => ({ ...task, metric }));
}

/** Says what is missing of a run that did not come to its end; undefined where nothing is. */
function unfinishedOf({
  status,
  checkpoints,
  tasks,
  cells,
  shard,
  imported,
}: StudyData["results"]): string | undefined {
  if (status === "complete") return undefined;
  if (imported !== undefined) return missingOf(tasks, cells);
  const done = cells.filter(hasScores).length;
  const failed = cells.length - done;
  const planned = checkpoints.length * tasks.reduce((sum, { prompts }) => sum + prompts.length, 0);
  const of = shard === undefined ? `${done} of ${counted(planned, "cell")}` : counted(done, "cell");
  const what = status === "interrupted" ? "The run was interrupted" : `${counted(failed, "cell")} failed`;
  return `${what}: what follows is of the ${of} that ${done === 1 ? "is" : "are"} finished.`;
}

/** Says which cells an import lacks, which its files never held or held with fewer rows; undefined where none is. */
function missingOf(tasks: readonly TaskRecord[], cells: StudyData["results"]["cells"]): string | undefined {
  const parts = tasks.flatMap(({ name }) => {
    const own = cells.filter(({ task }) => task === name);
    const lacking = own.filter((cell) => !hasScores(cell)).length;
    return lacking === 0 ? [] : [`${lacking} of ${counted(own.length, "cell")} of ${name}`];
  });
  if (parts.length === 0) return undefined;
  const shown = parts.length > MOST_TASKS ? [...parts.slice(0, MOST_TASKS), `those of ${parts.length - MOST_TASKS} more tasks`] : parts; // prettier-ignore
  return `Not in the imported files, or there with too few rows: ${shown.join(", ")}. A mean is over the prompts that its checkpoint has; a difference is over those that both have.`;
}

/** Limits the tasks that are named where cells are missing. */
const MOST_TASKS = 5;

/** Shots that a prompt asks for: its own number where it has one. */
function shotsOf(task: TaskRecord, prompt: string): number {
  const own = task.prompts.find(({ id }) => id === prompt)?.axes["shots"];
  return typeof own === "number" ? own : task.shots;
}

/** Imported results say how many shots were shown where their prompts do. */
function saysShots({ origin, prompts }: TaskRecord): boolean {
  return origin !== "imported" || prompts.every(({ axes }) => typeof axes["shots"] === "number");
}

function analysedCheckpoint(one: CheckpointRecord, all: readonly CheckpointRecord[]): AnalysedCheckpoint {
  const base = all.find(({ name }) => name === one.base);
  const step = one.step ?? base?.step ?? null;
  const tokens = step === null ? (one.tokens ?? base?.tokens ?? null) : null;
  return {
    name: one.name,
    stage: one.stage,
    step,
    ...(tokens === null ? {} : { tokens }),
    sft_task: one.sft_task,
    base: one.base,
    ...runOf(one, base),
  };
}

/** Seeds of one release are runs of their own, and so are several fine-tunings of one base. */
function runOf(
  one: CheckpointRecord,
  base: CheckpointRecord | undefined,
): Pick<AnalysedCheckpoint, "run" | "seed" | "arm"> {
  const seed = base?.training_seed ?? one.training_seed;
  const { spec, step, tokens } = base ?? one;
  const run = runOfSpec(spec, step === null && tokens !== null);
  if (seed === undefined) return { run };
  const about = { run: withSeed(run, seed), seed };
  if (base?.training_seed === undefined) return about;
  const place = step !== null ? `@step${step}` : tokens !== null ? `@tokens${tokens}` : "";
  return { ...about, arm: `${run}${place}+${one.sft_task ?? "sft"}` };
}

/** Returns a clause where keys of config.json were passed over. */
function ignoredKeys(checkpoint: CheckpointRecord | undefined): string[] {
  const { ignored_config_keys: keys = [] } = checkpoint ?? {};
  if (keys.length === 0) return [];
  return [`of the checkpoint's config.json ${keys.join(", ")} ${keys.length === 1 ? "is" : "are"} passed over`];
}

/** Holds one cell's rows, taken apart. */
interface Column {
  readonly prompt: string;
  readonly rows: readonly RowScore[];
}

function inputTask(study: StudyData, task: TaskRecord): InputTask {
  const cells = study.results.cells.filter((cell) => cell.task === task.name);
  let chance: number | null = null;
  let items: number | null = null;
  let texts: ReturnType<StudyData["items"]> | undefined;
  const judged = { ...recordOf(task.metric, task), answer_kind: answerKindOf(task) ?? null };
  const noisyIds = new Set(task.prompts.filter(isRecordedNoisy).map(({ id }) => id));

  const read = async (checkpoint: string): Promise<Measured | undefined> => {
    const finished = cells.filter((cell) => cell.checkpoint === checkpoint && cell.metrics !== undefined);
    const clean: Column[] = [];
    const noisy: Measured["noisy"][number][] = [];
    const left: string[] = [];
    for (const { id } of task.prompts) {
      const cell = finished.find(({ prompt }) => prompt === id);
      if (cell === undefined) continue;
      if (noisyIds.has(id)) {
        const estimate = cell.metrics?.[task.metric];
        if (estimate) noisy.push({ prompt: id, mean: estimate.mean, stderr: estimate.stderr });
        continue;
      }
      const rows = await study.rows(checkpoint, task.name, id);
      if (rows === undefined || rows.length === 0) continue;
      if (metricValues(rows, task.metric, task) === undefined) left.push(id);
      else clean.push({ prompt: id, rows });
    }
    const [first] = clean;
    if (first === undefined) return undefined;
    texts ??= study.items(task.name);
    const scores = { ...scoresOf(task, clean), clusters: clustersOf(await texts, first.rows) };
    chance ??= chanceOf(study, task, first.rows);
    items ??= first.rows.length;
    const units = unitsOf(scores);
    const moments = momentsOf(units ?? scores.grid);
    const about = (key: "label_mass" | "unparseable") =>
      clean.map(({ prompt }) => finished.find((cell) => cell.prompt === prompt)?.[key] ?? null);
    const asked = clean.map(({ prompt, rows }) => ({ shots: shotsOf(task, prompt), rows }));
    return {
      checkpoint,
      prompts: clean.map(({ prompt }) => prompt),
      moments,
      noise: units !== null && units.items > 1 ? "crossed" : null,
      shares: areShares(judged),
      items: scores.grid.items,
      stderrs: stderrsOf(moments),
      scores,
      labelMass: about("label_mass"),
      unparseable: about("unparseable"),
      validity: [
        ...ignoredKeys(study.results.checkpoints.find(({ name }) => name === checkpoint)),
        ...(task.answer === "scores" ? [] : validityOf(asked)),
      ],
      medianShots: saysShots(task) ? medianShots(asked) : null,
      tied: { rows: countTied(clean), of: clean.length * scores.grid.items },
      undefined: left,
      noisy,
    };
  };

  return {
    name: task.name,
    aliases: task.aliases,
    definition: task.definition,
    family: task.family,
    metric: task.metric,
    judged,
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
    for (const [p, column] of columns.entries()) {
      const own = metricValues(column.rows, metric, task);
      if (own === undefined) return undefined;
      values.set(own, p * rows.length);
    }
    return { prompts: columns.length, items: rows.length, values };
  };
  const others = cellMetrics(rows, task).filter((name) => name !== task.metric);
  return {
    grid: gridOf(task.metric) as ScoreGrid,
    rows: rows.map(({ row_hash }) => row_hash),
    asked: columns.map((column) => column.rows[0]?.prompt_hash ?? ""),
    answers: answersOf(task, columns),
    drawn: drawnOf(task, columns),
    alternatives: others.flatMap((name) => {
      const grid = gridOf(name);
      return grid === undefined ? [] : [{ name, shares: areShares(recordOf(name, task)), grid }];
    }),
  };
}

/** Returns how the scores of the drawn texts differ; undefined where none, or one, was drawn for each row. */
function drawnOf(task: TaskRecord, columns: readonly Column[]): Scores["drawn"] {
  const { drawn, metric } = task;
  if (drawn === undefined || drawn.samples < 2) return undefined;
  const variances = columns.flatMap(({ rows }) =>
    rows.map(({ samples = [] }) => variance(samples.map(({ metrics }) => metrics[metric] ?? NaN))),
  );
  // A metric of all rows together has no score of a text.
  if (variances.some(Number.isNaN)) return undefined;
  return { samples: drawn.samples, temperature: drawn.temperature, within: Float64Array.from(variances) };
}

/** Returns the answers of all prompts; null for free text. */
function answersOf(task: TaskRecord, columns: readonly Column[]): Answers | null {
  const rows = columns[0]?.rows ?? [];
  if (task.answer === "scores" || answerKindOf(task) === "generation") return null;
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

/**
 * Returns the mean over rows of what guessing gets; null where there is no such thing, or the number of answers was not
 * stored.
 */
function chanceOf(study: StudyData, task: TaskRecord, rows: readonly RowScore[]): number | null {
  const recorded = study.results.tasks.find(({ name }) => name === task.name);
  // What is recorded of chance is about the task's own metric.
  if (task.chance !== undefined && recorded?.metric === task.metric) return task.chance;
  const metric = builtinMetric(task.metric);
  if (metric === undefined || task.answer === "scores") return null;
  if (answerKindOf(task) === "generation") return metric.chance(0);
  const chances = rows.map(({ logprobs }) => (logprobs === undefined ? null : metric.chance(logprobs.length)));
  return chances.includes(null) ? null : mean(chances as number[]);
}

function countTied(columns: readonly Column[]): number {
  return columns.reduce((sum, { rows }) => sum + rows.filter(({ tied }) => tied !== undefined).length, 0);
}
