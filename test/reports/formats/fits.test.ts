import { expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { readStudy } from "../../../src/analysis/read/read-study.js";
import { allFigures } from "../../../src/reports/figures/all-figures.js";
import { columnBlocks, columnWidth, latexReport, latexText } from "../../../src/reports/formats/latex.js";
import { SyntheticStudy } from "../../support/synthetic-study.js";

const study = new SyntheticStudy({ tasks: ["rte", "paws"], steps: [1000, 738_000], sftTasks: ["paws"], prompts: 6, rows: 20 }); // prettier-ignore
const analysis = await analyse(readStudy(study), { seed: 42 });

test("columns that are too wide for the text stand in several blocks, each column once and in order", () => {
  const names = { head: "Task", cells: ["a_rather_long_name_of_a_task"] };
  const columns = Array.from({ length: 15 }, (_, i) => ({ head: `column ${i}`, cells: ["0.123 [0.045, 0.678]"] }));
  const blocks = columnBlocks(names, columns);
  expect(blocks.flat()).toEqual(columns);
  expect(blocks.length).toBeGreaterThan(2);
  for (const block of blocks) {
    const width = [names, ...block].reduce((sum, column) => sum + columnWidth(column), 0);
    // LaTeX's article class sets text 345 pt wide.
    expect(width).toBeLessThan(345);
  }
});

test("a LaTeX report needs no package but booktabs and no block has more than eight columns", () => {
  const text = latexReport(analysis);
  expect(text).not.toMatch(/\\text\{|\\resizebox|\\begin\{tabularx/);
  const columns = [...text.matchAll(/\\begin\{tabular\}\{l(r+)\}/g)].map(([, own]) => own?.length ?? 0);
  expect(columns.length).toBeGreaterThan(4);
  expect(Math.max(...columns)).toBeLessThanOrEqual(8);
});

test("a long word of a LaTeX text can be broken, with or without marks in it, and wide names are shorter", () => {
  for (const word of ["abcdefghij".repeat(18), "a_long_name_".repeat(15), "WM%".repeat(60), "x/".repeat(90)]) {
    const parts = latexText(`of ${word}: the mean`).split("\\allowbreak{}");
    for (const part of parts) expect(part.replaceAll(/\\/g, "").length, word).toBeLessThanOrEqual(25);
    expect(parts.join("").replaceAll("\\", "")).toBe(`of ${word}: the mean`);
  }
  expect(latexText("a usual_name, and words of a sentence")).not.toContain("allowbreak");
  const wide = { head: "Task", cells: ["W".repeat(12)] };
  expect(columnWidth(wide)).toBeGreaterThan(1.5 * columnWidth({ ...wide, cells: ["a".repeat(12)] }));
});

test("every figure file says its title, metric, rows and prompts", () => {
  let seen = 0;
  for (const { name, svg } of allFigures(analysis)) {
    const text = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, own]) => own).join(" ");
    expect(text, name).toMatch(/accuracy/);
    expect(text, name).toMatch(/n = 20 rows, 6 prompts/);
    expect(svg, name).toMatch(/font-weight="bold">[A-Z]/);
    seen++;
  }
  expect(seen).toBeGreaterThan(10);
});
