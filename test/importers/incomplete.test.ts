/** Importing: clusters of rows, and grids that lack cells. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { openTable } from "../../src/analysis/read/open-table.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { importResults } from "../../src/importers/import.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { randomStream } from "../../src/base/random.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import { tempFolder } from "../support/temp-folder.js";

async function analysed(lines: readonly string[]) {
  const path = join(tempFolder(), "rows.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  const out = join(tempFolder(), "results");
  await importResults("long", [path], out, {}, IMPORTERS);
  const study = await openStudyData(out);
  try {
    return { path, imported: await analyse(readStudy(study), { seed: 1 }), results: study.results };
  } finally {
    await study.close();
  }
}

test("a column cluster counts in an import as in a table, however short its names are", async () => {
  const draw = randomStream(7, "clusters");
  const prompts = ["a", "b", "c", "d"];
  const lines: string[] = [];
  const means: number[][] = [];
  for (let g = 0; g < 40; g++) {
    const level = draw() < 0.5 ? 0.9 : 0.1;
    for (let k = 0; k < 5; k++) {
      const scores = prompts.map(() => Number(draw() < level));
      means.push([g, scores.reduce((sum, value) => sum + value, 0) / prompts.length]);
      for (const [p, prompt] of prompts.entries()) lines.push(`m,t,${prompt},i${g}.${k},${scores[p]},c${g}`);
    }
  }
  const { path, imported } = await analysed(["checkpoint,task,prompt,item,value,cluster", ...lines]);
  const found = imported.levels[0]?.level.item_stderr ?? NaN;
  // Liang & Zeger with the factor G / (G - 1): residuals summed within each cluster.
  const centre = means.reduce((sum, [, value = 0]) => sum + value, 0) / means.length;
  const sums = new Map<number, number>();
  for (const [g = 0, value = 0] of means) sums.set(g, (sums.get(g) ?? 0) + value - centre);
  const squares = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0);
  const robust = Math.sqrt((40 / 39) * squares) / means.length;
  const alone = Math.sqrt(means.reduce((sum, [, value = 0]) => sum + (value - centre) ** 2, 0) / 199 / 200);
  expect(found).toBeCloseTo(robust, 10);
  expect(found).toBeGreaterThan(1.5 * alone);
  const table = await analyse(await openTable(path), { seed: 1 });
  expect(found).toBeCloseTo(table.levels[0]?.level.item_stderr ?? NaN, 12);
});

test("a row that belongs to two clusters is refused", async () => {
  const lines = ["checkpoint,task,prompt,item,value,cluster", "m,t,a,i,1,x", "m,t,b,i,1,y"];
  await expect(analysed(lines)).rejects.toThrow("item i of t is of cluster x and of y; a row belongs to one");
});

test("cells that files lack are said as missing, and a difference is over the prompts that both have", async () => {
  const lines = ["checkpoint,stage,sft_task,task,prompt,item,value"];
  for (let i = 0; i < 30; i++) {
    for (const [p, prompt] of ["a", "b", "c"].entries()) {
      lines.push(`m,base,,t,${prompt},i${i},${Number(i % 3 === p)}`);
      // Prompt c, which is the best one, was given to the base alone.
      if (prompt !== "c") lines.push(`m,sft,u,t,${prompt},i${i},${Number(i % 3 === p)}`);
    }
    lines.push(`m,base,,t,d,i${i},1`);
  }
  const { imported, results } = await analysed(lines);
  expect(results.cells.filter(({ missing }) => missing !== undefined).map(({ prompt }) => prompt)).toEqual(["c", "d"]);
  expect(imported.unfinished).toBe(
    "Not in the imported files, or there with too few rows: 2 of 8 cells of t. A mean is over the prompts that its checkpoint has; a difference is over those that both have.",
  );
  expect(imported.comparisons[0]?.prompts.map(({ prompt }) => prompt)).toEqual(["a", "b"]);
  expect(imported.comparisons[0]?.level.change).toBe(0);
});

test("a difference is unbiased where the best prompts are missing, which the means of the cells that are there are not", async () => {
  // Each task is a study of its own: 8 prompts that differ by a SD of 0.15, 20 rows, a change of 0.1 under every
  // prompt.
  const [tasks, change] = [60, 0.1];
  const draw = randomStream(11, "missing prompts");
  const lines = ["checkpoint,stage,sft_task,task,prompt,item,value"];
  for (let t = 0; t < tasks; t++) {
    const eases = Array.from({ length: 8 }, () => 0.45 + 0.26 * (draw() + draw() + draw() - 1.5));
    const order = [...eases].sort((a, b) => b - a);
    for (const [p, ease] of eases.entries()) {
      // The better a prompt, the likelier the tuned checkpoint lacks it; two of each task are always there.
      const lacks = p > 1 && draw() < (order.indexOf(ease) < 4 ? 0.7 : 0.1);
      for (let i = 0; i < 20; i++) {
        lines.push(`m,base,,t${t},p${p},i${i},${Number(draw() < ease)}`);
        if (!lacks) lines.push(`m,sft,u,t${t},p${p},i${i},${Number(draw() < ease + change)}`);
      }
    }
  }
  const { imported } = await analysed(lines);
  const found = imported.comparisons.map(({ level }) => level.change);
  const means = (stage: string) => new Map(imported.levels.filter(({ checkpoint }) => (imported.checkpoints.find(({ name }) => name === checkpoint)?.stage ?? "") === stage).map(({ task, level }) => [task, level.mean])); // prettier-ignore
  const [before, after] = [means("base"), means("sft")];
  const naive = [...before].map(([task, mean]) => (after.get(task) ?? NaN) - mean);
  const z = (values: readonly number[]) => {
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
    return (centre - change) / Math.sqrt(variance / values.length);
  };
  expect(found).toHaveLength(tasks);
  expect(Math.abs(z(found))).toBeLessThan(2.5);
  expect(z(naive)).toBeLessThan(-2.5);
}, 120_000);

test("a table with partial prompts keeps the same rows and prompts, read directly or imported, and says what is left out", async () => {
  // Two prompts broke off at 25 of 40 rows, others lack a row; checkpoint c never had the last one.
  const lines = ["checkpoint,task,prompt,item,value"];
  for (const [k, checkpoint] of ["a", "b", "c"].entries()) {
    for (let p = 0; p < 6; p++) {
      for (let i = 0; i < (p < 4 ? 40 : 25); i++) {
        if ((checkpoint === "c" && p === 5) || (p === 0 && i === 39) || (p === 1 && i === 38)) continue;
        lines.push(`${checkpoint},t,p${p},i${i},${Number((i * (p + 2) + k) % 3 === 0)}`);
      }
    }
  }
  const { path, imported } = await analysed(lines);
  const table = await analyse(await openTable(path), { seed: 1 });
  const kept = ({ levels }: typeof table) => levels.map(({ checkpoint, prompts, items, level }) => [checkpoint, prompts.length, items, level.mean]); // prettier-ignore
  expect(kept(table)).toEqual(kept(imported));
  expect(kept(table).map(([, prompts, items]) => [prompts, items])).toEqual([[4, 38], [4, 38], [4, 38]]); // prettier-ignore
  expect(table.limits.map(({ what, why }) => `${what}: ${why}`)).toContain(
    "figures over all rows and cells: figures are over the 38 of 40 rows that every kept cell has; 5 of 17 cells lack rows of these and are left out; 1 of 18 cells is not in the table",
  );
});
