/** Several fine-tunings of one arm: what is the seed's and what is the tuning's. */

import { expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { isAnalysis } from "../../../src/analysis/document/schema.js";
import { readRowTable } from "../../../src/analysis/read/read-row-table.js";
import { randomStream } from "../../../src/base/random.js";
import { parseRowTable } from "../../../src/importers/row-table.js";
import { csvTables } from "../../../src/reports/formats/csv.js";
import { markdownReport } from "../../../src/reports/formats/markdown.js";
import { renderAnalysis } from "../../../src/reports/terminal/analysis-terminal.js";
import { viewLabel, Views } from "../../../src/reports/view.js";

const HEADER = ["checkpoint", "step", "stage", "sft_task", "seed", "run", "task", "prompt", "item", "value"];

interface Run {
  readonly checkpoint?: string;
  readonly stage: "base" | "sft";
  readonly seed: string;
  readonly run?: string;
  readonly right: number;
  /** Whether rows are drawn anew; else a row is right where its place is low. */
  readonly draw?: string;
}

/** Writes a table of 12 prompts x 30 rows for each run. */
async function analysed(runs: readonly Run[], header = HEADER) {
  const lines = runs.flatMap(({ checkpoint = "model", stage, seed, run = "", right, draw }) => {
    const random = randomStream("replicates", draw ?? "");
    return Array.from({ length: 12 * 30 }, (_, at) => {
      const [p, i] = [at % 12, Math.floor(at / 12)];
      const value = Number(random() < right + 0.02 * (p - 5.5));
      return [
        checkpoint,
        "1",
        stage,
        stage === "sft" ? "task" : "",
        seed,
        run,
        "task",
        `p${p}`,
        String(i),
        String(value),
      ];
    });
  });
  const table = { header, unit: "row" as const, lines: lines.map((values, line) => ({ values, line: line + 2 })) };
  return analyse(readRowTable(await parseRowTable(table, "table.csv"), "table.csv"), { seed: 1 });
}

const BASE: Run = { stage: "base", seed: "", right: 0.3, draw: "base" };
const tuned = (seed: string, right: number): Run => ({ stage: "sft", seed, right, draw: `seed ${seed}` });

test("seeds of a column are replicates of one arm, each with a comparison of its own", async () => {
  const analysis = await analysed([BASE, tuned("1", 0.55), tuned("2", 0.6), tuned("7", 0.7)]);
  const names = ["model+task seed 1", "model+task seed 2", "model+task seed 7"];
  expect(analysis.comparisons.map(({ base, sft }) => [base, sft])).toEqual(names.map((name) => ["model", name]));
  const [one, ...others] = analysis.replicates;
  expect(others).toEqual([]);
  expect(one).toMatchObject({ arm: "model+task", base: "model", sft_task: "task", step: 1, task: "task" });
  const changes = analysis.comparisons.map(({ level }) => level.change);
  expect(one?.seeds.map(({ seed, sft, level }) => [seed, sft, level])).toEqual(
    names.map((name, k) => [["1", "2", "7"][k], name, changes[k]]),
  );
  const mean = changes.reduce((sum, change) => sum + change, 0) / 3;
  const sd = Math.sqrt(changes.reduce((sum, change) => sum + (change - mean) ** 2, 0) / 2);
  expect(one?.level.change).toBeCloseTo(mean, 12);
  expect(one?.level.sd).toBeCloseTo(sd, 12);
  // Student's interval of three seeds alone is inside: t(.975; 2) = 4.302653.
  expect((one?.level.interval?.high ?? 0) - mean).toBeGreaterThan((4.302653 * sd) / Math.sqrt(3));
  // By scipy 1.17.1, chi2.ppf(.975, 2) = 7.377759.
  expect(one?.level.sd_interval.low).toBeCloseTo(sd * Math.sqrt(2 / 7.377759), 6);
  expect(one?.level.seed_share).toBeGreaterThan(0);
  expect(one?.level.p).toBeGreaterThan(analysis.comparisons[0]?.level.p ?? 1);
});

test("every output says what the seed does", async () => {
  const analysis = await analysed([BASE, tuned("1", 0.6), tuned("2", 0.6), tuned("3", 0.62)]);
  const sentence = analysis.sentences.find(({ kind }) => kind === "replicates")?.text ?? "";
  expect(sentence).toMatch(/^Over 3 seeds of SFT on task \(model\+task\) .* SD between seeds 0\.\d{3} \(95 % /);
  expect(renderAnalysis(analysis)).toContain("Over seeds");
  const labels = new Views(analysis).all.map(viewLabel);
  expect(new Set(labels).size).toBe(labels.length);
  expect(markdownReport(analysis)).toContain("## Over seeds");
  const csv = csvTables(analysis).find(({ name }) => name === "replicates")?.text ?? "";
  expect(csv.trim().split(/\r?\n/)).toHaveLength(5);
  expect(analysis.limits.filter(({ what }) => what.startsWith("what is the seed's"))).toEqual([]);
});

test("checkpoints of one name in several runs are replicates, each with the base of its run", async () => {
  const runs = ["r1", "r2", "r3"].flatMap((run): Run[] => [
    { ...BASE, run, draw: `base ${run}` },
    { ...tuned("", 0.6), run, draw: run },
  ]);
  const analysis = await analysed(runs);
  const own = analysis.checkpoints.filter(({ stage }) => stage === "sft");
  expect(own.map(({ name, base, run, seed, arm }) => [name, base, run, seed, arm])).toEqual(
    ["r1", "r2", "r3"].map((run) => [`model+task run ${run}`, `model run ${run}`, run, run, "model+task"]),
  );
  expect(analysis.levels).toHaveLength(6);
  const [one, ...others] = analysis.replicates;
  expect(others).toEqual([]);
  expect(one).toMatchObject({ arm: "model+task", base: null, of: "run", seeds: [{ seed: "r1" }, {}, {}] });
  const changes = analysis.comparisons.map(({ level }) => level.change);
  expect(one?.level.change).toBeCloseTo(changes.reduce((sum, change) => sum + change, 0) / 3, 12);
  const said = analysis.sentences.find(({ kind }) => kind === "replicates")?.text ?? "";
  expect(said).toMatch(/^Over 3 training runs with SFT on task \(model\+task\) .* for new runs, wordings and rows; /);
  expect(said).toMatch(/SD between runs 0\.\d{3}.* standard error is the runs'/);
  expect(renderAnalysis(analysis)).toMatch(/Over runs\n.* for new runs, wordings and rows/);
  expect(markdownReport(analysis)).toContain("## Over runs");
  expect(isAnalysis(JSON.parse(JSON.stringify(analysis))), JSON.stringify(isAnalysis.errors)).toBe(true);
});

test("runs of other names are other models, and seeds within runs are replicates within each", async () => {
  const models = await analysed([
    { ...BASE, run: "small", checkpoint: "small" },
    { ...tuned("", 0.6), run: "small", checkpoint: "small" },
    { ...BASE, run: "large", checkpoint: "large" },
    { ...tuned("", 0.6), run: "large", checkpoint: "large" },
  ]);
  expect(models.replicates).toEqual([]);
  const nested = await analysed(
    ["r1", "r2"].flatMap((run) => [
      { ...BASE, run },
      { ...tuned("1", 0.6), run },
      { ...tuned("2", 0.7), run },
    ]),
  );
  expect(nested.replicates.map(({ arm, of, seeds }) => [arm, of, seeds.map(({ seed }) => seed)])).toEqual([
    ["model+task run r1", "seed", ["1", "2"]],
    ["model+task run r2", "seed", ["1", "2"]],
  ]);
});

test("one fine-tuning an arm is said once for all tasks", async () => {
  const { limits, replicates } = await analysed([BASE, tuned("", 0.6)]);
  expect(replicates).toEqual([]);
  expect(limits.filter(({ what }) => what.startsWith("what is the seed's"))).toEqual([
    {
      what: "what is the seed's and what is the tuning's",
      why: "there is one SFT checkpoint of each base and task; it takes several seeds to tell them apart",
      task: null,
      checkpoint: null,
    },
  ]);
});

test("checkpoints named apart are replicates by their seeds, and one seed twice is none", async () => {
  const named = (checkpoint: string, seed: string): Run => ({ ...tuned(seed, 0.6), checkpoint });
  const apart = await analysed([BASE, named("a", "1"), named("b", "2")]);
  expect(apart.replicates.map(({ arm, seeds }) => [arm, seeds.map(({ sft }) => sft)])).toEqual([
    ["model+task", ["a", "b"]],
  ]);
  const twice = await analysed([BASE, named("a", "1"), named("b", "1")]);
  expect(twice.replicates).toEqual([]);
  expect(twice.limits.map(({ why }) => why)).toContain(
    "two checkpoints of model+task have one seed; none is a replicate",
  );
});

test("a base with the same seeds is paired by them, one with others is averaged", async () => {
  const base = (seed: string): Run => ({ ...BASE, seed, draw: `base ${seed}` });
  const same = await analysed([base("1"), base("2"), tuned("1", 0.6), tuned("2", 0.6)]);
  expect(same.comparisons.map((one) => [one.base, one.sft])).toEqual([
    ["model seed 1", "model+task seed 1"],
    ["model seed 2", "model+task seed 2"],
  ]);
  expect(same.replicates[0]).toMatchObject({ arm: "model+task", base: null });
  const other = await analysed([base("1"), base("2"), tuned("3", 0.6), tuned("4", 0.6)]);
  expect(other.comparisons.map((one) => [one.base, one.sft])).toEqual([["model", "model+task"]]);
  expect(other.limits.map(({ why }) => why)).toContain(
    "the seeds of model are not those of model+task: their scores are averaged",
  );
});

test("scores that repeat one checkpoint are averaged, as of shots drawn anew", async () => {
  const { checkpoints, levels } = await analysed([
    { ...BASE, seed: "1", draw: "x" },
    { ...BASE, seed: "2", draw: "y" },
  ]);
  expect(checkpoints.map(({ name }) => name)).toEqual(["model"]);
  expect(levels).toHaveLength(1);
});

test("a score with a seed beside one without is refused", async () => {
  await expect(analysed([BASE, { ...BASE, seed: "1" }])).rejects.toThrow(
    "table.csv: model on task: item 0 under prompt p0 has a score with a seed and one without",
  );
});
