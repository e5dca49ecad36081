/** Reads what promptfoo writes with --output FILE.json: prompts by providers by tests. */

import { UserError } from "../../base/errors.js";
import { hashValue, sha256 } from "../../base/hash.js";
import { checkAxes, givenFor, neededFor, promptField, readAxes } from "../given.js";
import type { Importer } from "../importer.js";
import { at, canBeObject, fieldsOf, listAt, needed, numberAt, objectAt, textAt, type Json } from "../json.js";
import type { ImportedRow } from "../rows.js";

/** Sets the length up to which the label of a prompt is its name; without a label of its own it is the whole prompt. */
const LONGEST_NAME = 60;
/** Assertions whose value is a text that counts as right. */
const REFERENCES = /^i?(?:equals|contains|starts-with)$/;

export const promptfoo: Importer = {
  kind: "promptfoo",
  title: "results of promptfoo",
  expects: "JSON files that promptfoo eval --output FILE.json writes (version 3 of the results)",
  detect: (file) => ["evalId", "results", "config"].every((key) => file.keys().includes(key)),
  read: async (files, options, staging) => {
    const from = promptField(options.promptFrom, ["label", "index"]) ?? "label";
    const axes = await readAxes(options.axes);
    for (const [i, file] of files.entries()) {
      const { path } = file;
      const document = file.json();
      const results = listAt(document, "results", "results").filter(canBeObject);
      if (results.length === 0) throw new UserError(`${path}: no results.results in it, so it holds no answers; write it by promptfoo eval --output again`); // prettier-ignore
      staging.tools.set("promptfoo", textAt(document, "metadata", "promptfooVersion") ?? "unknown");
      const described = textAt(document, "config", "description");
      const task = givenFor("task", options.task, i, files.length) ?? described ?? neededFor("task", options.task, i, files.length, path); // prettier-ignore
      staging.task(task, { answeredBy: "generate", kind: "generation", metric: "success", source: path });
      let failed = 0;
      for (const [place, result] of results.entries()) {
        const where = `${path}, result ${place}`;
        if (numberAt(result, "failureReason") === 2) {
          failed++;
          continue;
        }
        const label = textAt(result, "prompt", "label") ?? "";
        const index = numberAt(result, "promptIdx") ?? 0;
        const prompt = from === "index" || label.length > LONGEST_NAME || label === "" ? `prompt-${index}` : label;
        checkAxes(axes, [prompt], options.axes);
        staging.prompt(task, prompt, { axes: axes.get(prompt) ?? {}, text: textAt(document, "results", "prompts", index, "raw") }); // prettier-ignore
        const provider = textAt(result, "provider", "label") ?? textAt(result, "provider", "id") ?? textAt(result, "provider"); // prettier-ignore
        const checkpoint = givenFor("checkpoint", options.checkpoint, i, files.length) ?? needed(provider === "" ? textAt(result, "provider", "id") : provider, "provider", where); // prettier-ignore
        staging.checkpoint(checkpoint, { spec: textAt(result, "provider", "id") ?? checkpoint });
        await staging.add(rowOf(result, where, { checkpoint, task, prompt }));
      }
      if (failed > 0) staging.notes.add(`${path}: ${failed} answers are errors of the provider and are left out`);
    }
    staging.missing.add("log-likelihoods");
  },
};

function rowOf(result: Json, where: string, names: Pick<ImportedRow, "checkpoint" | "task" | "prompt">): ImportedRow {
  const vars = objectAt(result, "vars");
  const test = needed(numberAt(result, "testIdx"), "testIdx", where);
  const score = needed(numberAt(result, "score"), "score", where);
  const named = Object.entries(objectAt(result, "namedScores")).flatMap(([name, value]) =>
    typeof value === "number" ? [[name, value] as const] : [],
  );
  const output = at(result, "response", "output");
  const raw = textAt(result, "prompt", "raw");
  return {
    ...names,
    item: String(test),
    rowHash: hashValue(vars),
    fields: fieldsOf(vars),
    references: listAt(result, "testCase", "assert").flatMap((one) =>
      REFERENCES.test(textAt(one, "type") ?? "") ? (textAt(one, "value") ?? []) : [],
    ),
    ...(raw === undefined ? {} : { promptHash: sha256(raw) }),
    generated: typeof output === "string" ? output : JSON.stringify(output ?? ""),
    metrics: { success: Number(at(result, "success") === true), score, ...Object.fromEntries(named) },
  };
}
