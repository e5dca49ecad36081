/**
 * Exports a run as logs of inspect_ai: a JSON log for each prompt of each task of each checkpoint, whose task arguments
 * are the prompt and its axes. Source of the fields: inspect_ai 0.3, log/_log.py (EvalLog, version 2).
 */

import { join } from "node:path";
import { sha256 } from "../base/hash.js";
import { VERSION } from "../base/package-info.js";
import type { RowScore } from "../metrics/row-score.js";
import { fileNameOf } from "../store/file-names.js";
import { writeWhole } from "../store/results-folder.js";
import { hasScores, type CellRecord, type Results, type TaskRecord } from "../store/results.js";
import type { ItemText, StudyData } from "../store/study-data.js";

/** @returns the files that were written */
export async function exportInspect(data: StudyData, folder: string): Promise<string[]> {
  const { results } = data;
  const files: string[] = [];
  for (const task of results.tasks) {
    const items = new Map((await data.items(task.name)).map((item) => [item.row, item]));
    for (const cell of results.cells.filter((one) => one.task === task.name && hasScores(one))) {
      const rows = ((await data.rows(cell.checkpoint, cell.task, cell.prompt)) ?? []).filter(({ metrics }) => metrics[task.metric] !== undefined); // prettier-ignore
      if (rows.length === 0) continue;
      const names = [cell.checkpoint, cell.task, cell.prompt].map(fileNameOf).join("_");
      const path = join(folder, `${timeOf(results.times.started)}_${names}.json`);
      await writeWhole(path, `${JSON.stringify(logOf(cell, task, rows, items, results))}\n`);
      files.push(path);
    }
  }
  return files;
}

/** Writes a time as the names of logs begin with it: inspect_ai lists no other file of a folder. */
function timeOf(started: string): string {
  return started.slice(0, 19).replaceAll(":", "-");
}

/** Makes an id of the form that inspect_ai gives. */
function idOf(...parts: readonly string[]): string {
  return sha256(JSON.stringify(parts)).slice(0, 22);
}

function logOf(
  cell: CellRecord,
  task: TaskRecord,
  rows: readonly RowScore[],
  items: ReadonlyMap<number, ItemText>,
  { checkpoints, times }: Results,
) {
  const { checkpoint, prompt } = cell;
  const about = checkpoints.find(({ name }) => name === checkpoint);
  const axes = task.prompts.find(({ id }) => id === prompt)?.axes ?? {};
  const estimate = cell.metrics?.[task.metric];
  const metric = (name: string, value: number) => [name, { name, value, params: {} }] as const;
  const args = { prompt, ...axes };
  return {
    version: 2,
    status: "success",
    eval: {
      eval_id: idOf("eval", checkpoint, task.name, prompt, times.started),
      run_id: idOf("run", times.started),
      created: times.started,
      task: task.name,
      task_id: idOf("task", task.name),
      task_version: 0,
      task_args: args,
      task_args_passed: args,
      dataset: { name: task.eval_source, samples: rows.length, sample_ids: rows.map(sampleId), shuffled: false },
      model: `amuro-eval/${checkpoint}`,
      model_generate_config: {},
      model_args: { spec: about?.spec ?? checkpoint },
      config: { epochs: 1 },
      packages: { "amuro-eval": VERSION },
      metadata: {
        prompt,
        checkpoint,
        revision: about?.revision,
        step: about?.step,
        stage: about?.stage,
        sft_task: about?.sft_task,
        axes,
        answered_by: task.answer,
      },
      scorers: [{ name: task.metric, options: {}, metrics: [{ name: "mean", options: {} }], metadata: {} }],
    },
    plan: { name: "plan", steps: [], config: {} },
    results: {
      total_samples: rows.length,
      completed_samples: rows.length,
      scores: [
        {
          name: task.metric,
          scorer: task.metric,
          params: {},
          metrics: Object.fromEntries([
            ...(estimate === undefined ? [] : [metric("mean", estimate.mean)]),
            ...(typeof estimate?.stderr === "number" ? [metric("stderr", estimate.stderr)] : []),
          ]),
        },
      ],
    },
    stats: { started_at: times.started, completed_at: times.finished, model_usage: {} },
    samples: rows.map((row) => sampleOf(row, items.get(row.row), task, checkpoint)),
  };
}

/** Names a row by its content, so that logs of several prompts and programs match. */
function sampleId({ row, row_hash: hash }: RowScore): string {
  return `${row}-${hash.slice(0, 12)}`;
}

function sampleOf(row: RowScore, item: ItemText | undefined, { metric, answer }: TaskRecord, checkpoint: string) {
  const fields = item?.fields ?? {};
  const values = Object.values(fields);
  const answers = item?.answers ?? [];
  const given = answer === "scores" ? undefined : typeof row.answer === "number" ? answers[row.answer] : row.answer;
  const said = row.generated ?? given ?? "";
  return {
    id: sampleId(row),
    epoch: 1,
    input: values.length === 1 ? (values[0] as string) : JSON.stringify(fields),
    ...(answers.length === 0 ? {} : { choices: answers }),
    target: item?.right ?? "",
    messages: [],
    output: { model: `amuro-eval/${checkpoint}`, choices: [{ message: { content: said, role: "assistant" }, stop_reason: "stop" }] }, // prettier-ignore
    scores: Object.fromEntries(
      Object.entries(row.metrics)
        .sort(([a], [b]) => Number(b === metric) - Number(a === metric))
        .map(([name, value]) => [name, { value, ...(given === undefined ? {} : { answer: given }) }]),
    ),
    metadata: {
      row_hash: row.row_hash,
      prompt_hash: row.prompt_hash,
      fields,
      gold: row.gold,
      ...(typeof row.answer === "number" && answer !== "scores" ? { choice: row.answer } : {}),
      ...(row.logprobs === undefined ? {} : { log_likelihoods: row.logprobs }),
    },
  };
}
