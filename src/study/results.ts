/** From the cells of a study to the content of results.json. */

import { hashValue } from "../hash.js";
import { acrossPrompts, estimateMean, mean, pairedDifference, rowMeans } from "../metrics/uncertainty.js";
import { PACKAGE_ROOT } from "../package-info.js";
import {
  RESULTS_SCHEMA, type CellRecord, type CheckpointFacts, type CheckpointRecord, type ComparisonRecord, type Results, type SummaryRecord, type TaskRecord,
} from "../store/results.js"; // prettier-ignore
import type { RowsFile } from "../store/results-folder.js";
import { axisRecord } from "../templates/axis-record.js";
import { chatLayoutName } from "../templates/chat.js";
import type { CellResult, CellWork } from "./cell.js";
import type { Plan, StudyCheckpoint, StudyTask } from "./plan.js";
import type { FactsByCheckpoint } from "./resume.js";
import { versions } from "./versions.js";

/** What a run brought: the cells in the order of the plan, what was found out about checkpoints, and where rows are. */
export interface RunOutcome {
  readonly cells: readonly CellResult[];
  readonly facts: FactsByCheckpoint;
  readonly files: ReadonlyMap<CellResult, RowsFile>;
}

/** @param status "complete" becomes "failed" where cells failed */
export function buildResults(
  plan: Plan,
  { cells, facts, files }: RunOutcome,
  command: Results["command"],
  times: { readonly started: number; readonly finished: number },
  interrupted: boolean,
): Results {
  const failed = cells.some((cell) => cell.error !== undefined);
  const work = cells.map((cell) => (cell.rows === undefined ? undefined : cell.work));
  const tokens = total(work, "tokens");
  const spent = cells.reduce((sum, cell) => sum + cell.elapsed, 0) / 1000;
  return {
    schema: RESULTS_SCHEMA,
    status: interrupted ? "interrupted" : failed ? "failed" : "complete",
    command,
    device: plan.options.device,
    versions: versions(),
    notes: plan.notes,
    checkpoints: plan.checkpoints.map((checkpoint) => checkpointRecord(checkpoint, facts.get(checkpoint))),
    tasks: plan.tasks.map((task) => taskRecord(task, plan)),
    cells: cells.map((cell) => cellRecord(cell, files)),
    summaries: summaries(plan, cells),
    comparisons: comparisons(plan, cells),
    skipped: plan.skipped,
    times: {
      started: new Date(times.started).toISOString(),
      finished: new Date(times.finished).toISOString(),
      seconds: (times.finished - times.started) / 1000,
      tokens_per_second: spent > 0 ? tokens / spent : 0,
      tokens,
      tokens_reused: total(work, "reusedTokens"),
      model_seconds: total(work, "busy") / 1000,
      cells: cells.map((cell, i) => ({
        seconds: cell.elapsed / 1000,
        tokens: work[i]?.tokens ?? 0,
        tokens_reused: work[i]?.reusedTokens ?? 0,
      })),
    },
  };
}

function total(work: readonly (CellWork | undefined)[], part: keyof CellWork): number {
  return work.reduce((sum, cell) => sum + (cell?.[part] ?? 0), 0);
}

/** What is said of a checkpoint that nobody could open. */
const UNKNOWN = { kind: null, architecture: null, dtype: null, parameters: null, window: null, hashes: null };

function checkpointRecord(
  { given, resolved, adapter }: StudyCheckpoint,
  facts: CheckpointFacts | undefined,
): CheckpointRecord {
  const { point } = resolved;
  return {
    name: given.name,
    spec: given.spec,
    revision: (adapter ?? resolved).revision ?? null,
    step: point?.step ?? null,
    tokens: point?.tokens ?? null,
    training_stage: point?.stage ?? null,
    stage: given.stage ?? null,
    sft_task: given.sftTask ?? null,
    base: given.base ?? null,
    ...(facts ?? UNKNOWN),
  };
}

function taskRecord({ rows, variants, seen }: StudyTask, plan: Plan): TaskRecord {
  const { task, loaded } = rows;
  return {
    name: task.name,
    family: task.family,
    metric: task.metric,
    answer: answerMode(task.answer.kind, plan),
    origin: loaded.origin,
    eval_source: portablePath(loaded.evalSource),
    train_source: loaded.trainSource === undefined ? null : portablePath(loaded.trainSource),
    revision: loaded.revision ?? null,
    licence: loaded.licence ?? null,
    rows_available: rows.available,
    rows: rows.items.length,
    rows_hash: hashValue(rows.items.map(({ hash }) => hash)),
    shots: rows.shots.length,
    shots_hash: hashValue(rows.shots.map(({ hash }) => hash)),
    prompts: variants.map((variant) => {
      const { id, hash, template } = variant;
      const { chat } = variant.content;
      return {
        id,
        hash,
        style: template.style,
        paper: template.paper,
        chat_template: chat === undefined ? null : chatLayoutName(chat),
        axes: axisRecord(variant, task, plan.options.numFewshot),
        seen: seen?.has(variant) ?? null,
      };
    }),
  };
}

