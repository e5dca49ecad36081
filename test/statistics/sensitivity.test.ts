import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { promptMeans } from "../../src/statistics/grid.js";
import {
  answerConsistency, type AnswerGrid, answerDistributions, combinedPerformance, entropySensitivity, expectedRange,
  extremes, flipRate, flipRates, itemSensitivity, optionOrderConsistency, promptSensiScore, saturation,
  scoreDisagreement,
} from "../../src/statistics/sensitivity.js"; // prettier-ignore
import { mean } from "../../src/statistics/uncertainty.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };
import { complement, goldenGrids, gridsOf, reorderedPrompts, reversedItems } from "./grids.js";
import { scoreGrid } from "../support/score-grid.js";

/** Returns half the sum of the absolute differences of two distributions. */
const totalVariation = (p: readonly number[], q: readonly number[]) =>
  p.reduce((sum, share, c) => sum + Math.abs(share - (q[c] as number)) / 2, 0);

describe(`PSS as numpy ${golden.versions.numpy} counts it pair by pair`, () => {
  test.each(goldenGrids)("$title", ({ before, pss }) => {
    expect(promptSensiScore(before)?.value).toBeCloseTo(pss, 12);
    expect(mean(itemSensitivity(before))).toBeCloseTo(pss, 12);
  });
});

describe("whatever the scores", () => {
  test("PSS ignores the order of prompts and items, and complements", () => {
    fc.assert(
      fc.property(gridsOf(1), ([grid]) => {
        if (!grid) throw new Error("one grid was asked for");
        const order = Array.from({ length: grid.prompts }, (_, p) => (p + 1) % grid.prompts);
        const expected = promptSensiScore(grid);
        for (const other of [reorderedPrompts(grid, order), reversedItems(grid), complement(grid)]) {
          expect(promptSensiScore(other)?.value).toBeCloseTo(expected?.value as number, 9);
        }
        // At most half the prompts can disagree with the other half.
        const p = grid.prompts;
        expect(expected?.value).toBeLessThanOrEqual((p % 2 === 0 ? p / (p - 1) : (p + 1) / p) / 2 + 1e-9);
        expect(expected?.value).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 60 },
    );
  });

  test("Sat and CPS stay in [0, 1], and the spread bounds 1 - Sat", () => {
    fc.assert(
      fc.property(gridsOf(1), ([grid]) => {
        if (!grid) throw new Error("one grid was asked for");
        const means = promptMeans(grid);
        expect(combinedPerformance(means)).toBeGreaterThanOrEqual(0);
        expect(combinedPerformance(means)).toBeLessThanOrEqual(saturation(means) + 1e-12);
        expect(1 - saturation(means)).toBeLessThanOrEqual(extremes(means).best - extremes(means).worst + 1e-12);
      }),
    );
  });
});

test("the jackknife standard error of PSS is had by leaving prompts out", () => {
  const grid = scoreGrid(["110101", "100100", "111101", "010100", "011101"].map((text) => Array.from(text, Number)));
  const whole = promptSensiScore(grid);
  const without = Array.from({ length: 5 }, (_, left) => {
    const kept = [0, 1, 2, 3, 4].filter((p) => p !== left);
    return promptSensiScore(reorderedPrompts(grid, kept))?.value ?? NaN;
  });
  const jackknife = (4 / 5) * without.reduce((sum, value) => sum + (value - mean(without)) ** 2, 0);
  expect((whole?.crossedStderr ?? NaN) ** 2 - (whole?.itemStderr ?? NaN) ** 2).toBeCloseTo(jackknife, 12);
});

// Mean over prompts, best prompt and CPS of cells of the table that Mizrahi et al. released.
test.each([
  [0.639339207, 0.8, 0.671471366],
  [0.886167401, 0.98, 0.888044053],
  [0.714510638, 0.87, 0.734724255],
  [0.000488889, 0.02, 0.019609778],
])("CPS of mean %d and best %d is the published one", (average, best, expected) => {
  // Three prompts with this best and this mean.
  const rest = (3 * average - best) / 2;
  expect(combinedPerformance([best, rest, rest])).toBeCloseTo(expected, 7);
  expect(extremes([best, rest, rest])).toEqual({ best, worst: rest });
});

test.each([
  [5, 2.326],
  [10, 3.078],
  [20, 3.735],
  [50, 4.498],
])("the range of %d normal numbers is the tabled one", (n, expected) => {
  expect(expectedRange(n)).toBeCloseTo(expected, 3);
});

describe("answers", () => {
  const answers: AnswerGrid = {
    prompts: 3,
    items: 4,
    labels: 2,
    // The third item is unreadable under the last prompt.
    answers: Int32Array.from([0, 1, 0, 1, 0, 0, 0, 1, 0, 1, -1, 0]),
  };

  test("flips are counted whatever is right", () => {
    expect([...flipRates(answers)]).toEqual([0, 0.25, 0.5, 0.25, 0, 0.75, 0.5, 0.75, 0]);
    expect(flipRate(answers)).toEqual({ mean: 0.5, max: 0.75 });
    expect(flipRate({ ...answers, prompts: 1, answers: answers.answers.subarray(0, 4) }).max).toBeNaN();
  });

  test("two answers are wrong in different ways: a flip, but no disagreement of scores", () => {
    const wrong: AnswerGrid = { prompts: 2, items: 1, labels: 3, answers: Int32Array.from([1, 2]) };
    expect(flipRate(wrong).mean).toBe(1);
    expect([...scoreDisagreement(scoreGrid([[0], [0]]))]).toEqual([0, 0, 0, 0]);
  });

  test("unreadable answers are a class of their own", () => {
    const distributions = answerDistributions(answers);
    expect([...distributions.subarray(6, 9)].map((share) => share * 3)).toEqual([2, 0, 1]);
    const third = -(1 / 3) * Math.log(1 / 3) - (2 / 3) * Math.log(2 / 3);
    expect(entropySensitivity(answers)).toBeCloseTo((3 * third) / Math.log(3) / 4, 12);
  });

  test("consistency by sorting is that of all pairs", () => {
    const row = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.integer({ min: 0, max: 2 })), { minLength: 2, maxLength: 12 }), (items) => {
        const rows = items.map(([counts]) => {
          const total = counts.reduce((a, b) => a + b, 0);
          return counts.map((count, c) => (total === 0 ? Number(c === 0) : count / total));
        });
        const gold = items.map(([, label]) => label);
        let [sum, pairs] = [0, 0];
        rows.forEach((p, i) => {
          rows.forEach((q, j) => {
            if (i === j || gold[i] !== gold[j]) return;
            sum += 1 - totalVariation(p, q);
            pairs++;
          });
        });
        const actual = answerConsistency(rows.flat(), 3, gold);
        if (pairs === 0) expect(actual.betweenItems).toBeNaN();
        else expect(actual.betweenItems).toBeCloseTo(sum / pairs, 9);
        expect(actual.withSelf).toBeCloseTo((sum + rows.length) / (pairs + rows.length), 9);
      }),
    );
  });
});

