/** Columns of a user's own files that have other names than the task's. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DataSource } from "../../src/datasets/index.js";
import { prepareTaskRows } from "../../src/study/task-rows.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { tempFolder } from "../support/temp-folder.js";

const ROWS = "first,second,label\nIt rains.,Rain falls.,1\nIt snows.,It is dry.,0\n";

async function rowsWith(columns: readonly (readonly [string, string])[], name = "paws.csv", content = ROWS) {
  const path = tempFolder();
  writeFileSync(join(path, name), content);
  const [task] = builtinRegistry().select(["paws"]);
  if (task === undefined) throw new Error("no task");
  const source: DataSource = { kind: "folder", path, columns: new Map(columns) };
  const rows = await prepareTaskRows(task, source, { numFewshot: 0, limit: undefined, seed: 1 });
  if ("skipped" in rows) throw new Error(rows.skipped);
  return rows.items.map(({ example }) => example);
}

const RENAMED = [["sentence1", "first"], ["sentence2", "second"]] as const; // prettier-ignore

test("a CSV or JSONL file with other names of columns is read as one with the task's own", async () => {
  const examples = await rowsWith(RENAMED);
  expect(examples).toEqual([
    { fields: { sentence1: "It rains.", sentence2: "Rain falls." }, gold: 1 },
    { fields: { sentence1: "It snows.", sentence2: "It is dry." }, gold: 0 },
  ]);
  const lines = [
    { first: "It rains.", second: "Rain falls.", label: 1 },
    { first: "It snows.", second: "It is dry.", label: 0 },
  ];
  const jsonl = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  expect(await rowsWith(RENAMED, "paws.jsonl", jsonl)).toEqual(examples);
});

test("a column that the file does not have is told with the nearest", async () => {
  await expect(rowsWith([["sentence1", "frist"], ["sentence2", "second"]])).rejects.toThrow('has no column "frist"; did you mean "first"?'); // prettier-ignore
});
