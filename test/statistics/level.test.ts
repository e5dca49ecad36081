import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crossedLevel } from "../../src/statistics/crossed/level.js";
import { ownWordings } from "../../src/statistics/crossed/design.js";
import { itemMeans } from "../../src/statistics/grid.js";
import { percentile, promptRange } from "../../src/statistics/level.js";
import {
  differenceMoments,
  gridMoments,
  pairedMoments,
  type GridMoments,
  type PairedMoments,
} from "../../src/statistics/moments.js";
import { estimateMean, mean } from "../../src/statistics/uncertainty.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };
import { goldenGrids, gridsOf, reorderedPrompts, reversedItems } from "./grids.js";
import { scoreGrid } from "../support/score-grid.js";

/** Returns the level of prompts that are all wordings of their own: the crossed analysis of variance. */
function level(moments: GridMoments) {
  const own = crossedLevel(moments, ownWordings(moments.prompts));
  if (own === null) throw new Error("no level of fewer than two rows");
  return own;
}
const levelChange = (moments: PairedMoments) => level(differenceMoments(moments));

describe(`mean squares of statsmodels ${golden.versions.statsmodels}`, () => {
  test.each(goldenGrids)(
    "standard errors of $title are those of the reference",
    ({ before, after, anova, difference }) => {
      const cells = before.prompts * before.items;
      for (const [actual, squares] of [
        [level(gridMoments(before)), anova],
        [levelChange(pairedMoments(before, after)), difference],
      ] as const) {
        const items = squares.msItem / cells;
        const crossed = (squares.msPrompt + squares.msItem - squares.msResidual) / cells;
        expect(actual.itemStderr).toBeCloseTo(Math.sqrt(items), 10);
        expect(actual.wordingStderr).toBeCloseTo(Math.sqrt(Math.max(items, crossed)), 10);
      }
    },
  );

  test.each(golden.pairs)("percentiles are those of numpy: case %#", ({ y, percentiles }) => {
    const { p5, median, p95, best, worst, spread } = promptRange(y);
    expect([p5, percentile(y, 0.25), median, p95]).toEqual(
      percentiles.map((value) => expect.closeTo(value, 12) as number),
    );
    expect([best, worst, spread]).toEqual([Math.max(...y), Math.min(...y), Math.max(...y) - Math.min(...y)]);
  });
});

test("whatever the scores: the item-clustered error is that of the item means; order does not matter", () => {
  fc.assert(
    fc.property(gridsOf(1), ([grid]) => {
      if (!grid) throw new Error("one grid was asked for");
      const actual = level(gridMoments(grid));
      const expected = estimateMean(itemMeans(grid));
      expect(actual.mean).toBeCloseTo(expected.mean, 12);
      expect(actual.itemStderr).toBeCloseTo(expected.stderr as number, 9);
      expect(actual.wordingStderr).toBeGreaterThanOrEqual(actual.itemStderr - 1e-12);
      const order = Array.from({ length: grid.prompts }, (_, p) => grid.prompts - 1 - p);
      for (const other of [reorderedPrompts(grid, order), reversedItems(grid)]) {
        const again = level(gridMoments(other));
        expect(again.wordingStderr).toBeCloseTo(actual.wordingStderr as number, 9);
        expect(again.wordingInterval?.low).toBeCloseTo(actual.wordingInterval?.low as number, 6);
      }
    }),
    { numRuns: 60 },
  );
});

test("a percentile that meets a value is that value, whatever stands above it", () => {
  expect(percentile([1, 2, Infinity], 0.5)).toBe(2);
  expect(percentile([1, 2, Infinity], 0.75)).toBe(Infinity);
  expect(percentile([], 0.5)).toBeNaN();
});

test("one prompt has no crossed error, one item none at all", () => {
  expect(level(gridMoments(scoreGrid([[1, 0, 1]])))).toMatchObject({ wordingStderr: null, wordingInterval: null });
  expect(crossedLevel(gridMoments(scoreGrid([[1], [0]])), ownWordings(2))).toBeNull();
});

test("checkpoints that agree everywhere differ by 0 for certain", () => {
  const grid = scoreGrid([
    [1, 0, 1],
    [0, 0, 1],
  ]);
  expect(levelChange(pairedMoments(grid, grid))).toMatchObject({
    mean: 0,
    itemStderr: 0,
    wordingStderr: 0,
    wordingDf: 1,
  });
});

describe("ten scores of Miller's example", () => {
  const scores = [1, 1, 0, 1, 0, 1, 1, 1, 0, 1];

  test("have the published errors as independent scores and as Bernoulli trials", () => {
    const { stderr } = estimateMean(scores);
    expect(stderr).toBeCloseTo(0.152753, 6);
    expect((stderr as number) * Math.sqrt(9 / 10)).toBeCloseTo(0.144914, 6);
    expect(Math.sqrt((mean(scores) * (1 - mean(scores))) / 10)).toBeCloseTo(0.144914, 6);
  });

  test("have a smaller error where they are paired with other scores", () => {
    const [a, b] = ["1101101101", "1001101001"].map((text) => scoreGrid([Array.from(text, Number)]));
    if (!a || !b) throw new Error("two grids were made");
    expect(levelChange(pairedMoments(b, a)).itemStderr).toBeCloseTo(0.1333, 4);
  });
});
