/**
 * Exports a run as Every Eval Ever describes evaluations (schemas of version 0.3.0): for each checkpoint a document
 * with a result for each prompt of each task and one over the prompts, and a JSONL file with a line for each row under
 * each prompt. What the schema has no field for stands in `additional_details`, `details` and `metadata`, which hold
 * any texts.
 */

import { join } from "node:path";
import type { Analysis, TaskAtCheckpoint } from "../analysis/document/document.js";
import { sha256 } from "../base/hash.js";
import { VERSION } from "../base/package-info.js";
import type { RowScore } from "../metrics/row-score.js";
import { fileNameOf } from "../store/file-names.js";
import { recordOf } from "../store/metric-values.js";
import { writeWhole } from "../store/results-folder.js";
import type { CellRecord, CheckpointRecord, TaskRecord } from "../store/results.js";
import { finishedCells, itemsByTask, type ItemText, type StudyData } from "../store/study-data.js";

export const EVERY_EVAL_EVER_VERSION = "0.3.0";

/** Holds what the results of one checkpoint share. */
interface About {
  readonly evaluationId: string;
  readonly model: string;
}

/** @returns the files that were written */
export async function exportEveryEvalEver(
  data: StudyData,
  analysis: Pick<Analysis, "levels">,
  folder: string,
): Promise<string[]> {
  const { results } = data;
  const files: string[] = [];
  const items = await itemsByTask(data);
  for (const { checkpoint, cells } of finishedCells(results)) {
    const about = { evaluationId: `amuro-eval/${checkpoint.name}/${results.times.finished}`, model: checkpoint.spec };
    const lines: string[] = [];
    for (const cell of cells) {
      const task = taskOf(results.tasks, cell);
      const words = new Map(items.get(cell.task)?.map((item) => [item.row, item]));
      for (const row of (await data.rows(cell.checkpoint, cell.task, cell.prompt)) ?? []) {
        // Metrics of all rows together, such as macro-averaged F1, give a row no score.
        const value = row.metrics[task.metric];
        if (value === undefined) continue;
        lines.push(`${JSON.stringify(instanceOf(row, value, words.get(row.row), task, cell, about))}\n`);
      }
    }
    const instances = lines.join("");
    const place = `data/amuro-eval/${folderOf(checkpoint)}/${uuidOf(about.evaluationId + sha256(instances))}`;
    const inRepository = `${place}_samples.jsonl`;
    const document = {
      schema_version: EVERY_EVAL_EVER_VERSION,
      evaluation_id: about.evaluationId,
      evaluation_timestamp: results.times.started,
      retrieved_timestamp: String(Date.parse(results.times.finished) / 1000),
      source_metadata: {
        source_name: "amuro-eval",
        source_type: "evaluation_run",
        source_organization_name: "unknown",
        evaluator_relationship: "other",
      },
      eval_library: { name: "amuro-eval", version: results.versions["amuro-eval"] ?? VERSION },
      model_info: modelOf(checkpoint),
      evaluation_results: [
        ...cells.map((cell) => promptResult(cell, taskOf(results.tasks, cell))),
        ...analysis.levels.filter((level) => level.checkpoint === checkpoint.name).map((level) => taskResult(level, taskOf(results.tasks, level))),
      ],
      detailed_evaluation_results: {
        format: "jsonl",
        file_path: inRepository,
        hash_algorithm: "sha256",
        checksum: sha256(instances),
        total_rows: lines.length,
      },
    }; // prettier-ignore
    const written = [join(folder, inRepository), join(folder, `${place}.json`)] as const;
    await writeWhole(written[0], instances);
    await writeWhole(written[1], `${JSON.stringify(document, null, 2)}\n`);
    files.push(...written);
  }
  return files;
}

/** Names the folders DEVELOPER/MODEL. */
function folderOf(checkpoint: CheckpointRecord): string {
  return `${fileNameOf(developerOf(checkpoint))}/${fileNameOf(checkpoint.name)}`;
}

/** Takes the owner of the repository on the Hub. */
function developerOf({ spec }: Pick<CheckpointRecord, "spec">): string {
  return /^([\w.-]+)\/[\w.-]+$/.exec(spec)?.[1] ?? "unknown";
}

/** Makes a UUID, of the form of version 4, that is the same for the same content. */
function uuidOf(content: string): string {
  const hex = sha256(content);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function taskOf(tasks: readonly TaskRecord[], { task }: { readonly task: string }): TaskRecord {
  return tasks.find(({ name }) => name === task) as TaskRecord;
}

/** Leaves out what is not known; the schema takes texts alone. */
function texts(values: Readonly<Record<string, string | number | null | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => value === null || value === undefined ? [] : [[key, String(value)]]),
  ); // prettier-ignore
}

function modelOf({ name, spec, revision, step, stage, sft_task, base, kind }: CheckpointRecord) {
  return {
    name,
    id: spec,
    developer: developerOf({ spec }),
    additional_details: {
      deployment_type: kind === "weights" ? "self_deployed" : "unknown",
      model_availability: kind === "weights" ? "open_weights" : "unknown",
      ...texts({ checkpoint: name, revision, step, stage, sft_task, base }),
    },
  };
}

