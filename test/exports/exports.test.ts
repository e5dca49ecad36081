/** Exports for other programs: each is read back, or read as its format says. */

import { existsSync, readFileSync } from "node:fs";
import { basename, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { analyse } from "../../src/analysis/analyse.js";
import { compareStudies } from "../../src/analysis/compare/compare-studies.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { exportEveryEvalEver } from "../../src/exports/every-eval-ever.js";
import { exportHuggingFace } from "../../src/exports/hugging-face.js";
import { exportInspect } from "../../src/exports/inspect.js";
import { exportMlflow } from "../../src/exports/mlflow.js";
import { importResults } from "../../src/importers/import.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { exportLmEval } from "../../src/store/export-lm-eval.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import "../support/in-this-thread.js";
import { smallStudy } from "../support/small-study.js";
import { runInFolder } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const LM_EVAL = join(import.meta.dirname, "../golden/import/lm-eval");

async function imported(kind: string, path: string) {
  const out = join(tempFolder(), "results");
  await importResults(kind, [path], out, {}, IMPORTERS);
  return openStudyData(out);
}

/** Runs three kinds of tasks, of which one is judged by another metric than acc. */
async function ownRun() {
  const spec = await writeTinyCheckpoint(join(tempFolder(), "tiny"));
  const folder = join(tempFolder(), "own");
  await runInFolder(folder, await smallStudy([{ name: "tiny", spec }]));
  return openStudyData(folder);
}

/** Leaves out axes that a prompt has no level on, for which Every Eval Ever has no value. */
function withoutNulls(prompts: Readonly<Record<string, object>>) {
  const own = Object.entries(prompts).map(([id, axes]) => [id, Object.fromEntries(Object.entries(axes).filter(([, level]) => level !== null))]); // prettier-ignore
  return Object.fromEntries(own) as Record<string, object>;
}

test.each([
  ["every-eval-ever", "own"],
  ["every-eval-ever", "imported"],
  ["lm-eval", "own"],
  ["lm-eval", "imported"],
  ["inspect", "own"],
  ["inspect", "imported"],
])("what is exported as %s of results that are %s is read back as it was", async (kind, origin) => {
  const study = origin === "own" ? await ownRun() : await imported("lm-eval", LM_EVAL);
  const folder = tempFolder();
  if (kind === "lm-eval") await exportLmEval(study, folder);
  // The pattern of inspect_ai's own list_eval_logs, which passes over other names.
  else if (kind === "inspect")
    for (const path of await exportInspect(study, folder))
      expect(basename(path)).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}[:-]\d{2}[:-]\d{2}.*$/);
  else await exportEveryEvalEver(study, await analyse(readStudy(study), { seed: 1 }), folder);
  const again = await imported(kind, folder);
  const { tasks, only } = await compareStudies(study, again);
  expect(only).toEqual({ a: { checkpoints: [], tasks: [] }, b: { checkpoints: [], tasks: [] } });
  expect(tasks.length).toBe(study.results.tasks.length);
  for (const { rows, prompts, cells, metric, only: alone } of tasks) {
    expect(metric.b).toBe(metric.a);
    expect(rows).toEqual({ common: rows?.a, a: rows?.a, b: rows?.a });
    expect(alone).toEqual({ a: [], b: [] });
    for (const prompt of prompts) expect(prompt).toMatchObject({ sameText: true, axes: [] });
    for (const cell of cells) {
      expect(cell).toMatchObject({ rows: rows?.a, otherScores: 0, difference: 0 });
      expect([0, null]).toContain(cell.logprobs);
      expect([0, null]).toContain(cell.otherAnswers);
    }
    expect(cells.length).toBe(prompts.length);
  }
  expect(tasks.some(({ cells }) => cells.some(({ logprobs, otherAnswers }) => logprobs === 0 && otherAnswers === 0))).toBe(true); // prettier-ignore
  const axes = ({ results }: typeof study) =>
    Object.fromEntries(results.tasks.flatMap(({ name, prompts }) => prompts.map(({ id, axes: own }) => [`${name} ${id}`, own]))); // prettier-ignore
  if (kind !== "lm-eval") expect(axes(again)).toMatchObject(withoutNulls(axes(study)));
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

test("MLflow's file store gets a run for each checkpoint, with the figures over prompts and the mean under each", async () => {
  const study = await imported("lm-eval", LM_EVAL);
  const analysis = await analyse(readStudy(study), { seed: 1 });
  const [level] = analysis.levels;
  const folder = tempFolder();
  const files = await exportMlflow(study.results, analysis, folder);
  const metas = files.filter((path) => path.endsWith("meta.yaml")).map((path) => parse(readFileSync(path, "utf8")) as Record<string, unknown>); // prettier-ignore
  expect(metas.map((meta) => meta["experiment_id"])).toEqual([
    metas[0]?.["experiment_id"],
    metas[0]?.["experiment_id"],
  ]);
  expect(metas[1]).toMatchObject({ run_name: "stories260K", status: 3, lifecycle_stage: "active", tags: [] });
  expect(files[0]).toBe(join(folder, "mlruns", String(metas[0]?.["experiment_id"]), "meta.yaml"));
  const metric = (name: string) => readFileSync(files.find((path) => path.endsWith(join("metrics", ...name.split("/")))) ?? "", "utf8").trim().split(" ").map(Number); // prettier-ignore
  const end = Date.parse(study.results.times.finished);
  expect(metric("sounds/mean")).toEqual([end, level?.level.mean, 0]);
  for (const { prompt, metrics } of study.results.cells) expect(metric(`sounds/prompt/${prompt}`)[1]).toBe(metrics?.["acc"]?.mean); // prettier-ignore
  await study.close();
});

test("names never lead out of a run of MLflow's file store", async () => {
  const study = await imported("lm-eval", LM_EVAL);
  const analysis = await analyse(readStudy(study), { seed: 1 });
  const rename = <T extends { readonly task?: string }>(one: T) => ({ ...one, task: ".." });
  const results = { ...study.results, tasks: study.results.tasks.map((task) => ({ ...task, name: ".." })), cells: study.results.cells.map(rename) }; // prettier-ignore
  const folder = tempFolder();
  const files = await exportMlflow(results, { levels: analysis.levels.map(rename) }, folder);
  const [experiment] = files.map((path) => path.slice(0, -"/meta.yaml".length));
  for (const path of files) expect(normalize(path).startsWith(`${experiment}`)).toBe(true);
  expect(files.some((path) => path.endsWith(join("metrics", "_", "mean")))).toBe(true);
  await study.close();
});

test("logs of inspect_ai are one for each prompt, and hold the answers with their scores", async () => {
  const study = await imported("lm-eval", LM_EVAL);
  const folder = tempFolder();
  const files = await exportInspect(study, folder);
  expect(files).toHaveLength(study.results.cells.length);
  const log = JSON.parse(readFileSync(files[0] as string, "utf8")) as {
    samples: { scores: object; choices: string[] }[];
  };
  const [row] = (await study.rows("stories260K", "sounds", study.results.cells[0]?.prompt ?? "")) ?? [];
  const [sample] = log.samples;
  expect(sample?.scores).toMatchObject({ acc: { value: row?.metrics["acc"], answer: sample?.choices[Number(row?.answer)] } }); // prettier-ignore
  await study.close();
});
