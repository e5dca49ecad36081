/** Comparing results of any origin, and analysing files of other programs directly. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importResults } from "../../src/importers/import.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { analyze } from "../../src/library/analyze.js";
import { compareResults } from "../../src/library/compare.js";
import { renderComparison } from "../../src/reports/terminal/comparison-terminal.js";
import { tempFolder } from "../support/temp-folder.js";

const LM_EVAL = join(import.meta.dirname, "../golden/import/lm-eval");
const HEAD = "checkpoint,task,prompt,item,value,axes.style\n";

function table(name: string, lines: readonly string[]): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, HEAD + lines.join("\n"));
  return path;
}

test("rows are paired by their items, and what differs is named with its paired error", async () => {
  const a = table("a.csv", ["m,t,P 1,i1,1,x", "m,t,P 1,i2,0,x", "m,t,P 1,i3,1,x", "m,t,only,i1,1,x", "m,t,only,i2,1,x", "m,t,only,i3,1,x"]); // prettier-ignore
  const b = table("b.csv", ["n,t,p-1,i3,0,y", "n,t,p-1,i2,0,y", "n,t,p-1,i4,1,y"]);
  const [comparison] = await compareResults([a, b]);
  const [task] = comparison?.tasks ?? [];
  expect(comparison?.checkpoints).toEqual([{ a: "m", b: "n" }]);
  expect(task?.rows).toEqual({ common: 2, a: 3, b: 3 });
  expect(task?.only).toEqual({ a: ["only"], b: [] });
  expect(task?.prompts[0]?.axes).toEqual([{ axis: "style", a: "x", b: "y" }]);
  // Differences of i2 and i3: 0 and -1.
  expect(task?.cells).toMatchObject([{ rows: 2, mean: { a: 0.5, b: 0 }, difference: -0.5, stderr: 0.5, otherScores: 1, otherAnswers: null }]); // prettier-ignore
  expect(task?.means).toMatchObject([{ prompts: 1, rows: 2, mean: { a: 0.5, b: 0 }, difference: -0.5, stderr: 0.5 }]);
  expect(comparison && renderComparison(comparison)).toContain("prompt P 1: style is x in A, y in B");
});

test("rows that all differ alike give no error: one of 0 would say that other rows do, too", async () => {
  const lines = ["i1", "i2", "i3"].map((item) => `m,t,p,${item},1,x`);
  const [comparison] = await compareResults([table("a.csv", lines), table("b.csv", lines)]);
  const [task] = comparison?.tasks ?? [];
  expect(task?.cells).toMatchObject([{ rows: 3, difference: 0, stderr: null, otherScores: 0 }]);
  expect(task?.means).toMatchObject([{ rows: 3, difference: 0, stderr: null }]);
  expect(comparison && renderComparison(comparison)).toMatch(/± \?: .*rows that all differ alike/);
});

test("prompts that differ in nothing are counted, the others stand in a table of their checkpoint", async () => {
  const answers = (name: string, last: string) => {
    const path = join(tempFolder(), name);
    const lines = ["m", "n"].flatMap((checkpoint) =>
      ["p", "q"].flatMap((prompt) => ["i1", "i2"].map((item) => `${checkpoint},t,${prompt},${item},1,yes`)),
    );
    writeFileSync(path, ["checkpoint,task,prompt,item,value,answer", ...lines.slice(0, -1), last].join("\n"));
    return path;
  };
  const [one] = await compareResults([answers("a.csv", "n,t,q,i2,1,yes"), answers("b.csv", "n,t,q,i2,0,no")]);
  const lines = (one && renderComparison(one))?.split("\n").map((line) => line.trim().replace(/ {2,}/g, " ")) ?? [];
  const [alike] = await compareResults([answers("a.csv", "n,t,q,i2,1,yes"), answers("b.csv", "n,t,q,i2,1,yes")]);
  expect(alike && renderComparison(alike)).not.toContain("± ?");
  expect(lines.slice(lines.indexOf("m"))).toEqual([
    "m",
    "2 prompts alike in both: scores",
    "",
    "n",
    "prompt rows A B B - A other scores other answers log-likelihoods",
    "p 2 1.000 1.000 0.000 ± ? 0 – –",
    "q 2 1.000 0.500 −0.500 ± 0.500 1 – –",
    "mean of 2 2 1.000 0.750 −0.250 ± 0.250",
    "",
  ]);
});

test("what files do not say is said of every path, or of one alone as PATH=VALUE", async () => {
  const a = table("a.csv", ["m,t,p,i1,1,x", "m,t,p,i2,0,x"]);
  const b = table("b.csv", ["n,t,p,i1,0,x", "n,t,p,i2,0,x"]);
  const renamed = join(tempFolder(), "c=d.csv");
  writeFileSync(renamed, "model,task,prompt,item,value\nn,t,p,i1,0\nn,t,p,i2,0\n");
  await expect(compareResults([a, renamed])).rejects.toThrow(/no column "checkpoint"/);
  const [own] = await compareResults([a, renamed], { columns: [`${renamed}=checkpoint=model`] });
  expect(own?.tasks[0]?.rows).toEqual({ common: 2, a: 2, b: 2 });
  // Said of all, it is wrong for the first.
  await expect(compareResults([a, renamed], { columns: ["checkpoint=model"] })).rejects.toThrow(
    /a\.csv has no column "model"/,
  );
  const [metric] = await compareResults([a, b], { metric: ["first", `${b}=second`] });
  expect(metric?.tasks[0]?.metric).toMatchObject({ a: "first", b: "second" });
  await expect(compareResults([a, b], { metric: ["one", "two"] })).rejects.toThrow(
    `--metric is given 2 times for ${a}; give it once, or once for a path as ${a}=NAME`,
  );
});

test("tables of means are paired by their cells, with the error of different rows", async () => {
  const means = (name: string, lines: readonly string[]) => {
    const path = join(tempFolder(), name);
    writeFileSync(path, ["checkpoint,task,prompt,metric,value,n", ...lines].join("\n"));
    return path;
  };
  const a = means("a.csv", ["m,t,p1,acc,0.5,100", "m,t,p2,acc,0.4,100", "m,t,p3,acc,0.4,100", "m,u,p1,acc,0.4,100"]);
  const b = means("b.csv", ["n,t,p1,acc,0.7,100", "n,t,p2,acc,0.6,100"]);
  const rows = table("c.csv", ["n,t,p1,i1,1,x", "n,t,p1,i2,0,x", "n,t,p1,i3,1,x", "n,t,p1,i4,1,x"]);
  const [first, second] = await compareResults([a, b, rows]);
  expect(first?.only.a.tasks).toEqual(["u"]);
  const [task] = first?.tasks ?? [];
  expect(task).toMatchObject({ rows: null, only: { a: ["p3"], b: [] } });
  expect(task?.cells.map(({ difference }) => difference?.toFixed(6))).toEqual(["0.200000", "0.200000"]);
  expect(task?.cells[0]?.stderr).toBeCloseTo(Math.sqrt(0.25 / 100 + 0.21 / 100), 3);
  expect(first && renderComparison(first)).toContain("t (acc): means alone, so that no rows are paired");
  // Of rows beside means, the means count.
  expect(second?.tasks[0]?.cells).toMatchObject([{ prompt: { a: "p1", b: "p1" }, mean: { a: 0.5, b: 0.75 }, rows: null }]); // prettier-ignore
});

test("the mean over prompts is paired by row, over the rows that every prompt has", async () => {
  const lines = (values: readonly string[]) =>
    values.map((value, i) => `m,t,p${i % 2},i${Math.floor(i / 2)},${value},x`);
  const a = table("a.csv", lines(["1", "0", "0", "0", "1", "1", "0"]));
  const b = table("b.csv", lines(["1", "1", "1", "1", "0", "1", "1"]));
  const [comparison] = await compareResults([a, b]);
  // Row by row: +0.5, +1, -0.5; the fourth has one prompt alone.
  expect(comparison?.tasks[0]?.means).toMatchObject([{ prompts: 2, rows: 3, mean: { a: 0.5 } }]);
  const [mean] = comparison?.tasks[0]?.means ?? [];
  expect(mean?.difference).toBeCloseTo(1 / 3, 12);
  expect(mean?.stderr).toBeCloseTo(Math.sqrt((0.25 + 1 + 0.25 - 1 / 3) / 2 / 3), 12);
  expect(comparison && renderComparison(comparison)).toMatch(/mean of 2 +3 +0\.500 +0\.833 +\+0\.333 ± 0\.441/);
  const narrow = comparison === undefined ? [] : renderComparison(comparison, 60).split("\n");
  expect(narrow).toContain("    B - A            +0.333 ± 0.441");
  expect(Math.max(...narrow.map(({ length }) => length))).toBeLessThanOrEqual(60);
});

test("results compared with themselves differ in nothing", async () => {
  const [comparison] = await compareResults([LM_EVAL, LM_EVAL]);
  const cells = comparison?.tasks[0]?.cells ?? [];
  expect(cells).toHaveLength(4);
  for (const cell of cells)
    expect(cell).toMatchObject({ rows: 8, difference: 0, otherScores: 0, otherAnswers: 0, logprobs: 0 });
  expect(comparison?.tasks[0]?.prompts.every(({ sameText }) => sameText)).toBe(true);
});

test("one result alone is nothing to compare", async () => {
  await expect(compareResults([LM_EVAL])).rejects.toThrow("compare: name two results or more");
});

test("a folder of lm-evaluation-harness is analysed directly, with crossed errors and PSS", async () => {
  const { levels } = await analyze(LM_EVAL);
  expect(levels).toHaveLength(1);
  expect(levels[0]).toMatchObject({ checkpoint: "stories260K", task: "sounds" });
  expect(JSON.stringify(levels[0])).toContain('"noise":"crossed"');
});

test("of two metrics it is said by which of them cells are compared, or that a difference is also theirs", async () => {
  const out = join(tempFolder(), "acc");
  await importResults("lm-eval", [LM_EVAL], out, {}, IMPORTERS);
  const [shared] = await compareResults([LM_EVAL, out], { metric: "acc_norm" });
  expect(shared?.tasks[0]?.metric).toEqual({ a: "acc_norm", b: "acc", shared: true });
  expect(shared && renderComparison(shared)).toContain(
    "sounds (acc_norm in A, acc in B, compared by acc_norm): 8 rows",
  );
  expect(shared?.tasks[0]?.cells.every(({ otherScores }) => otherScores === 0)).toBe(true);
  const other = table("other.csv", ["m,sounds,prompt_1,i1,1,x"]);
  const [apart] = await compareResults([out, other]);
  const words = apart && renderComparison(apart);
  expect(words).toContain("two metrics: a difference is also that of what they measure");
  expect(words).toContain("no row is in both: rows are paired by the hash of their content or by their texts");
});