function promptResult(cell: CellRecord, task: TaskRecord) {
  const prompt = task.prompts.find(({ id }) => id === cell.prompt);
  const estimate = cell.metrics?.[task.metric];
  const axes = Object.fromEntries(Object.entries(prompt?.axes ?? {}).map(([name, level]) => [`axes.${name}`, level]));
  return {
    ...resultOf(task),
    evaluation_result_id: resultId(cell),
    score_details: {
      score: estimate?.mean,
      ...(estimate === undefined ? {} : { uncertainty: uncertaintyOf(estimate.stderr, estimate.n) }),
    },
    generation_config: {
      additional_details: texts({ prompt_id: cell.prompt, prompt_hash: prompt?.hash, shots: task.shots, ...axes }),
    },
  };
}

function uncertaintyOf(stderr: number | null, n: number) {
  return { num_samples: n, ...(stderr === null ? {} : { standard_error: { value: stderr, method: "analytic" } }) };
}

/** Tells the mean over prompts, with the interval for new wordings and new rows, and the spread. */
function taskResult({ task: name, prompts, items, level, range, sensitivity }: TaskAtCheckpoint, task: TaskRecord) {
  const { crossed_interval: interval, crossed_stderr: stderr } = level;
  const bounded = interval !== null && interval.low !== null && interval.high !== null;
  const method = "analytic, prompts crossed with items";
  return {
    ...resultOf(task),
    evaluation_result_id: `${name}/over prompts`,
    score_details: {
      score: level.mean,
      details: texts({
        prompts: prompts.length,
        best: range.best,
        best_prompt: range.best_prompt,
        worst: range.worst,
        worst_prompt: range.worst_prompt,
        spread: range.spread,
        spread_from_noise: range.spread_from_noise,
        sd_between_prompts: sensitivity.probability?.corrected_sd,
        sd_between_prompts_low: sensitivity.probability?.interval?.low,
        sd_between_prompts_high: sensitivity.probability?.interval?.high,
      }),
      uncertainty: {
        ...(items === null ? {} : { num_samples: items }),
        ...(stderr === null ? {} : { standard_error: { value: stderr, method } }),
        ...(bounded ? { confidence_interval: { lower: interval.low, upper: interval.high, confidence_level: 0.95, method } } : {}),
      },
    },
  }; // prettier-ignore
}

function resultOf(task: TaskRecord) {
  const { title, range, higher_is_better: higher } = recordOf(task.metric, task);
  const [low, high] = range;
  return {
    evaluation_name: task.name,
    source_data: { dataset_name: task.eval_source, source_type: "other" },
    metric_config: {
      metric_id: task.metric,
      metric_name: title,
      lower_is_better: !higher,
      score_type: "continuous",
      min_score: low ?? "-Infinity",
      max_score: high ?? "Infinity",
    },
  };
}

function resultId({ task, prompt }: Pick<CellRecord, "task" | "prompt">): string {
  return `${task}@${prompt}`;
}

function instanceOf(
  row: RowScore,
  score: number,
  item: ItemText | undefined,
  task: TaskRecord,
  cell: CellRecord,
  about: About,
) {
  const fields = item?.fields ?? {};
  const values = Object.values(fields);
  const raw = values.length === 1 ? (values[0] as string) : JSON.stringify(fields);
  const answers = item?.answers ?? [];
  const chosen = typeof row.answer === "number" ? answers[row.answer] : row.answer;
  const said = row.generated ?? chosen;
  const reference = item === undefined || item.right === "" ? [] : [item.right];
  return {
    schema_version: EVERY_EVAL_EVER_VERSION,
    evaluation_id: about.evaluationId,
    model_id: about.model,
    evaluation_name: task.name,
    evaluation_result_id: resultId(cell),
    sample_id: String(row.row),
    sample_hash: sha256(raw + reference.join("")),
    interaction_type: "single_turn",
    input: { raw, reference, ...(answers.length === 0 ? {} : { choices: answers }) },
    output: { raw: said === undefined || task.answer === "scores" ? [] : [said] },
    answer_attribution:
      chosen === undefined || task.answer === "scores" ? [] : [{ turn_idx: 0, source: "output.raw", extracted_value: chosen, extraction_method: task.answer, is_terminal: true }],
    evaluation: {
      score,
      is_correct: row.gold !== undefined && typeof row.answer === "number" ? row.answer === row.gold : score === 1,
    },
    metadata: texts({
      row_hash: row.row_hash,
      prompt_hash: row.prompt_hash,
      gold: row.gold,
      choice: typeof row.answer === "number" && task.answer !== "scores" ? row.answer : null,
      log_likelihoods: row.logprobs === undefined ? null : JSON.stringify(row.logprobs),
      fields: item === undefined ? null : JSON.stringify(fields),
    }),
  }; // prettier-ignore
}
