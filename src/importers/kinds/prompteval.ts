/**
 * Reads the correctness tables of PromptEval (Maia Polo et al. 2024): SUBJECT/MODEL-00000-of-00001.parquet, with a line
 * for each template and a column example_N for each row. Source: the data set PromptEval/PromptEval_MMLU_correctness
 * and the scripts that read it.
 */

import { basename, dirname } from "node:path";
import { UserError } from "../../base/errors.js";
import { givenFor } from "../given.js";
import type { Importer } from "../importer.js";
import { numberOf, openTableFile } from "../table-records.js";

const COLUMN = /^example_\d+$/;

export const promptEval: Importer = {
  kind: "prompteval",
  title: "correctness tables of PromptEval",
  expects: "SUBJECT/MODEL-00000-of-00001.parquet with the columns example_0, example_1, …: a line for each template",
  detect: async (file) => {
    if (!/\.parquet$/i.test(file.name)) return false;
    const columns = await file.columns();
    return columns.length > 0 && columns.every((name) => COLUMN.test(name));
  },
  read: async (files, options, staging) => {
    if (options.promptFrom !== undefined) throw new UserError("--prompt-from: the lines of these files are the prompts, which are named format_N"); // prettier-ignore
    const metric = options.metric ?? "correctness";
    for (const [i, { path, name }] of files.entries()) {
      const checkpoint = givenFor("checkpoint", options.checkpoint, i, files.length) ?? name.replace(/(-\d+-of-\d+)?\.parquet$/i, ""); // prettier-ignore
      const task = givenFor("task", options.task, i, files.length) ?? basename(dirname(path));
      staging.checkpoint(checkpoint, { spec: checkpoint });
      staging.task(task, { answeredBy: "scores", source: "PromptEval/PromptEval_MMLU_correctness" });
      const { header, lines, unit } = await openTableFile(path);
      for await (const { values, line } of lines) {
        const prompt = `format_${line - 1}`;
        staging.prompt(task, prompt, {});
        for (const [at, item] of header.entries()) {
          const value = values[at] ?? "";
          if (value === "") continue;
          const metrics = { [metric]: numberOf(value, item, `${path}, ${unit} ${line}`) };
          await staging.add({ checkpoint, task, prompt, item, metrics });
        }
      }
    }
    staging.missing.add("texts of rows, prompts and answers");
  },
};
