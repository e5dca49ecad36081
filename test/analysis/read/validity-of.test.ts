/** Tests what has to be known of how rows were asked and answered. */

import { expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { readStudy } from "../../../src/analysis/read/read-study.js";
import { latexReport } from "../../../src/reports/formats/latex.js";
import { markdownReport } from "../../../src/reports/formats/markdown.js";
import { answer } from "../../../src/reports/page/answer.js";
import { renderAnalysis } from "../../../src/reports/terminal/analysis-terminal.js";
import { renderSummary } from "../../../src/reports/terminal/terminal-summary.js";
import { type View, Views } from "../../../src/reports/view.js";
import { cellRecord } from "../../../src/store/build-results.js";
import type { StudyData } from "../../../src/store/study-data.js";
import { syntheticStudy } from "../study.js";

const study = syntheticStudy({ prompts: 3, items: 10, tasks: ["rte"], checkpoints: { base: { sd: 1, mean: 0 } } });

/**
 * Holds the study, interrupted, with two shots dropped of every row but one, and an empty text where no label was
 * given.
 */
const spoilt: StudyData = {
  ...study,
  results: { ...study.results, status: "interrupted" },
  rows: async (checkpoint, task, prompt) =>
    (await study.rows(checkpoint, task, prompt))?.map((row, i) => ({
      ...row,
      shots_dropped: i === 0 ? 0 : 2,
      generated: i === 1 ? " \n" : "yes",
    })),
};

test("dropped shots, empty texts and an interrupted run are said in every output", async () => {
  const analysis = await analyse(readStudy(spoilt), { seed: 1 });
  const views = new Views(analysis);
  const [view] = views.all as [View];
  const outputs = {
    summary: renderSummary(analysis, 400, undefined),
    analyze: renderAnalysis(analysis),
    md: markdownReport(analysis),
    tex: latexReport(analysis),
    html: answer(analysis, spoilt.results, view, views.taskViews()).toString(),
  };
  for (const [name, text] of Object.entries(outputs)) {
    expect(text, name).toMatch(/in 27 of 30 row scores shots were dropped .* 4 were asked for, the median shown is 2/);
    expect(text, name).toContain("in 3 of 30 row scores the generated text is empty");
    expect(text, name).toContain("The run was interrupted: what follows is of the 3 of 3 cells that are finished.");
  }
  const { summary } = outputs;
  expect(summary.indexOf("The run was interrupted")).toBeLessThan(summary.indexOf("the prompt makes a difference"));
});

test("a cell records the share of empty generated texts, and none where nothing is generated", async () => {
  const rows = (await spoilt.rows("base", "rte", "w0")) ?? [];
  const names = { checkpoint: "base", task: "rte", prompt: "w0" };
  expect(cellRecord(names, rows, 1, "0").empty).toBe(0.1);
  expect(cellRecord(names, (await study.rows("base", "rte", "w0")) ?? [], 1, "0")).not.toHaveProperty("empty");
});
