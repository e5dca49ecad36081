import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gridMoments, logitMoments } from "../../src/statistics/moments.js";
import { promptSensiScore } from "../../src/statistics/sensitivity.js";
import { varianceComponents } from "../../src/statistics/variance-components.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };
import { complement, goldenGrids, gridsOf, reorderedPrompts, reversedItems } from "./grids.js";
import { scoreGrid } from "../support/score-grid.js";
import { promptSd } from "../support/prompt-sd.js";

describe(`statsmodels ${golden.versions.statsmodels}`, () => {
  test.each(goldenGrids)("mean squares of $title are those of the reference", ({ before, anova, interval }) => {
    const components = varianceComponents(gridMoments(before));
    if (!components) throw new Error("a grid of two prompts has components");
    expect(components.msPrompt).toBeCloseTo(anova.msPrompt, 10);
    expect(components.msItem).toBeCloseTo(anova.msItem, 10);
    expect(components.msResidual).toBeCloseTo(anova.msResidual, 10);
    const sd = promptSd(components);
    expect(sd.pNoEffect).toBeCloseTo(anova.p, 9);
    expect(sd.interval.low).toBeCloseTo(interval[0] as number, 6);
    expect(sd.interval.high).toBeCloseTo(interval[1] as number, 6);
  });

  test.each(goldenGrids)("on the logit scale, $title", ({ before, logit }) => {
    const components = varianceComponents(logitMoments(gridMoments(before)));
    expect(components?.msPrompt).toBeCloseTo(logit.msPrompt, 9);
    expect(components?.msItem).toBeCloseTo(logit.msItem, 9);
    expect(components?.msResidual).toBeCloseTo(logit.msResidual, 9);
  });
});

describe("whatever the scores", () => {
  test("the order of prompts and items does not matter, nor does counting wrong instead of right", () => {
    fc.assert(
      fc.property(gridsOf(1), ([grid]) => {
        if (!grid) throw new Error("one grid was asked for");
        const order = Array.from({ length: grid.prompts }, (_, p) => grid.prompts - 1 - p);
        for (const scale of [gridMoments, (g: typeof grid) => logitMoments(gridMoments(g))]) {
          const expected = varianceComponents(scale(grid));
          for (const other of [reorderedPrompts(grid, order), reversedItems(grid), complement(grid)]) {
            const actual = varianceComponents(scale(other));
            expect(actual?.prompt).toBeCloseTo(expected?.prompt as number, 9);
            expect(actual?.item).toBeCloseTo(expected?.item as number, 9);
            expect(actual?.residual).toBeCloseTo(expected?.residual as number, 9);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("half of PSS of right/wrong scores is the prompt and the residual component together", () => {
    fc.assert(
      fc.property(gridsOf(1), ([grid]) => {
        if (!grid || grid.values.some((value) => value !== 0 && value !== 1)) return;
        const components = varianceComponents(gridMoments(grid));
        const pss = promptSensiScore(grid);
        expect((pss?.value ?? NaN) / 2).toBeCloseTo((components?.prompt ?? NaN) + (components?.residual ?? NaN), 9);
      }),
    );
  });

  test("the corrected SD is at most the raw one and inside its interval", () => {
    fc.assert(
      fc.property(gridsOf(1, { prompts: 3, items: 5 }), ([grid]) => {
        if (!grid) throw new Error("one grid was asked for");
        const components = varianceComponents(gridMoments(grid));
        if (!components) throw new Error("a grid of three prompts has components");
        const { raw, corrected, interval, pNoEffect } = promptSd(components);
        expect(corrected).toBeLessThanOrEqual(raw + 1e-12);
        expect(interval.low).toBeLessThanOrEqual(corrected + 1e-9);
        expect(interval.high).toBeGreaterThanOrEqual(corrected - 1e-9);
        expect(pNoEffect).toBeGreaterThanOrEqual(0);
        expect(pNoEffect).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test("prompts that do nothing: the raw SD is positive, the component is negative", () => {
  // Each prompt is right on another half of the items, and on as many of them.
  const components = varianceComponents(
    gridMoments(scoreGrid(["111000", "110100", "001011"].map((t) => Array.from(t, Number)))),
  );
  expect(components?.msPrompt).toBe(0);
  expect(components?.prompt).toBeLessThan(0);
});

test("one prompt or one item has no components", () => {
  expect(varianceComponents(gridMoments(scoreGrid([[1, 0, 1]])))).toBeNull();
  expect(varianceComponents(gridMoments(scoreGrid([[1], [0]])))).toBeNull();
});

test("scores that never vary have no effect and no noise", () => {
  const components = varianceComponents(
    gridMoments(
      scoreGrid([
        [1, 1],
        [1, 1],
      ]),
    ),
  );
  expect(components && promptSd(components)).toMatchObject({ raw: 0, corrected: 0, pNoEffect: 1 });
});
