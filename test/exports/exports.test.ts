/** Exports for other programs: each is read back, or read as its format says. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { analyse } from "../../src/analysis/analyse.js";
import { compareStudies } from "../../src/analysis/compare/compare-studies.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { exportEveryEvalEver } from "../../src/exports/every-eval-ever.js";
import { exportHuggingFace } from "../../src/exports/hugging-face.js";
import { importResults } from "../../src/importers/import.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { exportLmEval } from "../../src/store/export-lm-eval.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import { tempFolder } from "../support/temp-folder.js";

const LM_EVAL = join(import.meta.dirname, "../golden/import/lm-eval");

async function imported(kind: string, path: string) {
  const out = join(tempFolder(), "results");
  await importResults(kind, [path], out, {}, IMPORTERS);
  return openStudyData(out);
}

test.each(["every-eval-ever", "lm-eval"])("what is exported as %s is read back as it was", async (kind) => {
  const study = await imported("lm-eval", LM_EVAL);
  const folder = tempFolder();
  if (kind === "lm-eval") await exportLmEval(study, folder);
  else await exportEveryEvalEver(study, await analyse(readStudy(study), { seed: 1 }), folder);
  const again = await imported(kind, folder);
  const { tasks, only } = await compareStudies(study, again);
  expect(only).toEqual({ a: { checkpoints: [], tasks: [] }, b: { checkpoints: [], tasks: [] } });
  expect(tasks.length).toBeGreaterThan(0);
  for (const { rows, prompts, cells, metric, only: alone } of tasks) {
    expect(metric.b).toBe(metric.a);
    expect(rows).toEqual({ common: rows.a, a: rows.a, b: rows.a });
    expect(alone).toEqual({ a: [], b: [] });
    for (const prompt of prompts) expect(prompt).toMatchObject({ sameText: true, axes: [] });
    for (const cell of cells) expect(cell).toMatchObject({ otherScores: 0, otherAnswers: 0, logprobs: 0, difference: 0 }); // prettier-ignore
    expect(cells.length).toBe(prompts.length);
  }
  const axes = (data: typeof study) => data.results.tasks.map((task) => task.prompts.map((prompt) => prompt.axes));
  if (kind === "every-eval-ever") expect(axes(again)).toEqual(axes(study));
  await study.close();
  await again.close();
});

test("the page of a model gets the mean, its interval and the range of the prompts; a file only for datasets of the Hub", async () => {
  const study = await imported("lm-eval", LM_EVAL);
  const analysis = await analyse(readStudy(study), { seed: 1 });
  const [level] = analysis.levels;
  const folder = tempFolder();
  const files = await exportHuggingFace(study.results, analysis, folder);
  const card = readFileSync(files[0] as string, "utf8");
  expect(card).toContain(`| ${level?.task} | ${level?.metric} | ${level?.prompts.length} | ${level?.items} | ${level?.level.mean.toFixed(3)} |`); // prettier-ignore
  expect(files).toHaveLength(1);
  const results = {
    ...study.results,
    tasks: study.results.tasks.map((task) => ({ ...task, eval_source: "org/rows" })),
  };
  const [, file = ""] = await exportHuggingFace(results, analysis, folder);
  expect(existsSync(file)).toBe(true);
  const [entry] = parse(readFileSync(file, "utf8")) as { dataset: object; value: number; date: string }[];
  expect(entry?.dataset).toEqual({ id: "org/rows", task_id: level?.task });
  expect(entry?.value).toBeCloseTo(100 * (level?.level.mean ?? NaN), 1);
  expect(entry?.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  await study.close();
});
