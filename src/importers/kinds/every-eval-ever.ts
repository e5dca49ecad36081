/** Reads Every Eval Ever: documents of evaluations, and the JSONL files of their samples. */

import { UserError } from "../../base/errors.js";
import { promptField } from "../given.js";
import type { Importer } from "../importer.js";
import { at, canBeObject, fieldsOf, listAt, needed, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { ImportedRow } from "../rows.js";
import type { Staging } from "../staging.js";

const AXIS = "axes.";

/** Holds one result of a document, by its evaluation and its own id or name. */
interface Described {
  readonly document: Json;
  readonly result: Json;
}

export const everyEvalEver: Importer = {
  kind: "every-eval-ever",
  title: "evaluations of Every Eval Ever",
  expects: "documents of evaluations (NAME.json) and their samples (NAME_samples.jsonl)",
  detect: async (file) => {
    const keys = /\.jsonl$/i.test(file.name) ? await file.columns() : file.keys();
    const wanted = /\.jsonl$/i.test(file.name) ? ["sample_id", "interaction_type"] : ["model_info", "evaluation_results"]; // prettier-ignore
    return ["evaluation_id", ...wanted].every((key) => keys.includes(key));
  },
  read: async (files, options, staging) => {
    const from = promptField(options.promptFrom, ["evaluation_id", "evaluation_result_id"]);
    const known = new Map<string, Described>();
    const documents = files.filter(({ name }) => !/\.jsonl$/i.test(name));
    for (const file of documents) describe(objectAt(file.json()), known, staging);
    const samples = files.filter(({ name }) => /\.jsonl$/i.test(name));
    if (samples.length === 0)
      throw new UserError(`${documents[0]?.path ?? ""}: there are no samples beside it (NAME_samples.jsonl), so it holds no scores of rows`); // prettier-ignore
    for (const file of samples) {
      for await (const { value, where } of file.lines()) {
        const evaluation = needed(textAt(value, "evaluation_id"), "evaluation_id", where);
        const id = textAt(value, "evaluation_result_id");
        const name = needed(textAt(value, "evaluation_name"), "evaluation_name", where);
        const described = known.get(keyOf(evaluation, id ?? name)) ?? known.get(keyOf(evaluation, name));
        if (described === undefined)
          throw new UserError(`${where}: no document of evaluation ${evaluation} has a result ${id ?? name}; give the document as well`); // prettier-ignore
        const { document, result } = described;
        const stated = textAt(result, "generation_config", "additional_details", "prompt_id");
        const prompt = from === undefined ? (options.prompt?.[0] ?? stated ?? "default") : (textAt(value, from) ?? "default"); // prettier-ignore
        const task = options.task?.[0] ?? name;
        const checkpoint = options.checkpoint?.[0] ?? checkpointOf(document, where);
        staging.prompt(task, prompt, { axes: axesOf(result) });
        await staging.add(rowOf(value, where, { checkpoint, task, prompt }, result, staging));
      }
    }
  },
};

function keyOf(evaluation: string, result: string): string {
  return JSON.stringify([evaluation, result]);
}

function checkpointOf(document: Json, where: string): string {
  const own = textAt(document, "model_info", "additional_details", "checkpoint");
  return own ?? needed(textAt(document, "model_info", "id"), "model_info.id in its document", where);
}

function describe(document: Json, known: Map<string, Described>, staging: Staging): void {
  const evaluation = textAt(document, "evaluation_id") ?? "";
  for (const result of listAt(document, "evaluation_results")) {
    for (const name of ["evaluation_result_id", "evaluation_name"]) {
      const id = textAt(result, name);
      if (id !== undefined && !known.has(keyOf(evaluation, id))) known.set(keyOf(evaluation, id), { document, result: objectAt(result) }); // prettier-ignore
    }
  }
  staging.tools.set(textAt(document, "eval_library", "name") ?? "unknown", textAt(document, "eval_library", "version") ?? "unknown"); // prettier-ignore
  const details = objectAt(document, "model_info", "additional_details");
  const stage = textAt(details, "stage");
  staging.checkpoint(checkpointOf(document, evaluation), {
    spec: textAt(document, "model_info", "id"),
    revision: textAt(details, "revision"),
    step: numberAt(details, "step"),
    stage: stage === "base" || stage === "sft" ? stage : undefined,
    sftTask: textAt(details, "sft_task"),
  });
}

function axesOf(result: Json): Record<string, string | number> {
  const details = objectAt(result, "generation_config", "additional_details");
  return Object.fromEntries(
    Object.entries(details).flatMap(([name, level]): [string, string | number][] => {
      if (!name.startsWith(AXIS) || typeof level !== "string") return [];
      return [[name.slice(AXIS.length), numberAt(details, name) ?? level]];
    }),
  );
}

function rowOf(
  sample: Json,
  where: string,
  names: Pick<ImportedRow, "checkpoint" | "task" | "prompt">,
  result: Json,
  staging: Staging,
): ImportedRow {
  const metadata = objectAt(sample, "metadata");
  const metric = textAt(result, "metric_config", "metric_id") ?? textAt(result, "metric_config", "metric_name") ?? "score"; // prettier-ignore
  const choices = listAt(sample, "input", "choices").map(String);
  const references = listAt(sample, "input", "reference").map(String);
  const said = [textAt(sample, "answer_attribution", 0, "extracted_value"), textAt(sample, "output", "raw", 0)];
  const place = (texts: readonly (string | undefined)[]) => choices.findIndex((choice) => texts.includes(choice));
  const gold = numberAt(metadata, "gold") ?? (choices.length === 0 ? -1 : place(references));
  const given = parsed(textAt(metadata, "log_likelihoods"));
  const logprobs = Array.isArray(given) && given.every((one) => typeof one === "number") ? given : undefined;
  const generated = textAt(sample, "output", "raw", 0);
  const answered = gold >= 0 ? choices.length > 0 : generated !== undefined;
  staging.task(names.task, {
    answeredBy: !answered ? "scores" : logprobs === undefined ? "generate" : "loglikelihood",
    ...(answered ? { kind: gold >= 0 ? "multiple-choice" : "generation" } : {}),
    metric,
    lowerIsBetter: at(result, "metric_config", "lower_is_better") === true ? [metric] : [],
    source: textAt(result, "source_data", "dataset_name"),
  });
  const fields = parsed(textAt(metadata, "fields"));
  return {
    ...names,
    item: needed(textAt(sample, "sample_id"), "sample_id", where),
    rowHash: textAt(metadata, "row_hash") ?? textAt(sample, "sample_hash"),
    fields: canBeObject(fields) ? fieldsOf(fields) : { input: textAt(sample, "input", "raw") ?? "" },
    promptHash: textAt(metadata, "prompt_hash"),
    ...(gold >= 0 && choices.length > 0 ? { answers: choices, gold, choice: numberAt(metadata, "choice") ?? place(said) } : { references }),
    ...(generated === undefined || logprobs !== undefined ? {} : { generated }),
    ...(logprobs === undefined ? {} : { logprobs }),
    metrics: { [metric]: needed(numberAt(sample, "evaluation", "score"), "evaluation.score", where) },
  }; // prettier-ignore
}

/** Parses what an export of ours holds as text; undefined for anything else. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