/** Sample rows are named relative to the package, wherever it is installed. */
function portablePath(source: string): string {
  return source.startsWith(PACKAGE_ROOT) ? source.slice(PACKAGE_ROOT.length) : source;
}

/** How a task's rows were really answered: only classification has a choice. */
function answerMode(kind: string, plan: Plan): string {
  if (kind === "generation") return "generate";
  return kind === "classification" ? plan.options.answer : "loglikelihood";
}

function cellRecord(cell: CellResult, files: RunOutcome["files"]): CellRecord {
  const names = namesOf(cell);
  if (cell.rows === undefined) return { ...names, error: cell.error };
  const { rows } = cell;
  const metrics = Object.keys(rows[0]?.metrics ?? {}).map((name) => [
    name,
    estimateMean(rows.map((row) => row.metrics[name] as number)),
  ]);
  const masses = rows.flatMap(({ label_mass }) => (label_mass === undefined ? [] : [label_mass]));
  const generatedLabels = rows.filter(({ generated }) => generated !== undefined);
  return {
    ...names,
    metrics: Object.fromEntries(metrics) as CellRecord["metrics"] & object,
    ...(masses.length > 0 ? { label_mass: mean(masses) } : {}),
    ...(generatedLabels.length > 0
      ? { unparseable: mean(generatedLabels.map(({ answer }) => Number(answer === -1))) }
      : {}),
    rows_with_dropped_shots: rows.filter((row) => row.shots_dropped > 0).length,
    rows_truncated: rows.filter((row) => row.truncated).length,
    rows_merged: rows.filter((row) => row.merged === true).length,
    tokens: cell.work.distinctTokens,
    ...files.get(cell),
  };
}

function namesOf({ checkpoint, task, variant }: CellResult): { checkpoint: string; task: string; prompt: string } {
  return { checkpoint: checkpoint.given.name, task: task.rows.task.name, prompt: variant.id };
}

/** Scores of the task's metric, [prompt][row]; only prompts without noise whose cell is finished. */
function scoresOf(
  cells: readonly CellResult[],
  checkpoint: string,
  { rows: { task } }: StudyTask,
): { prompt: string; scores: number[] }[] {
  return cells.flatMap((cell) => {
    const names = namesOf(cell);
    if (names.checkpoint !== checkpoint || names.task !== task.name || cell.rows === undefined) return [];
    if (cell.variant.content.noise !== undefined) return [];
    return [{ prompt: names.prompt, scores: cell.rows.map((row) => row.metrics[task.metric] as number) }];
  });
}

function summaries(plan: Plan, cells: readonly CellResult[]): SummaryRecord[] {
  return plan.checkpoints.flatMap(({ given }) =>
    plan.tasks.flatMap((task) => {
      const prompts = scoresOf(cells, given.name, task);
      if (prompts.length === 0) return [];
      const about = { checkpoint: given.name, task: task.rows.task.name, metric: task.rows.task.metric };
      return [{ ...about, ...acrossPrompts(prompts.map(({ scores }) => scores)) }];
    }),
  );
}

/** Base and tuned checkpoints over the prompts that both have finished. */
function comparisons(plan: Plan, cells: readonly CellResult[]): ComparisonRecord[] {
  return plan.checkpoints.flatMap(({ given }) => {
    const { base } = given;
    if (base === undefined) return [];
    return plan.tasks.flatMap((task) => {
      const before = scoresOf(cells, base, task);
      const pairs = scoresOf(cells, given.name, task).flatMap((after) => {
        const match = before.find(({ prompt }) => prompt === after.prompt);
        return match === undefined ? [] : [{ prompt: after.prompt, before: match.scores, after: after.scores }];
      });
      if (pairs.length === 0) return [];
      const [across, acrossAfter] = [
        acrossPrompts(pairs.map((pair) => pair.before)),
        acrossPrompts(pairs.map((pair) => pair.after)),
      ];
      return [
        {
          base,
          sft: given.name,
          sft_task: given.sftTask ?? null,
          task: task.rows.task.name,
          metric: task.rows.task.metric,
          prompts: pairs.map((pair) => ({
            prompt: pair.prompt,
            before: estimateMean(pair.before),
            after: estimateMean(pair.after),
            difference: pairedDifference(pair.before, pair.after),
          })),
          mean: pairedDifference(rowMeans(pairs.map((pair) => pair.before)), rowMeans(pairs.map((pair) => pair.after))),
          mean_before: across.mean,
          mean_after: acrossAfter.mean,
          sd_before: across.sd,
          sd_after: acrossAfter.sd,
          spread_before: across.spread,
          spread_after: acrossAfter.spread,
        },
      ];
    });
  });
}
