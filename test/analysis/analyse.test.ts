/** Tests a whole study through the analysis: what is claimed, what is not, and that the document is as published. */

import { describe, expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import type { Analysis } from "../../src/analysis/document/document.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { isAnalysis } from "../../src/analysis/document/schema.js";
import { gridMoments } from "../../src/statistics/moments.js";
import { varianceComponents } from "../../src/statistics/variance-components.js";
import { allFigures } from "../../src/reports/figures/all-figures.js";
import { csvTables } from "../../src/reports/formats/csv.js";
import { renderAnalysis } from "../../src/reports/terminal/analysis-terminal.js";
import { type StudyShape, syntheticStudy } from "./study.js";
import { scoreGrid } from "../support/score-grid.js";
import { promptSd } from "../support/prompt-sd.js";

const analysed = (shape: StudyShape) => analyse(readStudy(syntheticStudy(shape)), { seed: 1 });
const asJson = (analysis: Analysis) => JSON.parse(JSON.stringify(analysis)) as unknown;

describe("a base and its SFT checkpoint, 24 prompts x 150 rows", async () => {
  const shape = {
    prompts: 24,
    items: 150,
    checkpoints: { base: { sd: 0.2, mean: 0.3 }, "base-mnli": { sd: 1.2, mean: 0.5 } },
    tasks: ["mnli_matched", "paws", "rte"],
  };
  const study = syntheticStudy(shape);
  const analysis = await analyse(readStudy(study), { seed: 1 });

  test("the document fits its schema", () => {
    expect(isAnalysis(asJson(analysis)), JSON.stringify(isAnalysis.errors)).toBe(true);
  });

  test("levels and SDs are those of the scores", async () => {
    const rows = await Promise.all(
      analysis.tasks[0]?.prompts.map(({ id }) => study.rows("base", "mnli_matched", id)) ?? [],
    );
    const moments = gridMoments(scoreGrid(rows.map((cell) => cell?.map((row) => row.metrics["acc"] ?? NaN) ?? [])));
    const components = varianceComponents(moments);
    const level = analysis.levels.find(({ checkpoint, task }) => checkpoint === "base" && task === "mnli_matched");
    expect(level?.sensitivity.probability?.components?.prompt).toBe(components?.prompt);
    expect(level?.sensitivity.probability?.corrected_sd).toBeCloseTo(
      (components && promptSd(components).corrected) ?? NaN,
      12,
    );
    expect(level?.prompts.map(({ mean }) => mean)).toEqual([...moments.means]);
    expect(level?.items).toBe(150);
  });

  test("a sixfold SD in logits is seen, in words as well, with what the design can see", () => {
    expect(analysis.comparisons.map(({ verdict }) => verdict)).toEqual(["rose", "rose", "rose"]);
    const [first] = analysis.sentences;
    expect(first?.text).toMatch(
      /^After SFT on mnli \(base to base-mnli\) scores on mnli_matched depend more on the prompt/,
    );
    expect(first?.text).toMatch(/24 prompts x 150 rows.*95 % .* to .*p [<=].*Holm [<=].*this design sees/);
  });

  test("a prompt's interval is never without width: 24 rows all right may be luck", () => {
    for (const { prompts } of analysis.levels) {
      for (const { mean, interval } of prompts) {
        expect(interval?.low).toBeLessThan(mean + 1e-9);
        expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeGreaterThan(0.02);
      }
    }
  });

  test("Holm is over the tasks of the pair", () => {
    const p = analysis.comparisons.map(({ level }) => level.p as number).sort((a, b) => a - b);
    const adjusted = analysis.comparisons.map(({ level }) => level.p_holm as number).sort((a, b) => a - b);
    expect(adjusted[0]).toBeCloseTo(Math.min(1, 3 * (p[0] as number)), 12);
  });

  test("tasks of one family share their wordings, and are not pooled", () => {
    expect(analysis.pooled).toEqual([]);
    expect(analysis.limits.map(({ what }) => what)).toContain("change over all tasks together");
    expect(analysis.transfer[0]?.cells.map(({ relation }) => relation)).toEqual([
      "trained",
      "same family",
      "same family",
    ]);
  });

  test("POSIX, flips, axes and the split by what was seen are there", () => {
    const [level] = analysis.levels;
    expect(level?.posix).toBeGreaterThan(0);
    expect(level?.answers?.flip_rate).toBeGreaterThan(0);
    expect(level?.axes?.terms.map(({ term }) => term)).toContain("wording");
    expect(level?.seen?.prompts).toBe(1);
    expect(level?.unseen?.prompts).toBe(23);
    expect(analysis.comparisons[0]?.flips?.across).toBeGreaterThan(0);
  });

  test("the same data give the same document", async () => {
    expect(asJson(await analyse(readStudy(syntheticStudy(shape)), { seed: 1 }))).toEqual(asJson(analysis));
  });

  test("the terminal shows the pair and the sentences", () => {
    const text = renderAnalysis(analysis);
    expect(text).toContain("base → base-mnli");
    expect(text).toContain("cannot be separated from what its seed did");
  });
});

test("with nothing but the mean moved no robustness is claimed", async () => {
  const { comparisons } = await analysed({
    prompts: 24,
    items: 200,
    checkpoints: { base: { sd: 0.4, mean: 0 }, "base-mnli": { sd: 0.4, mean: 2.5 } },
    tasks: ["mnli_matched"],
  });
  expect(comparisons[0]?.verdict).not.toBe("rose");
  expect(comparisons[0]?.verdict).not.toBe("fell");
});

test("five prompts are too few to test, and that is said", async () => {
  const { comparisons, limits } = await analysed({
    prompts: 5,
    items: 40,
    checkpoints: { base: { sd: 0.1, mean: 0 }, "base-mnli": { sd: 3, mean: 0 } },
    tasks: ["rte"],
  });
  expect(comparisons[0]?.verdict).toBe("not testable");
  expect(limits.map(({ why }) => why).join()).toMatch(/5 wordings; fewer than 6/);
});

test("one prompt on one row still makes a document", async () => {
  const analysis = await analysed({
    prompts: 1,
    items: 1,
    checkpoints: { base: { sd: 0, mean: 0 }, "base-mnli": { sd: 0, mean: 0 } },
    tasks: ["rte"],
  });
  expect(isAnalysis(asJson(analysis)), JSON.stringify(isAnalysis.errors)).toBe(true);
  expect(analysis.levels[0]?.sensitivity.probability).toBeNull();
});

test("trends need three checkpoints with steps; agreement is over all of a stage", async () => {
  const analysis = await analysed({
    prompts: 8,
    items: 60,
    checkpoints: {
      a: { sd: 0.5, mean: -1, step: 1000 },
      b: { sd: 0.5, mean: 0, step: 2000 },
      c: { sd: 0.5, mean: 1, step: 4000 },
      "a-mnli": { sd: 0.5, mean: 0, step: 1000 },
      "b-mnli": { sd: 0.5, mean: 1, step: 2000 },
      "c-mnli": { sd: 0.5, mean: 2, step: 4000 },
    },
    tasks: ["mnli_matched"],
  });
  const level = analysis.trends.find(({ sft_task, quantity }) => sft_task === null && quantity === "level");
  expect(level?.points.map(({ step }) => step)).toEqual([1000, 2000, 4000]);
  expect(level?.slope).toBeGreaterThan(0);
  expect(level).toMatchObject({ unit: 1000, p: null, withheld: expect.stringContaining("fewer than 5") as string });
  expect(analysis.agreement.map(({ sft_task, checkpoints }) => [sft_task, checkpoints.length])).toEqual([
    [null, 3],
    ["mnli", 3],
  ]);
  expect(analysis.agreement.map(({ p }) => p)).toEqual([null, null]);
  expect(analysis.groups?.changes.map(({ base }) => base)).toEqual(["a", "b", "c"]);
  expect(isAnalysis(asJson(analysis)), JSON.stringify(isAnalysis.errors)).toBe(true);
});

test("the order of prompts is compared within runs that have several checkpoints, else between models", async () => {
  const named = (names: readonly string[]) => {
    const checkpoints = Object.fromEntries(names.map((name) => [name, { sd: 2, mean: 0 }]));
    const study = syntheticStudy({ prompts: 6, items: 20, checkpoints, tasks: ["rte"] });
    const places = study.results.checkpoints.map((one) => ({ ...one, spec: one.name }));
    return analyse(readStudy({ ...study, results: { ...study.results, checkpoints: places } }), { seed: 1 });
  };
  const runs = await named(["x@1", "x@2", "y@1", "y@2", "y@3"]);
  expect(runs.agreement.map(({ run, checkpoints }) => [run, checkpoints.length])).toEqual([
    ["x", 2],
    ["y", 3],
  ]);
  // Checkpoints of one training are no independent ones: no p, and no sentence of one.
  expect(runs.agreement.map(({ p }) => p)).toEqual([null, null]);
  expect(runs.sentences.map(({ text }) => text).join("\n")).not.toContain("Kendall");
  const models = await named(["x", "y"]);
  expect(models.agreement).toMatchObject([{ run: null, checkpoints: ["x", "y"], p: expect.any(Number) as number }]);
  expect(models.sentences.map(({ text }) => text).join("\n")).toMatch(
    /2 checkpoints \(\S+, \S+\) .* on these rows of rte/,
  );
});

test("a run that tells tokens alone has the same trends along tokens, and none along steps", async () => {
  const at = (place: (k: number) => { readonly step?: number; readonly tokens?: number }) =>
    Object.fromEntries([1, 2, 4, 6, 9, 12, 16].map((k) => [`c${k}`, { sd: 0.3, mean: k / 5 - 1.5, ...place(k) }]));
  const shape = { prompts: 8, items: 60, tasks: ["mnli_matched"] };
  const inSteps = await analysed({ ...shape, checkpoints: at((k) => ({ step: 1000 * k })) });
  const inTokens = await analysed({ ...shape, checkpoints: at((k) => ({ tokens: 10e9 * k })) });
  expect(isAnalysis(asJson(inTokens)), JSON.stringify(isAnalysis.errors)).toBe(true);
  expect(inTokens.trends.length).toBeGreaterThan(1);
  inTokens.trends.forEach((trend, i) => {
    const like = inSteps.trends[i];
    expect(like).toMatchObject({ quantity: trend.quantity, run: trend.run, unit: 10_000 });
    expect(like).not.toHaveProperty("axis");
    expect(trend).toMatchObject({ axis: "tokens", unit: 100e9, withheld: like?.withheld });
    expect(trend.points.map(({ step, tokens, value }) => [step, tokens, value])).toEqual(
      like?.points.map(({ step, value }) => [null, 10e6 * (step ?? NaN), value]),
    );
    expect(trend.slope).toBeCloseTo(like?.slope ?? NaN, 10);
    expect(trend.p ?? -1).toBeCloseTo(like?.p ?? -1, 10);
  });
  const level = inTokens.sentences.find(({ kind }) => kind === "trend")?.text;
  expect(level).toMatch(/^Along 7 checkpoints of .+ rises \(\+\S+ for 100B tokens, /);
  const figures = [...allFigures(inTokens)].filter(({ svg }) => svg.includes("of pre-training (not to scale)"));
  expect(figures.map(({ name }) => name)).toContain("training-level-tokens");
  expect(figures.every(({ svg }) => svg.includes(">tokens of pre-training (not to scale)<"))).toBe(true);
  expect(figures[0]?.svg).toContain(">160B<");
  const trends =
    csvTables(inTokens)
      .find(({ name }) => name === "trends")
      ?.text.split("\n") ?? [];
  expect(trends[0]).toContain("step,tokens,value");
  expect(trends[1]).toContain(",c1,,10000000000,");
});

test("checkpoints of a run with steps and of one with tokens alone are in no common series", async () => {
  const one = (step: number) => ({ sd: 0.5, mean: 0, step });
  const other = (tokens: number) => ({ sd: 0.5, mean: 0, tokens });
  const analysis = await analysed({
    prompts: 4,
    items: 30,
    checkpoints: { a: one(1000), b: one(2000), x: other(1e9), y: other(2e9) },
    tasks: ["rte"],
  });
  expect(analysis.trends).toEqual([]);
});
