/**
 * Reads Parquet files of DOVE (Habba et al. 2025): a row is one answer of a model to one row under one prompt. Source
 * of the columns: SLAB-NLP/DOVE, src/schema_validation/schema.json and its samples.
 */

import { UserError } from "../../base/errors.js";
import { hashValue, sha256 } from "../../base/hash.js";
import { givenFor } from "../given.js";
import type { Importer } from "../importer.js";
import { at, canBeObject, listAt, needed, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { ImportedRow } from "../rows.js";
import { openTableFile } from "../table-records.js";

const COLUMNS = ["model", "prompt_config", "instance", "output", "evaluation"];
/** Dimensions that are no axes: the examples themselves. */
const NO_AXIS = new Set(["demonstrations"]);

export const dove: Importer = {
  kind: "dove",
  title: "Parquet files of DOVE",
  expects: `MODEL/LANGUAGE/SHOTS/DATASET.parquet with the columns ${COLUMNS.join(", ")}`,
  detect: async (file) => {
    if (!/\.parquet$/i.test(file.name)) return false;
    const columns = await file.columns();
    return COLUMNS.every((name) => columns.includes(name));
  },
  read: async (files, options, staging) => {
    if (options.promptFrom !== undefined) throw new UserError(`--prompt-from: DOVE says what its prompts are in prompt_config.dimensions`); // prettier-ignore
    for (const [i, { path }] of files.entries()) {
      const { header, lines, unit } = await openTableFile(path);
      for await (const { values, line } of lines) {
        const where = `${path}, ${unit} ${line}`;
        const [model, config, instance, output, evaluation] = COLUMNS.map((name) => parsed(values[header.indexOf(name)])) as [Json, Json, Json, Json, Json]; // prettier-ignore
        const checkpoint = givenFor("checkpoint", options.checkpoint, i, files.length) ?? needed(textAt(model, "model_info", "name"), "model.model_info.name", where); // prettier-ignore
        const source = objectAt(instance, "sample_identifier");
        const task = givenFor("task", options.task, i, files.length) ?? needed(textAt(source, "dataset_name"), "instance.sample_identifier.dataset_name", where); // prettier-ignore
        const axes = axesOf(objectAt(config, "dimensions"));
        const prompt = givenFor("prompt", options.prompt, i, files.length) ?? promptOf(axes);
        staging.checkpoint(checkpoint, { spec: textAt(model, "configuration", "hf_path") ?? checkpoint, revision: textAt(model, "configuration", "revision") }); // prettier-ignore
        staging.prompt(task, prompt, { axes, text: textAt(config, "dimensions", "instruction_phrasing", "text") });
        const row = rowOf(instance, output, evaluation, { checkpoint, task, prompt }, where);
        staging.task(task, {
          answeredBy: "generate",
          kind: row.gold === undefined ? "generation" : "multiple-choice",
          source: textAt(source, "hf_repo"),
        });
        await staging.add(row);
      }
    }
    staging.missing.add("log-likelihoods of the answers");
  },
};

/** Values of nested columns are JSON here, whether the file nests them or holds them as texts. */
function parsed(text: string | undefined): Json {
  const value: unknown = text === undefined || text === "" ? {} : JSON.parse(text);
  return objectAt({ value }, "value");
}

/** Takes the level on each dimension: its name, its method, or the methods one after another. */
function axesOf(dimensions: Json): Record<string, string | number | null> {
  return Object.fromEntries(
    Object.entries(dimensions).flatMap(([name, level]): [string, string | number | null][] => {
      if (NO_AXIS.has(name) || level === null || level === undefined) return [];
      if (name === "instruction_phrasing") return [["wording", textAt(level, "name") ?? null]];
      const key = name.replace(/^mc_/, "");
      if (!canBeObject(level))
        return [
          [
            key,
            typeof level === "number" ? level : readable(typeof level === "string" ? level : JSON.stringify(level)),
          ],
        ];
      const methods = listAt(level, "methods").map(String);
      return [[key, textAt(level, "method") ?? (methods.length > 0 ? methods.join(", ") : null)]];
    }),
  );
}

/** Writes white space so that it can be seen. */
function readable(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function promptOf(axes: Readonly<Record<string, string | number | null>>): string {
  const { wording, ...others } = axes;
  return [wording ?? "prompt", ...Object.entries(others).map(([name, level]) => `${name}=${level}`)].join("+");
}

/** The order of choices is a dimension, so that answers are numbered by their texts in the order of the alphabet. */
function rowOf(
  instance: Json,
  output: Json,
  evaluation: Json,
  names: Pick<ImportedRow, "checkpoint" | "task" | "prompt">,
  where: string,
): ImportedRow {
  const source = objectAt(instance, "sample_identifier");
  const place = needed(numberAt(source, "hf_index"), "instance.sample_identifier.hf_index", where);
  const fields = objectAt(instance, "classification_fields");
  const choices = listAt(fields, "choices").map((one) => ({
    id: textAt(one, "id") ?? "",
    text: textAt(one, "text") ?? "",
  }));
  const answers = choices.map(({ text }) => text).sort();
  const gold = answers.indexOf(textAt(fields, "ground_truth", "text") ?? "");
  const closest = textAt(evaluation, "evaluation_method", "closest_answer");
  const given = choices.find(({ id, text }) => closest === `${id}. ${text}` || closest === text)?.text;
  const raw = at(instance, "raw_input");
  const question = textAt(fields, "question") ?? textAt(raw, "question");
  const ranked = answers.length > 1 && gold >= 0 && new Set(answers).size === answers.length;
  return {
    ...names,
    item: `${textAt(source, "hf_split") ?? ""}:${place}`,
    rowHash: hashValue([textAt(source, "hf_repo"), textAt(source, "dataset_name"), textAt(source, "hf_split"), place]),
    ...(question === undefined ? {} : { fields: { question } }),
    ...(typeof raw === "string" ? { promptHash: sha256(raw) } : {}),
    generated: textAt(output, "response") ?? "",
    ...(ranked ? { answers, gold, ...(closest === undefined ? {} : { choice: given === undefined ? -1 : answers.indexOf(given) }) } : { references: listAt([at(evaluation, "ground_truth")]).map(String) }),
    metrics: { score: needed(numberAt(evaluation, "score"), "evaluation.score", where) },
  }; // prettier-ignore
}
