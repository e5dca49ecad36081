/** Components of scores of drawn texts: by hand, against the analysis of variance, and by simulation. */

import { describe, expect, test } from "vitest";
import { simulatedDrawn } from "../../scripts/simulate-statistics/drawn.js";
import { drawnComponents } from "../../src/statistics/drawn-texts.js";
import { gridMoments } from "../../src/statistics/moments.js";
import { varianceComponents } from "../../src/statistics/variance-components.js";

/** Three texts of two prompts on three rows. */
const TEXTS = [
  [1, 0, 1], [0, 0, 0], [1, 1, 1],
  [1, 1, 0], [0, 1, 0], [0, 1, 1],
]; // prettier-ignore
const values = Float64Array.from(TEXTS, (own) => own.reduce((a, b) => a + b, 0) / 3);
const within = Float64Array.from(
  TEXTS,
  (own, at) => own.reduce((sum, one) => sum + (one - (values[at] as number)) ** 2, 0) / 2,
);
const grid = { prompts: 2, items: 3, values };

test("the residual is the interaction and a third of the variance between three texts", () => {
  const found = drawnComponents(grid, within, 3);
  const residual = varianceComponents(gridMoments(grid))?.residual as number;
  // Four of six cells hold two equal texts and another one: variance 1/3.
  expect(found?.sampling.value).toBeCloseTo((4 * (1 / 3)) / 6, 12);
  expect(found?.interaction?.value).toBeCloseTo(residual - (found?.sampling.value ?? NaN) / 3, 12);
});

test("the error is that of the rows' means: rows 1/3, 1/6, 1/6", () => {
  const found = drawnComponents(grid, within, 3);
  const rows = [1 / 3, 1 / 6, 1 / 6];
  const mean = 2 / 9;
  const variance = rows.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 2;
  expect(found?.sampling.stderr).toBeCloseTo(Math.sqrt(variance / 3), 12);
});

test("rows of one cluster count as one", () => {
  const twice = (all: Float64Array) =>
    Float64Array.from([0, 1].flatMap((p) => [0, 0, 1, 1, 2, 2].map((i) => all[p * 3 + i] as number)));
  const doubled = { prompts: 2, items: 6, values: twice(values) };
  const alone = drawnComponents(grid, within, 3);
  const clustered = drawnComponents(doubled, twice(within), 3, ["a", "a", "b", "b", "c", "c"]);
  expect(clustered?.sampling.stderr).toBeCloseTo(alone?.sampling.stderr as number, 12);
});

test("one prompt has no interaction, and one row no error", () => {
  expect(
    drawnComponents({ prompts: 1, items: 3, values: values.slice(0, 3) }, within.slice(0, 3), 3)?.interaction,
  ).toBeNull();
  expect(drawnComponents({ prompts: 2, items: 1, values: values.slice(0, 2) }, within.slice(0, 2), 3)).toBeNull();
});

describe("300 simulated studies of 8 prompts, 60 rows and 5 texts", () => {
  const sds = { prompt: 0.08, item: 0.12, interaction: 0.08 };
  const { tally, means } = simulatedDrawn({ name: "test", prompts: 8, items: 60, samples: 5, sds }, 300, "test");

  test("the estimates are right in the mean", () => {
    for (const [name, { estimate, truth }] of Object.entries(means)) {
      expect(Math.abs(estimate - truth) / truth, name).toBeLessThan(name === "prompt" ? 0.1 : 0.05);
    }
  });

  test("the intervals hold the truth in 95 %", () => {
    for (const name of ["sampling", "interaction"]) {
      expect(tally.share(name), name).toBeGreaterThan(0.91);
      expect(tally.share(name), name).toBeLessThan(0.985);
    }
  });
});
