/** Comparing results of any origin, and analysing files of other programs directly. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
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
  expect(comparison && renderComparison(comparison)).toContain("prompt P 1: style is x in A, y in B");
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
