/**
 * Exports a run in the layout of lm-evaluation-harness 0.4: a folder for each checkpoint with results_DATE.json and one
 * samples_TASK_DATE.jsonl per task and prompt. A prompt is a task of its own there: TASK@PROMPT. Source:
 * lm_eval/evaluator.py and lm_eval/loggers/evaluation_tracker.py of 0.4.13.
 */

import { join } from "node:path";
import { sha256 } from "../base/hash.js";
import type { Estimate } from "../statistics/uncertainty.js";
import type { MetricRecord } from "../metrics/metric.js";
import type { RowScore } from "../metrics/row-score.js";
import { fileNameOf } from "./file-names.js";
import { recordOf } from "./metric-values.js";
import { writeWhole } from "./results-folder.js";
import type { CellRecord, Results, TaskRecord } from "./results.js";
import { finishedCells, itemsByTask, type ItemText, type StudyData } from "./study-data.js";

export async function exportLmEval(data: StudyData, folder: string): Promise<string[]> {
  const { results } = data;
  const date = results.times.finished.replaceAll(":", "-").replace("Z", "");
  const files: string[] = [];
  const items = await itemsByTask(data);
  for (const { checkpoint, cells } of finishedCells(results)) {
    const place = join(folder, fileNameOf(checkpoint.name));
    const hashes: Record<string, string> = {};
    for (const cell of cells) {
      const task = results.tasks.find(({ name }) => name === cell.task);
      const rows = (await data.rows(cell.checkpoint, cell.task, cell.prompt)) ?? [];
      const lines = rows.map((row, i) => sampleOf(row, items.get(cell.task)?.[i], task));
      const name = taskName(cell);
      hashes[name] = sha256(lines.map((line) => line.doc_hash + line.prompt_hash + line.target_hash).join(""));
      const file = join(place, `samples_${fileNameOf(name)}_${date}.jsonl`);
      await writeWhole(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      files.push(file);
    }
    const file = join(place, `results_${date}.json`);
    const document = aggregated(results, checkpoint, cells, hashes);
    await writeWhole(file, `${JSON.stringify(document, null, 2)}\n`);
    files.push(file);
  }
  return files;
}

function taskName({ task, prompt }: Pick<CellRecord, "task" | "prompt">): string {
  return `${task}@${prompt}`;
}

function aggregated(
  results: Results,
  checkpoint: Results["checkpoints"][number],
  cells: readonly CellRecord[],
  hashes: Readonly<Record<string, string>>,
): object {
  const byTask = <T>(value: (cell: CellRecord, task: TaskRecord) => T) =>
    Object.fromEntries(
      cells.flatMap((cell) => {
        const task = results.tasks.find(({ name }) => name === cell.task);
        return task === undefined ? [] : [[taskName(cell), value(cell, task)] as const];
      }),
    );
  // The metric that the task is judged by comes first.
  const metricsOf = (cell: CellRecord, task: TaskRecord) =>
    Object.keys(cell.metrics ?? {})
      .sort((a, b) => Number(b === task.metric) - Number(a === task.metric))
      .map((name) => recordOf(name, task));
  return {
    results: byTask((cell, task) => ({
      alias: taskName(cell),
      ...Object.fromEntries(
        Object.entries(cell.metrics ?? {}).flatMap(([name, value]) => metricEntries(recordOf(name, task), value)),
      ),
    })),
    group_subtasks: byTask(() => []),
    configs: byTask((cell, task) => ({
      task: taskName(cell),
      dataset_path: task.eval_source,
      num_fewshot: task.shots,
      output_type: task.answer === "generate" ? "generate_until" : "multiple_choice",
      metric_list: metricsOf(cell, task).map(({ lm_eval, of, higher_is_better }) => ({
        metric: lm_eval,
        aggregation: of === "row" ? "mean" : lm_eval,
        higher_is_better,
      })),
    })),
    versions: byTask(() => 0),
    "n-shot": byTask((_, task) => task.shots),
    higher_is_better: byTask((cell, task) =>
      Object.fromEntries(metricsOf(cell, task).map(({ lm_eval, higher_is_better }) => [lm_eval, higher_is_better])),
    ),
    "n-samples": byTask((_, task) => ({ original: task.rows_available, effective: task.rows })),
    config: {
      model: "amuro-eval",
      model_args: { pretrained: checkpoint.spec, revision: checkpoint.revision, dtype: checkpoint.dtype },
      model_num_parameters: checkpoint.parameters,
      device: results.device,
    },
    git_hash: null,
    date: Date.parse(results.times.started) / 1000,
    task_hashes: hashes,
    model_source: "amuro-eval",
    model_name: checkpoint.name,
    model_name_sanitized: fileNameOf(checkpoint.name),
    start_time: Date.parse(results.times.started) / 1000,
    end_time: Date.parse(results.times.finished) / 1000,
    total_evaluation_time_seconds: String(results.times.seconds),
  };
}

function metricEntries(
  { lm_eval: metric }: MetricRecord,
  { mean, stderr }: Estimate,
): (readonly [string, number | string])[] {
  return [
    [`${metric},none`, mean],
    [`${metric}_stderr,none`, stderr ?? "N/A"],
  ];
}

function textOf({ generated, answer }: Pick<RowScore, "generated" | "answer">): string {
  return generated ?? String(answer);
}

/**
 * Writes a sample whose arguments hold the hash of the prompt in place of its text, which is not stored for every row.
 */
function sampleOf(row: RowScore, item: ItemText | undefined, task: TaskRecord | undefined) {
  const doc = {
    ...item?.fields,
    ...(item === undefined || item.answers.length === 0 ? {} : { choices: item.answers }),
  };
  const target = row.gold ?? item?.right ?? "";
  const responses =
    row.logprobs === undefined
      ? [row.samples?.map(textOf) ?? [textOf(row)]]
      : row.logprobs.map((logprob) => [[String(logprob), "False"]]);
  const filtered =
    row.logprobs === undefined ? responses.flat() : row.logprobs.map((logprob) => [String(logprob), "False"]);
  const metrics = Object.entries(row.metrics).map(([name, value]) => [recordOf(name, task).lm_eval, value] as const);
  return {
    doc_id: row.row,
    doc,
    target: String(target),
    arguments: Object.fromEntries(
      (item?.answers.length ? item.answers : [""]).map((answer, i) => [
        `gen_args_${i}`,
        { arg_0: `sha256:${row.prompt_hash}`, arg_1: answer },
      ]),
    ),
    resps: responses,
    filtered_resps: filtered,
    filter: "none",
    metrics: metrics.map(([name]) => name),
    doc_hash: row.row_hash,
    prompt_hash: row.prompt_hash,
    target_hash: sha256(String(target)),
    ...Object.fromEntries(metrics),
  };
}