describe("option order", () => {
  // Three options; the first order is as written, the second exchanges the first two.
  const orders = (items: number) => [
    Array.from({ length: items }, () => [0, 1, 2]),
    Array.from({ length: items }, () => [1, 0, 2]),
  ];

  test("the option moved and the model follows it", () => {
    expect(optionOrderConsistency([[0], [1]], orders(1))).toBe(1);
    expect(optionOrderConsistency([[1], [0]], orders(1))).toBe(1);
    expect(optionOrderConsistency([[2], [2]], orders(1))).toBe(1);
  });

  test("the option moved and the model stays at the position", () => {
    expect(optionOrderConsistency([[0], [0]], orders(1))).toBe(0);
    expect(optionOrderConsistency([[1], [1]], orders(1))).toBe(0);
  });

  test("the two exchanged options are never taken for one", () => {
    // B as written is option 1; A after the exchange is option 1 too, B is option 0.
    expect(
      optionOrderConsistency(
        [
          [1, 1],
          [0, 1],
        ],
        orders(2),
      ),
    ).toBe(0.5);
  });

  test("three orders count by pairs; an unreadable answer agrees with nothing", () => {
    const three = [...orders(1), [[2, 1, 0]]];
    expect(optionOrderConsistency([[0], [1], [2]], three)).toBe(1);
    expect(optionOrderConsistency([[0], [1], [0]], three)).toBeCloseTo(1 / 3, 12);
    expect(optionOrderConsistency([[-1], [-1], [0]], three)).toBe(0);
    expect(optionOrderConsistency([[0]], [[[0, 1, 2]]])).toBeNaN();
  });
});
