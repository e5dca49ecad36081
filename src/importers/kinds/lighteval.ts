/** Reads the details of lighteval: details/MODEL/DATE/details_TASK_DATE.parquet. */

import { hashValue, sha256 } from "../../base/hash.js";
import { answerGiven } from "../answer-given.js";
import { givenFor, neededFor, promptField } from "../given.js";
import type { Importer } from "../importer.js";
import { listAt, needed, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { ImportedRow } from "../rows.js";
import { openTableFile } from "../table-records.js";

const COLUMNS = ["doc", "metric", "model_response"];
/** Matches the path that lighteval gives: the model, whose name may have an owner, and the date of the run. */
const PLACE = /(?:^|[/\\])details[/\\](.+)[/\\]([^/\\]+)[/\\]details_[^/\\]+\.parquet$/;

export const lighteval: Importer = {
  kind: "lighteval",
  title: "details of lighteval",
  expects: "details/MODEL/DATE/details_TASK_DATE.parquet, which lighteval writes with --save-details",
  detect: async (file) => {
    if (!/\.parquet$/i.test(file.name)) return false;
    const columns = await file.columns();
    return COLUMNS.every((name) => columns.includes(name));
  },
  read: async (files, options, staging) => {
    const from = promptField(options.promptFrom, ["date", "instruction"]);
    for (const [i, { path }] of files.entries()) {
      const [, model, date = "default"] = PLACE.exec(path) ?? [];
      const checkpoint = givenFor("checkpoint", options.checkpoint, i, files.length) ?? model ?? neededFor("checkpoint", options.checkpoint, i, files.length, path); // prettier-ignore
      staging.checkpoint(checkpoint, { spec: checkpoint.replaceAll("\\", "/") });
      staging.tools.set("lighteval", "unknown");
      const { header, lines, unit } = await openTableFile(path);
      for await (const { values, line } of lines) {
        const where = `${path}, ${unit} ${line}`;
        const [doc, metric, response] = COLUMNS.map((name) => objectAt(JSON.parse(values[header.indexOf(name)] || "{}"))) as [Json, Json, Json]; // prettier-ignore
        const task = givenFor("task", options.task, i, files.length) ?? needed(textAt(doc, "task_name"), "doc.task_name", where); // prettier-ignore
        const instruction = textAt(doc, "instruction") ?? "";
        const named = from === "date" ? date : from === "instruction" ? `text-${sha256(instruction).slice(0, 8)}` : "default"; // prettier-ignore
        const prompt = givenFor("prompt", options.prompt, i, files.length) ?? named;
        const row = rowOf(doc, metric, response, { checkpoint, task, prompt }, options.metric);
        staging.prompt(task, prompt, {});
        staging.task(task, {
          answeredBy: row.logprobs === undefined ? "generate" : "loglikelihood",
          kind: row.logprobs === undefined ? "generation" : "multiple-choice",
        });
        await staging.add(row);
      }
    }
  },
};

function rowOf(
  doc: Json,
  metric: Json,
  response: Json,
  names: Pick<ImportedRow, "checkpoint" | "task" | "prompt">,
  asMetric: string | undefined,
): ImportedRow {
  const choices = listAt(doc, "choices").map(String);
  const gold = numberAt(doc, "gold_index") ?? numberAt(doc, "gold_index", 0) ?? -1;
  const logprobs = listAt(response, "logprobs").filter((one): one is number => typeof one === "number");
  const query = textAt(doc, "query") ?? "";
  const content = { query: textAt(doc, "original_query") ?? query, choices, gold, specific: doc["specific"] ?? null };
  const metrics = Object.keys(metric).flatMap((name) => {
    const value = numberAt(metric, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const id = textAt(doc, "id") ?? "";
  const common = {
    ...names,
    item: id === "" ? hashValue(content) : id,
    rowHash: hashValue(content),
    fields: { query: content.query },
    promptHash: sha256(textAt(response, "input") ?? query),
    metrics: Object.fromEntries(metrics),
  };
  const ranked = choices.length > 1 && logprobs.length === choices.length && choices[gold] !== undefined;
  if (ranked)
    return {
      ...common,
      answers: choices,
      gold,
      logprobs,
      ...answerGiven(
        asMetric ?? metrics[0]?.[0],
        logprobs,
        choices.map((text) => text.replace(/^ /, "")),
      ),
    };
  return { ...common, references: choices, generated: textAt(response, "text", 0) ?? "" };
}
