/** Makes the content of results.json from the cells of a study. */

import { acrossPrompts, estimateMean, mean, pairedDifference, rowMeans } from "../statistics/uncertainty.js";
import { cellMetrics, metricValues, type TaskFacts } from "./metric-values.js";
import { answerRead } from "../metrics/answer-read.js";
import type { RowScore } from "../metrics/row-score.js";
import { isRecordedNoisy } from "../templates/axes/noise.js";
import {
  headerOf, type CellRecord, type ComparisonRecord, type Results, type ResultsHeader, type ServerTraffic, type SummaryRecord, type TaskRecord,
} from "./results.js"; // prettier-ignore

/** Holds what became of a cell, and what it took. */
export interface CellOutcome {
  readonly record: CellRecord;
  /** {@link metricValues} of the task's metric; undefined where the cell failed, or the metric is not defined. */
  readonly scores: Float64Array | undefined;
  readonly seconds: number;
  /** Tokens that were run through the model. */
  readonly tokens: number;
  readonly reusedTokens: number;
  /** Milliseconds inside the runtime. */
  readonly busy: number;
}

type Names = Pick<CellRecord, "checkpoint" | "task" | "prompt">;

/** @param distinctTokens see CellRecord.tokens */
export function cellRecord(
  { checkpoint, task, prompt }: Names,
  rows: readonly RowScore[],
  distinctTokens: number,
  rowsHash: string,
  about: TaskFacts & Partial<Pick<TaskRecord, "answer">> = {},
): CellRecord {
  const metrics = cellMetrics(rows, about).flatMap((name) => {
    const values = metricValues(rows, name, about);
    return values === undefined ? [] : [[name, estimateMean(values)] as const];
  });
  const tied = rows.filter((row) => row.tied !== undefined).length;
  const masses = rows.flatMap(({ label_mass }) => (label_mass === undefined ? [] : [label_mass]));
  const drawn = rows.flatMap(
    (row): readonly Pick<RowScore, "answer" | "generated" | "metrics">[] => row.samples ?? [row],
  );
  const texts =
    about.answer === "scores"
      ? []
      : drawn.flatMap(({ answer, generated }) => generated ?? (typeof answer === "string" ? [answer] : []));
  const read = drawn.flatMap(wasRead);
  return {
    checkpoint,
    task,
    prompt,
    metrics: Object.fromEntries(metrics),
    ...(masses.length > 0 ? { label_mass: mean(masses) } : {}),
    ...(read.length > 0 ? { unparseable: mean(read.map((one) => Number(!one))) } : {}),
    ...(texts.length > 0 ? { empty: mean(texts.map((text) => Number(text.trim() === ""))) } : {}),
    rows_with_dropped_shots: rows.filter((row) => row.shots_dropped > 0).length,
    rows_truncated: rows.filter((row) => row.truncated).length,
    rows_merged: rows.filter((row) => row.merged === true).length,
    ...(tied > 0 ? { rows_tied: tied } : {}),
    tokens: distinctTokens,
    rows_sha256: rowsHash,
  };
}

/** Says whether a label or an answer was read from a generated text; none where the whole text is the answer. */
function wasRead({ answer, generated, metrics }: Pick<RowScore, "answer" | "generated" | "metrics">): boolean[] {
  if (generated !== undefined) return [answer !== -1];
  const read = metrics[answerRead.name];
  return read === undefined ? [] : [read === 1];
}

/** Holds when a run was, how long it took, and what it asked of servers. */
export interface RunTimes {
  readonly started: Date;
  readonly seconds: number;
  readonly servers?: readonly ServerTraffic[];
}

/**
 * @param outcomes cells in the order of the study
 * @param status "complete" becomes "failed" where cells failed, and "incomplete" where an import lacks cells
 */
export function buildResults(
  header: ResultsHeader,
  outcomes: readonly CellOutcome[],
  { started, seconds, servers = [] }: RunTimes,
  status: "complete" | "interrupted",
): Results {
  const failed = outcomes.some(({ record }) => record.error !== undefined);
  const missing = outcomes.some(({ record }) => record.missing !== undefined);
  const ended = failed ? "failed" : missing ? "incomplete" : "complete";
  const total = (part: "tokens" | "reusedTokens" | "busy" | "seconds") =>
    outcomes.reduce((sum, outcome) => sum + outcome[part], 0);
  const spent = total("seconds");
  const tokens = total("tokens");
  const { schema, command, ...about } = headerOf(header);
  return {
    schema,
    status: status === "complete" ? ended : status,
    command,
    ...about,
    cells: outcomes.map(({ record }) => record),
    summaries: summaries(header, outcomes),
    comparisons: comparisons(header, outcomes),
    times: {
      started: started.toISOString(),
      finished: new Date(started.getTime() + seconds * 1000).toISOString(),
      seconds,
      tokens_per_second: spent > 0 ? tokens / spent : 0,
      tokens,
      tokens_reused: total("reusedTokens"),
      model_seconds: total("busy") / 1000,
      cells: outcomes.map((outcome) => ({
        seconds: outcome.seconds,
        tokens: outcome.tokens,
        tokens_reused: outcome.reusedTokens,
      })),
      ...(servers.length === 0 ? {} : { servers }),
    },
  };
}

/** Collects scores as [prompt][row]; only of prompts without noise whose cell is finished. */
function scoresOf(
  outcomes: readonly CellOutcome[],
  checkpoint: string,
  task: TaskRecord,
): { prompt: string; scores: Float64Array }[] {
  const clean = new Set(task.prompts.filter((prompt) => !isRecordedNoisy(prompt)).map(({ id }) => id));
  return outcomes.flatMap(({ record, scores }) => {
    if (record.checkpoint !== checkpoint || record.task !== task.name || scores === undefined) return [];
    return clean.has(record.prompt) ? [{ prompt: record.prompt, scores }] : [];
  });
}

function summaries({ checkpoints, tasks }: ResultsHeader, outcomes: readonly CellOutcome[]): SummaryRecord[] {
  return checkpoints.flatMap(({ name }) =>
    tasks.flatMap((task) => {
      const prompts = scoresOf(outcomes, name, task);
      if (prompts.length === 0) return [];
      const about = { checkpoint: name, task: task.name, metric: task.metric };
      return [{ ...about, ...acrossPrompts(prompts.map(({ scores }) => scores)) }];
    }),
  );
}

/** Compares base and tuned checkpoints over the prompts that both have finished. */
function comparisons({ checkpoints, tasks }: ResultsHeader, outcomes: readonly CellOutcome[]): ComparisonRecord[] {
  return checkpoints.flatMap(({ name, base, sft_task }) => {
    if (base === null) return [];
    return tasks.flatMap((task) => {
      const before = scoresOf(outcomes, base, task);
      const pairs = scoresOf(outcomes, name, task).flatMap((after) => {
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
          sft: name,
          sft_task,
          task: task.name,
          metric: task.metric,
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
