/**
 * Simulated studies through the whole path, few of each: sizes and coverages far from what is promised are seen. Full
 * tables are in docs/statistics-tables.md.
 */

import { describe, expect, test } from "vitest";
import { simulatedBoards } from "../../scripts/simulate-statistics/boards.js";
import { simulatedPools } from "../../scripts/simulate-statistics/pools.js";
import { simulatedSeeds } from "../../scripts/simulate-statistics/seeds.js";
import { simulatedTrends } from "../../scripts/simulate-statistics/trends.js";
import { simulated } from "../../scripts/simulate-statistics/study.js";
import { latentOf, layoutOf, type World } from "../../scripts/simulate-statistics/worlds.js";

const STUDIES = 20;
/** Studies that take longer. */
const FEW = 8;
const C: Omit<World, "name"> = {
  design: "C",
  prompts: 24,
  items: 40,
  means: [0.5, 0.5],
  sds: [0.5, 0.5],
  presentation: 0.6,
};

describe("24 wordings in two presentations that make most of the variance", async () => {
  const tally = await simulated({ ...C, name: "presentations" }, STUDIES, "test");

  test("nothing is called a change where nothing changed", () => {
    expect(tally.share("verdict")).toBeLessThanOrEqual(0.1);
    expect(tally.share("p SD over presentations")).toBeLessThanOrEqual(0.17);
  });

  test("intervals hold the truth", () => {
    expect(tally.share("SD prob.")).toBeGreaterThanOrEqual(0.87);
    expect(tally.share("mean change")).toBeGreaterThanOrEqual(0.83);
    expect(tally.share("contrast")).toBeGreaterThanOrEqual(0.83);
    expect(tally.share("reversal")).toBeGreaterThanOrEqual(0.83);
    expect(tally.share("quantiles")).toBeGreaterThanOrEqual(0.87);
  });
});

test("a run without a trend shows none, and one that rises much shows it", () => {
  const run = { checkpoints: 8, items: 50, mean: 0.5, wobble: [0.15, 0.2] as const, rho: 0.6 };
  const still = simulatedTrends({ ...run, name: "still" }, FEW, "test");
  expect(still.share("level")).toBeLessThanOrEqual(0.25);
  expect(still.share("SD")).toBeLessThanOrEqual(0.25);
  expect(still.share("slope")).toBeGreaterThanOrEqual(0.75);
  const rising = simulatedTrends({ ...run, name: "rising", wobble: [0, 0], rise: 2 }, 3, "test");
  expect(rising.share("level")).toBe(1);
});

test("a ratio over tasks holds the truth, and nothing is called a change where nothing changed", async () => {
  const tally = await simulatedPools({ name: "pool", tasks: 3, sd: 0.4, ratio: 1, gain: 0.2 }, FEW, "test");
  expect(tally.share("p ratio")).toBeLessThanOrEqual(0.25);
  expect(tally.share("ratio, logit")).toBeGreaterThanOrEqual(0.75);
});

test("a change that is large is seen", async () => {
  const tally = await simulated({ ...C, name: "power", presentation: 0.1, sds: [0.2, 1] }, STUDIES, "test");
  expect(tally.share("verdict")).toBeGreaterThanOrEqual(0.6);
});

test("prompts that answer everything alike are not told apart by chance", async () => {
  const world: World = { ...C, name: "labels", kind: "label-biased", sds: [0, 0], presentation: 0 };
  const tally = await simulated(world, STUDIES, "test");
  expect(tally.share("F")).toBeLessThanOrEqual(0.2);
  expect(tally.share("SD prob.")).toBeGreaterThanOrEqual(0.87);
  expect(tally.share("verdict")).toBeLessThanOrEqual(0.1);
});

test("worlds have the means and SDs that were asked for", () => {
  const { truth } = latentOf({ ...C, name: "truth", means: [0.3, 0.8], sds: [0.4, 0.6] });
  expect(truth.mean[0]).toBeCloseTo(0.3, 4);
  expect(truth.mean[1]).toBeCloseTo(0.8, 4);
  expect(truth.total.logit[0]).toBeCloseTo(0.4, 3);
  expect(truth.total.logit[1]).toBeCloseTo(0.6, 3);
  expect(truth.within.logit[0]).toBeCloseTo(0.4 * Math.sqrt(0.4), 1);
  expect(layoutOf({ ...C, name: "A", design: "A" }).crossed).toMatchObject({
    wordings: 6,
    presentations: 4,
    balanced: true,
  });
});

test("over seeds that differ nothing is called a change, and the intervals hold the truth", async () => {
  const arm = { name: "seeds", seeds: 3, items: 40, mean: 0.5, sds: [0.5, 0.5], spread: [0.3, 0.3] } as const;
  const tally = await simulatedSeeds(arm, FEW, "test");
  expect(tally.of("mean")).toBe(FEW);
  expect(tally.share("p mean")).toBeLessThanOrEqual(0.25);
  expect(tally.share("p SD") ?? 0).toBeLessThanOrEqual(0.25);
  expect(tally.share("mean")).toBeGreaterThanOrEqual(0.75);
  expect(tally.share("SD") ?? 1).toBeGreaterThanOrEqual(0.75);
});

test("ranks by sensitivity hold for these prompts: equal checkpoints are seldom told apart, and the SD is held", async () => {
  const board = { name: "board", tasks: 2, prompts: 16, items: 60, sds: [0.5, 0.5, 0.5], together: 1 };
  const equal = await simulatedBoards(board, 8, "test");
  expect(equal.of("pairs told apart")).toBe(24);
  expect(equal.share("pairs told apart")).toBeLessThanOrEqual(0.21);
  expect(equal.share("SD")).toBeGreaterThanOrEqual(0.8);
  const unlike = await simulatedBoards({ ...board, name: "unlike", sds: [0.1, 0.1, 1.5], together: 0.5 }, 3, "test");
  expect(unlike.share("two groups")).toBe(1);
});
