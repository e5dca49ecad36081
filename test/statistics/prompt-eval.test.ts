/** PromptEval against the regression fitted by scipy and scikit-learn, and the samples it is fed with. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { percentile } from "../../src/statistics/level.js";
import { distributionError, levelCovariates, promptEval } from "../../src/statistics/prompt-eval.js";
import { balancedSample, thompsonExtremes } from "../../src/statistics/sampling.js";
import { randomStream } from "../../src/base/random.js";

const bits = (text: string) => text.split(" ").map((row) => Array.from(row, Number));
const scores = bits("110101 100100 111101 010100");
const seen = bits("110010 011001 101100 000111");
const values = Float64Array.from(scores.flatMap((row, p) => row.map((y, i) => (seen[p]?.[i] === 1 ? y : NaN))));
const random = () => randomStream("unused");

test("four prompts on six items, half of them seen (BFGS of scipy and liblinear agree to 5e-4)", () => {
  const { theta, beta, means } = promptEval({ prompts: 4, items: 6, values }, { random: random() });
  const expected = [1.6094, -5.0154, 2.8915, -2.4796];
  expected.forEach((value, p) => {
    expect(Math.abs((theta[p] ?? NaN) - value)).toBeLessThan(6e-4);
  });
  [2.3644, 1.4854, 0.8371, 5.3566, -4.6486, 0].forEach((value, i) => {
    expect(Math.abs((beta[i] ?? NaN) - value)).toBeLessThan(6e-4);
  });
  [0.79211, 0.10841, 0.84703, 0.31724].forEach((value, p) => {
    expect(means[p]).toBeCloseTo(value, 4);
  });
  [0.13974, 0.26503, 0.55468, 0.80584, 0.83879].forEach((value, k) => {
    expect(percentile(means, [0.05, 0.25, 0.5, 0.75, 0.95][k] ?? NaN)).toBeCloseTo(value, 4);
  });
  expect(distributionError(means, [2 / 3, 1 / 3, 5 / 6, 1 / 3])).toBeCloseTo(0.09504, 4);
});

test("the gradient of the penalised log-loss is 0 at the fit, with covariates too", () => {
  const covariates = levelCovariates([["a", "a", "b", "b"], [1, 2, 1, 2]], 4); // prettier-ignore
  const { theta, beta } = promptEval({ prompts: 4, items: 6, values }, { covariates, random: random() });
  expect(covariates.map((row) => [...row])).toEqual([[0, 0], [0, 1], [1, 0], [1, 1]]); // prettier-ignore
  // Theta is the weights' sum, so that the first prompt has none.
  expect(theta[0]).toBe(0);
  expect(theta[3]).toBeCloseTo((theta[1] ?? NaN) + (theta[2] ?? NaN), 12);
  for (let i = 0; i < 6; i++) {
    let gradient = beta[i] ?? NaN;
    for (let p = 0; p < 4; p++) {
      const y = values[p * 6 + i] ?? NaN;
      if (!Number.isNaN(y)) gradient += 100 * (1 / (1 + Math.exp(-((theta[p] ?? NaN) + (beta[i] ?? NaN)))) - y);
    }
    expect(Math.abs(gradient)).toBeLessThan(1e-3);
  }
});

describe("degenerate grids", () => {
  test("on a full grid the estimates are the means", () => {
    const full = Float64Array.from(scores.flat());
    const { means } = promptEval({ prompts: 4, items: 6, values: full }, { random: random() });
    [4, 2, 5, 2].forEach((sum, p) => {
      expect(means[p]).toBeCloseTo(sum / 6, 10);
    });
  });
  test("where everything seen is right one label is turned, and the estimates stay below 1", () => {
    const ones = values.map((value) => (Number.isNaN(value) ? NaN : 1));
    const { means } = promptEval({ prompts: 4, items: 6, values: ones }, { random: random() });
    expect(means.every((value) => value > 0 && value <= 1)).toBe(true);
    expect(Math.min(...means)).toBeLessThan(1);
  });
  test("nothing seen is refused", () => {
    const grid = { prompts: 1, items: 2, values: new Float64Array(2).fill(NaN) };
    expect(() => promptEval(grid, { random: random() })).toThrow(RangeError);
  });
});

test("a balanced sample has distinct cells, and counts that differ by at most one among prompts and among items", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(120),
      (prompts, items, budget) => {
        const cells = balancedSample(prompts, items, budget, randomStream(prompts, items, budget));
        expect(cells).toHaveLength(Math.min(budget, prompts * items));
        expect(new Set(cells.map(({ prompt, item }) => prompt * items + item)).size).toBe(cells.length);
        const counts = Array.from({ length: prompts }, (_, p) => cells.filter(({ prompt }) => prompt === p).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        const itemCounts = Array.from({ length: items }, (_, i) => cells.filter(({ item }) => item === i).length);
        expect(Math.max(...itemCounts) - Math.min(...itemCounts)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test("Thompson sampling names the best and the worst of clearly different prompts within its budget", async () => {
  const chances = [0.5, 0.1, 0.55, 0.9, 0.45, 0.5];
  const draw = randomStream("answers");
  const result = await thompsonExtremes(
    (prompt, items) => Promise.resolve(items.map(() => Number(draw() < (chances[prompt] ?? NaN)))),
    { prompts: 6, items: 200, budget: 480, expected: 0.5, random: randomStream("thompson") },
  );
  expect([result.best, result.worst]).toEqual([3, 1]);
  expect(result.cells).toHaveLength(480);
  expect(new Set(result.cells.map(({ prompt, item }) => prompt * 200 + item)).size).toBe(480);
  // Most of it goes to the two that matter.
  expect((result.counts[3] ?? 0) + (result.counts[1] ?? 0)).toBeGreaterThan(300);
});

test("a budget beyond the grid scores all of it once", async () => {
  const asked: number[] = [];
  const result = await thompsonExtremes(
    (prompt, items) => {
      asked.push(...items.map((item) => prompt * 3 + item));
      return Promise.resolve(items.map(() => 0.5));
    },
    { prompts: 2, items: 3, budget: 100, expected: 0.5, random: randomStream("all") },
  );
  expect([...asked].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...result.sums]).toEqual([1.5, 1.5]);
});
