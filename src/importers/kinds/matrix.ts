/** Reads a matrix of scores: a CSV file with a column for each prompt and a line for each row. */

import { counted } from "../../base/wording.js";
import { UserError } from "../../base/errors.js";
import { checkAxes, neededFor, readAxes } from "../given.js";
import type { Importer } from "../importer.js";
import { numberOf, openTableFile } from "../table-records.js";

/** Names the column that identifies rows. */
const ITEM = "item";
/** Holds the fewest lines of which a column that says 0, 1, 2, … or 1, 2, 3, … is taken to count them. */
const FEWEST_COUNTED = 3;
/** Matches a cell of a matrix, and words for no number, which are refused where they stand. */
const SCORE = /^\s*"?([-+]?(\d*\.?\d+(e[-+]?\d+)?|nan|inf(inity)?)|na|n\/a|null|none|)"?\s*$/i;

export const matrix: Importer = {
  kind: "matrix",
  title: "matrices of scores",
  expects: "CSV files with a column for each prompt and a line for each row, and a column item where rows have names",
  detect: async (file) => {
    if (!/\.csv$/i.test(file.name)) return false;
    const columns = await file.columns();
    if (columns.includes("value") || columns.includes("prompt") || columns.length < 2) return false;
    const [, second = ""] = file.head().split(/\r?\n/);
    const scores = second.split(",").filter((_, i) => columns[i] !== ITEM);
    return scores.length > 0 && scores.every((text) => SCORE.test(text));
  },
  read: async (files, options, staging) => {
    const axes = await readAxes(options.axes);
    for (const [i, { path }] of files.entries()) {
      const { header, lines, unit } = await openTableFile(path);
      const what = `, read as a matrix (no column "checkpoint", "prompt" or "value"; a prompt in each of ${counted(header.length, "column")}),`;
      const checkpoint = neededFor("checkpoint", options.checkpoint, i, files.length, path, what);
      const task = neededFor("task", options.task, i, files.length, path, what);
      const twice = header.find((name, at) => header.indexOf(name) < at);
      if (twice !== undefined) throw new UserError(`${path}: prompt "${twice}" has two columns; rename one`);
      const prompts = header.filter((name) => name !== ITEM);
      checkAxes(axes, prompts, options.axes);
      staging.task(task, { answeredBy: "scores", source: path });
      for (const prompt of prompts) staging.prompt(task, prompt, { axes: axes.get(prompt) ?? {} });
      const named = header.includes(ITEM);
      if (!named) staging.notes.add(`${path}: rows have no names and are matched by their place in the file`);
      let place = 0;
      let counting = [0, 1].flatMap((start) => prompts.map((name) => ({ name, start })));
      for await (const { values, line } of lines) {
        const where = `${path}, ${unit} ${line}`;
        if (values.length !== header.length)
          throw new UserError(`${where}: ${values.length} values for ${header.length} columns`);
        const item = named ? (values[header.indexOf(ITEM)] ?? "") : String(place);
        if (item === "") throw new UserError(`${where}: no item`);
        place++;
        counting = counting.filter(({ name, start }) => Number(values[header.indexOf(name)]) === start + place - 1);
        for (const [at, prompt] of header.entries()) {
          const value = values[at] ?? "";
          if (prompt === ITEM || value === "") continue;
          const metrics = { [options.metric ?? "score"]: numberOf(value, `prompt ${prompt}`, where) };
          await staging.add({ checkpoint, task, prompt, item, metrics });
        }
      }
      const [counter] = place < FEWEST_COUNTED ? [] : counting;
      if (counter !== undefined)
        throw new UserError(
          `${path}: column "${counter.name}" counts the lines and is no prompt; call it item where each line is a row; where lines are prompts and columns checkpoints, write a line for each score: checkpoint, task, prompt, metric, value`,
        );
    }
    staging.missing.add("texts of rows, prompts and answers");
  },
};
