/** Describes an import as results describe a run. */

import { hashValue, sha256 } from "../base/hash.js";
import { VERSION } from "../base/package-info.js";
import { metricRecord, type MetricRecord } from "../metrics/metric.js";
import { BUILTIN_METRICS } from "../metrics/registry.js";
import { BUILTIN_TASKS } from "../tasks/builtin/index.js";
import { familyName } from "../tasks/families/family.js";
import { RESULTS_SCHEMA, type CheckpointRecord, type Results, type ResultsHeader, type TaskRecord } from "../store/results.js"; // prettier-ignore
import { UsageError } from "../base/errors.js";
import { baseNameOf, type NamedCheckpoint } from "./checkpoint-names.js";
import type { ImportOptions } from "./importer.js";
import type { CheckpointFacts, PromptFacts, TaskFacts } from "./rows.js";
import { promptName } from "./prompt-name.js";
import { promptKey, type Staging } from "./staging.js";
import type { ImportedTask, StoredCells } from "./store-lines.js";

export function headerOfImport(
  stored: StoredCells,
  staging: Staging,
  options: ImportOptions,
  about: { readonly command: Results["command"]; readonly provenance: NonNullable<Results["imported"]> },
): ResultsHeader {
  const tools = Object.fromEntries(staging.tools);
  return {
    schema: RESULTS_SCHEMA,
    command: about.command,
    device: "elsewhere",
    imported: about.provenance,
    versions: { ...tools, "amuro-eval": VERSION },
    notes: [...stored.leftOut, ...staging.notes],
    checkpoints: checkpointsOf(stored.checkpoints, staging),
    tasks: stored.tasks.map((task) => taskOf(task, staging, options)),
    skipped: [],
  };
}

function checkpointsOf(names: readonly string[], { checkpoints }: Staging): CheckpointRecord[] {
  const cells = names.map((name): NamedCheckpoint & { readonly name: string } => {
    const { sharedName = name, step, stage, sftTask, run, seed }: CheckpointFacts = checkpoints.get(name) ?? {};
    return { name, checkpoint: sharedName, step: step ?? null, stage: stage ?? null, sft_task: sftTask ?? null, run: run ?? null, seed: seed ?? null }; // prettier-ignore
  });
  return cells.map((cell) => {
    const { spec, revision, run, sharedName, base, tokens, trainingStage }: CheckpointFacts = checkpoints.get(cell.name) ?? {}; // prettier-ignore
    const named = base !== null && base !== undefined && names.includes(base) ? base : undefined;
    return {
      name: cell.name,
      spec: spec ?? (run === null || run === undefined ? cell.name : `${run}@${cell.name}`),
      revision: revision ?? null,
      step: cell.step,
      tokens: tokens ?? null,
      training_stage: trainingStage ?? null,
      ...(typeof cell.seed === "string" ? { training_seed: cell.seed } : {}),
      ...(sharedName === undefined ? {} : { given: { name: sharedName, run: run ?? null } }),
      stage: cell.stage,
      sft_task: cell.sft_task,
      base: named ?? baseNameOf(cell, cells.map((one) => [one.name, one])),
      kind: null, architecture: null, dtype: null, parameters: null, window: null, hashes: null,
    }; // prettier-ignore
  });
}

function taskOf(task: ImportedTask, { tasks, prompts }: Staging, options: ImportOptions): TaskRecord {
  const facts: TaskFacts = tasks.get(task.name) ?? { answeredBy: "scores" };
  const names = task.metrics;
  const metric = options.metric ?? facts.metric ?? names[0] ?? "score";
  const known = BUILTIN_TASKS.find(({ name }) => [name, `${name} (${metric})`].includes(task.name));
  if (!names.includes(metric))
    throw new UsageError(`--metric ${metric}: the rows of ${task.name} have ${names.join(", ")}; name one of these`);
  return {
    name: task.name,
    family: known === undefined ? "imported" : familyName(known.family),
    metric,
    answer: facts.answeredBy,
    ...(facts.kind === undefined ? {} : { answer_kind: facts.kind }),
    labels: facts.labels === undefined ? null : [...facts.labels],
    metrics: names.map((name) => recordOfMetric(name, task.shares, facts)),
    origin: "imported",
    eval_source: facts.source ?? "unknown",
    train_source: null, revision: null, licence: null,
    rows_available: task.available,
    rows: task.rows,
    rows_hash: task.rowsHash,
    ...(facts.chance === undefined ? {} : { chance: facts.chance }),
    shots: facts.shots ?? 0,
    shots_hash: sha256(""),
    prompts: task.prompts.map((id) => promptOf(id, prompts.get(promptKey(task.name, id)) ?? {}, task.name)),
  }; // prettier-ignore
}

/** Knows built-in metrics by their own names and by those of lm-evaluation-harness. */
export function ownMetricName(name: string): string {
  return BUILTIN_METRICS.find((one) => one.lmEval === name)?.name ?? name;
}

function recordOfMetric(name: string, shares: boolean, { lowerIsBetter = [] }: TaskFacts): MetricRecord {
  const known = BUILTIN_METRICS.find((one) => one.name === name && one.of === "row");
  if (known !== undefined) return metricRecord(known);
  const range: MetricRecord["range"] = shares ? [0, 1] : [null, null];
  return { name, title: name, of: "row", range, higher_is_better: !lowerIsBetter.includes(name), lm_eval: name };
}

/** A prompt of which nothing else is said is a wording of its own. */
function promptOf(id: string, { axes = {}, text, chatTemplate = null }: PromptFacts, task: string) {
  const named = Object.keys(axes).every((name) => name === "shots") ? promptName(id).axes : {};
  return {
    id,
    hash: text === undefined ? hashValue({ task, prompt: id }) : hashValue({ text, chatTemplate }),
    style: "imported",
    paper: false,
    chat_template: chatTemplate,
    axes: { ...named, ...axes },
    seen: null,
  };
}
