/**
 * Exports a run as MLflow's file store holds runs: plain files below `mlruns`. A run for each checkpoint, with the
 * figures of each task over its prompts and the mean under each prompt as metrics. Source of the layout: mlflow 3.17,
 * store/tracking/file_store.py and utils/validation.py.
 */

import { join } from "node:path";
import { stringify } from "yaml";
import type { Analysis, TaskAtCheckpoint } from "../analysis/document/document.js";
import { sha256 } from "../base/hash.js";
import { writeWhole } from "../store/results-folder.js";
import { hasScores, type CheckpointRecord, type Results } from "../store/results.js";

/** Numbers what `meta.yaml` writes as numbers: a run that ended well, of a local source. */
const [FINISHED, LOCAL] = [3, 4];
/** Matches what names of metrics and tags cannot hold. */
const NOT_IN_NAMES = /[^\w./ -]/g;

/** @returns the files that were written */
export async function exportMlflow(
  results: Results,
  { levels }: Pick<Analysis, "levels">,
  folder: string,
): Promise<string[]> {
  const files: [path: string, text: string][] = [];
  const [start, end] = [results.times.started, results.times.finished].map((time) => Date.parse(time)) as [
    number,
    number,
  ];
  const experiment = `1${String(BigInt(`0x${sha256(JSON.stringify(results.command)).slice(0, 14)}`)).padStart(17, "0")}`;
  const base = join(folder, "mlruns", experiment);
  files.push([
    join(base, "meta.yaml"),
    stringify({ artifact_location: `mlflow-artifacts:/${experiment}`, creation_time: start, experiment_id: experiment, last_update_time: end, lifecycle_stage: "active", name: `amuro-eval ${results.times.started}` }), // prettier-ignore
  ]);
  for (const checkpoint of results.checkpoints) {
    const own = levels.filter((level) => level.checkpoint === checkpoint.name);
    if (own.length === 0) continue;
    const id = sha256(`${experiment}|${checkpoint.name}`).slice(0, 32);
    const run = join(base, id);
    files.push([
      join(run, "meta.yaml"),
      stringify({ artifact_uri: `mlflow-artifacts:/${experiment}/${id}/artifacts`, end_time: end, entry_point_name: "", experiment_id: experiment, lifecycle_stage: "active", run_id: id, run_name: checkpoint.name, run_uuid: id, source_name: "", source_type: LOCAL, source_version: "", start_time: start, status: FINISHED, tags: [], user_id: "amuro-eval" }), // prettier-ignore
    ]);
    for (const [name, value] of Object.entries({ ...paramsOf(checkpoint), ...axesOf(results) })) files.push([join(run, "params", ...placeOf(name)), value]); // prettier-ignore
    files.push([join(run, "tags", "mlflow.runName"), checkpoint.name]);
    const metrics = [...own.flatMap(figuresOf), ...meansOf(checkpoint, results)];
    const step = checkpoint.step ?? 0;
    for (const [name, value] of metrics) files.push([join(run, "metrics", ...placeOf(name)), `${end} ${value} ${step}\n`]); // prettier-ignore
  }
  for (const [path, text] of files) await writeWhole(path, text);
  return files.map(([path]) => path);
}

/** A slash in a name is a folder; a name never leaves the run. */
function placeOf(name: string): string[] {
  return name.split("/").map((part) => part.replace(NOT_IN_NAMES, "_").replace(/^\.+$/, "_"));
}

function figuresOf({ task, level, range, sensitivity }: TaskAtCheckpoint): [string, number][] {
  const { crossed_interval: interval } = level;
  const figures: Readonly<Record<string, number | null | undefined>> = {
    mean: level.mean,
    mean_low: interval?.low,
    mean_high: interval?.high,
    best_prompt: range.best,
    worst_prompt: range.worst,
    spread: range.spread,
    sd_between_prompts: sensitivity.probability?.corrected_sd,
    sd_between_prompts_low: sensitivity.probability?.interval?.low,
    sd_between_prompts_high: sensitivity.probability?.interval?.high,
  };
  return Object.entries(figures).flatMap(([name, value]) => typeof value === "number" && Number.isFinite(value) ? [[`${partOf(task)}/${name}`, value] as [string, number]] : []); // prettier-ignore
}

function meansOf({ name }: CheckpointRecord, { cells, tasks }: Results): [string, number][] {
  return cells.flatMap((cell) => {
    if (cell.checkpoint !== name || !hasScores(cell)) return [];
    const metric = tasks.find((task) => task.name === cell.task)?.metric ?? "";
    const mean = cell.metrics?.[metric]?.mean;
    return mean === undefined ? [] : [[`${partOf(cell.task)}/prompt/${partOf(cell.prompt)}`, mean] as [string, number]];
  });
}

/** Makes one part of the name of a metric. */
function partOf(name: string): string {
  return name.replaceAll("/", "_");
}

function paramsOf({ spec, revision, step, stage, sft_task, base }: CheckpointRecord): Record<string, string> {
  const known = { spec, revision, step, stage, sft_task, base };
  return Object.fromEntries(Object.entries(known).flatMap(([name, value]) => value === null ? [] : [[name, String(value)]])); // prettier-ignore
}

/** Levels of each prompt are parameters, which MLflow shows beside the metrics. */
function axesOf({ tasks }: Results): Record<string, string> {
  return Object.fromEntries(
    tasks.flatMap(({ name, prompts }) =>
      prompts.map(({ id, axes }) => [`${partOf(name)}/prompt/${partOf(id)}`, JSON.stringify(axes).slice(0, 6000)]),
    ),
  );
}
