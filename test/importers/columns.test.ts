/** Tables whose columns are called otherwise, wherever tables are read. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseColumns } from "../../src/importers/columns.js";
import { importResults } from "../../src/importers/import.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { analyze } from "../../src/library/analyze.js";
import { compareResults } from "../../src/library/compare.js";
import { plan } from "../../src/library/plan.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const OWN = "checkpoint,task,prompt,item,value";
const THEIRS = "model,task,template,item,acc,notes";
const COLUMNS = ["checkpoint=model,prompt=template", "value=acc", "=notes"];
const LINES = [0, 1, 2, 3].flatMap((item) => [0, 1, 2].map((p) => `m,t,p${p},i${item},${(item + p) % 2}`));

function file(text: string): string {
  const path = join(tempFolder(), "t.csv");
  writeFileSync(path, text);
  return path;
}

const own = () => file([OWN, ...LINES].join("\n"));
const theirs = () => file([THEIRS, ...LINES.map((line) => `${line},"a, note"`)].join("\n"));

describe("rows", () => {
  test("are the same by their own names and by those that are given", async () => {
    const [a, b] = [await analyze(own()), await analyze(theirs(), { import: { columns: COLUMNS } })];
    expect({ ...b, sources: a.sources }).toEqual(a);
  });

  test("are imported, compared and planned with alike", async () => {
    const out = join(tempFolder(), "results");
    const { cells } = await importResults("long", [theirs()], out, { columns: COLUMNS }, IMPORTERS);
    expect(cells).toHaveLength(3);
    const [comparison] = await compareResults([out, theirs()], { columns: COLUMNS });
    expect(comparison?.tasks[0]?.cells.map(({ rows, otherScores }) => [rows, otherScores])).toEqual([[4, 0], [4, 0], [4, 0]]); // prettier-ignore
    const [a, b] = [await plan(own()), await plan(theirs(), { columns: COLUMNS })];
    expect(b).toEqual(a);
  });
});

test("means have the metric that is given where no column tells it", async () => {
  const path = file("model,subject,template,accuracy,n\nm,t,a,0.5,100\nm,t,b,0.75,100\n");
  const columns = ["checkpoint=model,task=subject,prompt=template,value=accuracy"];
  const { levels } = await analyze(path, { import: { columns, metric: "acc" } });
  expect(levels.map(({ metric, level }) => [metric, level.mean])).toEqual([["acc", 0.625]]);
  const named = file("checkpoint,task,prompt,metric,value\nm,t,a,acc,0.5\n");
  expectUserError(await failureOf(() => analyze(named, { import: { metric: "acc" } })), /has a column "metric"; leave that out by --columns =metric/); // prettier-ignore
});

test("tables without a column for checkpoint, task or prompt have those that are given, once or once a file", async () => {
  const rows = file("question,score\n1,1\n2,0\n");
  const columns = ["item=question,value=score"];
  const given = { columns, checkpoint: ["m", "n"], task: ["qa"], prompt: ["a"] };
  const { levels } = await analyze([rows, file("question,score\n1,0\n2,0\n")], { import: given });
  expect(levels.map(({ checkpoint, task, prompts }) => [checkpoint, task, prompts.map(({ prompt }) => prompt)])).toEqual([
    ["m", "qa", ["a"]],
    ["n", "qa", ["a"]],
  ]);
  const means = file("checkpoint,prompt,value\nm,a,0.5\nm,b,0.25\n");
  const found = await analyze(means, { import: { task: ["qa"], metric: "acc" } });
  expect(found.levels.map(({ task, level }) => [task, level.mean])).toEqual([["qa", 0.375]]);
  expectUserError(await failureOf(() => analyze(means, { import: { metric: "acc" } })), /no column "task".*--task NAME says it for all lines/); // prettier-ignore
  const twice = { checkpoint: ["x"], task: ["qa"], metric: "acc" };
  expectUserError(await failureOf(() => analyze(means, { import: twice })), /--checkpoint x: .* has a column "checkpoint"; leave that out/); // prettier-ignore
}); // prettier-ignore

describe("what is wrong is said in one line", () => {
  test.each([
    [["checkpoint"], /--columns checkpoint: expected NAME=COLUMN, such as/],
    [["a=x,b=x"], /--columns b=x: named a second time/],
    [["a=x,a=y"], /--columns a=y: named a second time/],
  ])("%s", async (given, message) => {
    expectUserError(await failureOf(() => Promise.resolve().then(() => parseColumns(given))), message);
  });

  test.each([
    [["checkpoint=modle"], /no column "modle"; did you mean "model"\?/],
    [["task=model"], /has a column "task", too; leave that out by --columns =task/],
    [["checkpoint=model,prompt=template,value=acc"], /unknown column "notes".*leave it out by --columns =notes/],
    [["prompt=template,value=acc"], /no column "checkpoint".*--columns NAME=COLUMN/],
  ])("%s", async (columns, message) => {
    const path = theirs();
    expectUserError(await failureOf(() => analyze(path, { import: { columns } })), message);
    const out = join(tempFolder(), "results");
    expectUserError(await failureOf(() => importResults("long", [path], out, { columns }, IMPORTERS)), message);
  });
});
