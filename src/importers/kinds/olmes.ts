/**
 * Reads what OLMES writes: task-NNN-TASK-metrics.json, -predictions.jsonl and, where the run kept them,
 * -requests.jsonl. Source: allenai/olmes, oe_eval/run_eval.py and tasks/base_task.py, and the published predictions of
 * DataDecide.
 */

import { dirname } from "node:path";
import { UserError } from "../../base/errors.js";
import { hashValue, sha256 } from "../../base/hash.js";
import { givenFor, promptField } from "../given.js";
import type { Importer } from "../importer.js";
import { at, fieldsOf, listAt, needed, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { ImportedRow } from "../rows.js";
import { SourceFile } from "../source-file.js";
import type { Staging } from "../staging.js";

const NAME = /^(task-\d+-.*)-(metrics\.json|predictions\.jsonl|requests\.jsonl)$/;
/** Matches what stands among the metrics of a row and says which answer was taken, not how good it is. */
const NO_SCORE = /^(predicted_index|correct_choice$|no_answer)/;
/** Names the metric that each task of OLMES itself is judged by, where its prompts are judged by several. */
const PRIMARY = "primary_score";

/** Holds what the requests of one row say: the texts of its answers, its columns and its prompt. */
interface Asked {
  readonly answers: string[];
  readonly fields: Record<string, string>;
  readonly prompt: string;
}

export const olmes: Importer = {
  kind: "olmes",
  title: "predictions of OLMES",
  expects: "task-NNN-TASK-predictions.jsonl with task-NNN-TASK-metrics.json beside it",
  // Told by its name, so that a file that was cut off is refused, not passed over.
  detect: (file) => {
    const [, , part] = NAME.exec(file.name) ?? [];
    return part === "metrics.json"
      ? ["task_config", "metrics"].every((key) => file.keys().includes(key))
      : part !== undefined;
  },
  read: async (files, options, staging) => {
    const from = promptField(options.promptFrom, ["alias", "task_hash", "num_shots"]);
    const predictions = files.filter(({ name }) => name.endsWith("-predictions.jsonl"));
    if (predictions.length === 0) throw new UserError(`${files[0]?.path ?? ""}: there are no TASK-predictions.jsonl beside it, so it holds no scores of rows`); // prettier-ignore
    for (const [i, file] of predictions.entries()) {
      const about = besideOf(file, "metrics.json", files);
      if (about === undefined) throw new UserError(`${file.path}: there is no ${stemOf(file)}-metrics.json beside it, which says what it is of`); // prettier-ignore
      const document = objectAt(about.json());
      const config = objectAt(document, "task_config");
      const alias = textAt(config, "metadata", "alias") ?? textAt(document, "task_name") ?? stemOf(file);
      const [, name = alias, variant = "default"] = /^([^:]+):(.+)$/.exec(alias) ?? [];
      const known = { alias: variant, task_hash: textAt(document, "task_hash"), num_shots: `shots=${numberAt(config, "num_shots") ?? 0}` }; // prettier-ignore
      const names = {
        checkpoint: givenFor("checkpoint", options.checkpoint, i, predictions.length) ?? modelOf(document, about.path),
        task: givenFor("task", options.task, i, predictions.length) ?? textAt(document, "task_name") ?? name,
        prompt: givenFor("prompt", options.prompt, i, predictions.length) ?? needed(known[from ?? "alias"], from ?? "alias", about.path), // prettier-ignore
      };
      const primary = needed(textAt(config, "primary_metric"), "task_config.primary_metric", about.path);
      const asked = await askedOf(besideOf(file, "requests.jsonl", files));
      if (asked === undefined) staging.missing.add("texts of rows, prompts and answers (no TASK-requests.jsonl; OLMES writes it with --save-raw-requests true)"); // prettier-ignore
      staging.checkpoint(names.checkpoint, { spec: textAt(document, "model_config", "model"), revision: textAt(document, "model_config", "revision") }); // prettier-ignore
      await readPredictions(file, names, { primary, config, asked }, staging);
    }
    staging.tools.set("olmes", "unknown");
  },
};

function stemOf({ name }: SourceFile): string {
  return NAME.exec(name)?.[1] ?? name;
}

function besideOf(file: SourceFile, part: string, files: readonly SourceFile[]): SourceFile | undefined {
  const name = `${stemOf(file)}-${part}`;
  return files.find((one) => one.name === name && dirname(one.path) === dirname(file.path));
}

function modelOf(document: Json, path: string): string {
  const model = needed(textAt(document, "model_config", "model"), "model_config.model", path);
  const revision = textAt(document, "model_config", "revision");
  return revision === undefined || revision === "main" ? model : `${model}@${revision}`;
}

/** @returns what each row was asked, by its number; undefined where the run did not keep it */
async function askedOf(file: SourceFile | undefined): Promise<ReadonlyMap<number, Asked> | undefined> {
  if (file === undefined) return undefined;
  const asked = new Map<number, Asked>();
  for await (const { value, where } of file.lines()) {
    const id = needed(numberAt(value, "doc_id"), "doc_id", where);
    const context = at(value, "request", "context");
    const prompt = typeof context === "string" ? context : JSON.stringify(context ?? "");
    // Requests without their prompt are those of acc_uncond.
    if (/^\s*(Answer:)?\s*$/.test(prompt)) continue;
    const own = asked.get(id) ?? { answers: [], fields: fieldsOf(objectAt(value, "doc")), prompt };
    const continuation = textAt(value, "request", "continuation");
    if (continuation !== undefined) own.answers.push(continuation.trim());
    asked.set(id, own);
  }
  return asked;
}

interface About {
  readonly primary: string;
  readonly config: Json;
  readonly asked: ReadonlyMap<number, Asked> | undefined;
}

type Names = Pick<ImportedRow, "checkpoint" | "task" | "prompt">;

async function readPredictions(file: SourceFile, names: Names, about: About, staging: Staging): Promise<void> {
  const { primary, config, asked } = about;
  let ranked: boolean | undefined;
  for await (const { value, where } of file.lines()) {
    ranked ??= numberAt(value, "metrics", "correct_choice") !== undefined;
    await staging.add(rowOf(value, where, names, about));
  }
  const shots = numberAt(config, "num_shots");
  const [first] = asked?.values() ?? [];
  staging.prompt(names.task, names.prompt, {
    axes: { formulation: names.prompt, ...(shots === undefined ? {} : { shots }) },
    ...(first === undefined ? {} : { text: first.prompt }),
  });
  const chosen = staging.tasks.get(names.task)?.metric;
  const known = ranked === true && asked !== undefined;
  staging.task(names.task, {
    answeredBy: known ? "loglikelihood" : ranked === true ? "scores" : "generate",
    kind: ranked === true ? (known ? "multiple-choice" : undefined) : "generation",
    metric: chosen === undefined || chosen === primary ? primary : PRIMARY,
    source: textAt(config, "dataset_path") ?? "unknown",
  });
  if (chosen !== undefined && chosen !== primary) staging.notes.add(`${names.task}: prompts are judged by different metrics, each by its own: ${PRIMARY}`); // prettier-ignore
}

function rowOf(value: Json, where: string, names: Names, { primary, asked }: About): ImportedRow {
  const doc = needed(numberAt(value, "doc_id"), "doc_id", where);
  const native = at(value, "native_id");
  const item = typeof native === "string" || typeof native === "number" ? String(native) : String(doc);
  const given = objectAt(value, "metrics");
  const metrics = Object.fromEntries(
    Object.keys(given).flatMap((name): [string, number][] => {
      const score = numberAt(given, name);
      return score === undefined || NO_SCORE.test(name) ? [] : [[name, score]];
    }),
  );
  const score = needed(metrics[primary], `metrics.${primary}, the task's primary metric`, where);
  const outputs = listAt(value, "model_output");
  const logprobs = outputs.flatMap((one) => numberAt(one, "sum_logits") ?? []);
  const said = asked?.get(doc);
  const gold = numberAt(given, "correct_choice");
  const common = {
    ...names,
    item,
    rowHash: hashValue({ task: names.task, item }),
    ...(said === undefined ? {} : { fields: said.fields, promptHash: sha256(said.prompt) }),
    metrics: { ...metrics, [PRIMARY]: score },
  };
  if (gold === undefined) {
    const label = at(value, "label");
    const references = (Array.isArray(label) ? (label as unknown[]) : [label]).filter((one) => one !== undefined && one !== null); // prettier-ignore
    return { ...common, references: references.map(String), generated: textAt(outputs[0], "continuation") ?? "" };
  }
  // Without their texts, answers cannot be judged by other metrics.
  const answers = said?.answers;
  if (answers === undefined || answers.length !== logprobs.length) return common;
  const own = numberAt(given, primary.replace(/^acc/, "predicted_index"));
  const choice = own ?? numberAt(given, "predicted_index_raw");
  if (choice === undefined) return { ...common, answers, gold, logprobs };
  const ranks = outputs.flatMap((output) => RANKS[own === undefined ? "acc_raw" : primary]?.(output) ?? []);
  const tied = ranks.filter((rank) => rank === ranks[choice]).length;
  // Where the ranks are not in the file, equal log-likelihoods are counted.
  return { ...common, answers, gold, logprobs, choice, ...(ranks.length === outputs.length ? { tied } : {}) };
}

/**
 * Says what OLMES ranks answers by under each metric: the largest is taken, the first of equal ones. Source:
 * oe_eval/metrics/metric.py, MCAccuracy; bits per byte were named logits_per_byte in older files.
 */
const RANKS: Readonly<Record<string, (output: unknown) => number | undefined>> = {
  acc_raw: (output) => numberAt(output, "sum_logits"),
  acc_per_token: (output) => numberAt(output, "logits_per_token"),
  acc_per_char: (output) => numberAt(output, "logits_per_char"),
  acc_per_byte: (output) => negated(numberAt(output, "bits_per_byte") ?? numberAt(output, "logits_per_byte")),
  acc_uncond: (output) => {
    const [sum, alone] = [numberAt(output, "sum_logits"), numberAt(output, "sum_logits_uncond")];
    return sum === undefined || alone === undefined ? undefined : sum - alone;
  },
};

function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}
