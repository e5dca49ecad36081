import { describe, expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { readStudy } from "../../../src/analysis/read/read-study.js";
import { wilsonInterval } from "../../../src/statistics/distributions.js";
import { isAnalysis } from "../../../src/analysis/document/schema.js";
import type { AnalysedTask } from "../../../src/analysis/document/document.js";
import { quantileTable } from "../../../src/reports/page/order-table.js";
import { type TaskView, type View, Views } from "../../../src/reports/view.js";
import { csvTables } from "../../../src/reports/formats/csv.js";
import { renderAnalysis } from "../../../src/reports/terminal/analysis-terminal.js";
import { type StudyShape, syntheticStudy } from "../study.js";

const analysed = (shape: Omit<StudyShape, "tasks">) =>
  analyse(readStudy(syntheticStudy({ tasks: ["rte"], ...shape })), { seed: 1 });
const alike = (names: readonly string[], sd = 0.3) => Object.fromEntries(names.map((name) => [name, { sd, mean: 0 }]));

describe("three checkpoints, 24 wordings x 100 rows", async () => {
  const analysis = await analysed({
    prompts: 24,
    items: 100,
    checkpoints: { a: { sd: 1.2, mean: 0 }, b: { sd: 1.2, mean: 0.1 }, "a-mnli": { sd: 0.2, mean: 3 } },
  });
  const order = (first: string, second: string) =>
    analysis.orders.find((one) => one.first === first && one.second === second);

  test("all pairs stand in the document, an SFT checkpoint after its base", () => {
    expect(analysis.orders.map(({ first, second }) => `${first} ${second}`).sort()).toEqual([
      "a a-mnli",
      "a b",
      "b a-mnli",
    ]);
    expect(isAnalysis(JSON.parse(JSON.stringify(analysis))), JSON.stringify(isAnalysis.errors)).toBe(true);
  });

  test("higher, lower and equal prompts are those of the stored means", () => {
    const means = (name: string) => analysis.levels.find(({ checkpoint }) => checkpoint === name)?.prompts ?? [];
    const own = order("a", "b");
    const higher = means("b").filter(({ mean }, p) => mean > (means("a")[p]?.mean ?? NaN)).length;
    const equal = means("b").filter(({ mean }, p) => mean === means("a")[p]?.mean).length;
    expect([own?.higher, own?.lower, own?.equal]).toEqual([higher, 24 - higher - equal, equal]);
  });

  test("two of equal means are reversed by a change of wording, in words as well", () => {
    expect(order("a", "b")?.reversal_interval?.low).toBeGreaterThan(0.1);
    const said = analysis.sentences.filter(({ kind }) => kind === "ranking").map(({ text }) => text);
    expect(said.join("\n")).toMatch(/Which of a and b scores higher on rte depends on the wording: b does under/);
    expect(said.join("\n")).toMatch(/a-mnli scores higher than a on rte under most wordings \(2\d of 24 prompts\)/);
    expect(said.join("\n")).not.toMatch(/a-mnli scores higher than b/);
  });

  test("quantiles rise, and hold the median of the prompts", () => {
    for (const { quantiles, range } of analysis.levels) {
      expect(quantiles.values.map(({ at }) => at)).toEqual([0.05, 0.25, 0.5, 0.75, 0.95]);
      const values = quantiles.values.map(({ value }) => value);
      expect(values).toEqual([...values].sort((a, b) => Number(a) - Number(b)));
      const middle = quantiles.values[2]?.interval;
      expect(middle?.low).toBeLessThanOrEqual(range.median);
      expect(middle?.high).toBeGreaterThanOrEqual(range.median);
    }
  });

  test("the terminal and CSV hold the same figures", () => {
    const reversal = order("a", "b")?.reversal ?? NaN;
    const line =
      renderAnalysis(analysis)
        .split("\n")
        .find((text) => text.includes("b against a ")) ?? "";
    expect(line).toContain(` ${reversal.toFixed(3)} [`);
    const tables = new Map(csvTables(analysis).map(({ name, text }) => [name, text]));
    expect(tables.get("orders")).toContain(String(reversal));
    expect(tables.get("quantiles")?.trim().split("\r\n")).toHaveLength(1 + 3 * 5);
  });
});

test("below twelve wordings neither quantiles nor reversals are given, and the reason is", async () => {
  const { levels, orders, limits } = await analysed({ prompts: 11, items: 40, checkpoints: alike(["a", "b"]) });
  expect(levels[0]?.quantiles).toEqual({ values: [], withheld: "11 wordings; fewer than 12 say too little of others" });
  expect(orders[0]).toMatchObject({
    share: null,
    reversal: null,
    withheld: expect.stringMatching(/^11 wordings/) as string,
  });
  expect((orders[0]?.higher ?? 0) + (orders[0]?.lower ?? 0) + (orders[0]?.equal ?? 0)).toBe(11);
  expect(limits.map(({ what }) => what)).toContain("quantiles over wordings");
});

test("an order whose limit leaves everything open is withheld with the reason, in every output", async () => {
  const analysis = await analysed({ prompts: 12, items: 24, checkpoints: alike(["a", "b"], 0) });
  const [order] = analysis.orders;
  expect(order).toMatchObject({ higher: 3, lower: 6, share: null, reversal: null, reversal_interval: null });
  expect(order?.withheld).toMatch(/^these wordings and rows leave it open/);
  expect(analysis.limits.map(({ why }) => why)).toContain(order?.withheld);
  const csv = csvTables(analysis).find(({ name }) => name === "orders")?.text;
  expect(csv).toContain(`,,,,,,,${order?.withheld}`);
  expect(renderAnalysis(analysis)).not.toMatch(/[≥≤] (0\.000|0\.500|1\.000)/);
});

test("two that score the same under every prompt have no order that a wording could reverse", async () => {
  const right = { sd: 0, mean: 60 };
  const { orders, sentences } = await analysed({ prompts: 12, items: 20, checkpoints: { a: right, b: right } });
  expect(orders).toMatchObject([
    { higher: 0, lower: 0, equal: 12, reversal: null, withheld: "the two score the same under every prompt" },
  ]);
  expect(sentences.filter(({ kind }) => kind === "ranking")).toEqual([]);
});

test("of more than eight checkpoints only pairs of base and SFT are compared", async () => {
  const names = Array.from({ length: 8 }, (_, k) => `m${k}`);
  const { orders, limits } = await analysed({ prompts: 12, items: 10, checkpoints: alike([...names, "m0-mnli"]) });
  expect(orders.map(({ first, second }) => [first, second])).toEqual([["m0", "m0-mnli"]]);
  expect(limits.map(({ why }) => why)).toContain("only up to 8 checkpoints of a task are compared in all pairs");
});

test("quantiles of prompts that answer all rows right have a width, that of the mean", async () => {
  const analysis = await analysed({ prompts: 12, items: 40, checkpoints: { a: { sd: 0, mean: 60 } } });
  const [level] = analysis.levels;
  expect(level?.level.mean).toBe(1);
  expect(level?.quantiles.values).toHaveLength(5);
  for (const { value, interval } of level?.quantiles.values ?? []) {
    expect(value).toBeCloseTo(1, 3);
    expect([interval?.low, interval?.high]).toEqual([wilsonInterval(1, 40).low, 1]);
  }
});

test("a quantile whose interval spans nearly all that is possible is withheld with the reason, in every output", async () => {
  const analysis = await analysed({ prompts: 12, items: 20, checkpoints: { a: { sd: 3, mean: -5 } } });
  const [level] = analysis.levels;
  const { values = [], withheld } = level?.quantiles ?? {};
  const open = values.filter(({ value }) => value === null);
  expect(open.map(({ at }) => at)).toEqual([0.95]);
  for (const { interval } of values.filter(({ value }) => value !== null)) {
    expect((interval?.high ?? 1) - (interval?.low ?? 0)).toBeLessThanOrEqual(0.95);
  }
  expect(open[0]?.interval).toBeNull();
  expect(withheld).toBe("95 %: these wordings and rows leave it open: the interval spans nearly all that is possible");
  expect(analysis.limits.map(({ what, why }) => `${what}: ${why}`)).toContain(`quantiles over wordings: ${withheld}`);
  expect(isAnalysis(JSON.parse(JSON.stringify(analysis))), JSON.stringify(isAnalysis.errors)).toBe(true);
  expect(renderAnalysis(analysis)).toMatch(/^ *a +rte +0\.000 \[[^\]]*\] .* – *$/m);
  const csv = csvTables(analysis).find(({ name }) => name === "quantiles")?.text ?? "";
  expect(csv.trim().split("\r\n").at(-1)).toMatch(/^a,rte,0\.95,,,/);
  const views = new Views(analysis);
  const panel = quantileTable(views.taskView(views.all[0] as View, analysis.tasks[0] as AnalysedTask) as TaskView);
  expect(panel?.text).toContain("“–”: 95 %: these wordings and rows leave it open");
});
