/** Vectors computed by numpy and scipy by hand from the definitions. */

import { describe, expect, test } from "vitest";
import { itemMeans, promptMeans } from "../../src/statistics/grid.js";
import { gridMoments } from "../../src/statistics/moments.js";
import { promptSwap } from "../../src/statistics/permutation.js";
import { pitmanMorgan } from "../../src/statistics/pitman-morgan.js";
import {
  answerConsistency, combinedPerformance, extremes, normalisedEntropy, promptSensiScore, saturation,
} from "../../src/statistics/sensitivity.js"; // prettier-ignore
import { mean, variance } from "../../src/statistics/uncertainty.js";
import { varianceComponents } from "../../src/statistics/variance-components.js";
import { randomStream } from "../../src/base/random.js";
import { scoreGrid } from "../support/score-grid.js";

const bits = (text: string) => Array.from(text, Number);
const grid = (text: string) => scoreGrid(text.split(" ").map(bits));
const before = grid("110101 100100 111101 010100");
const after = grid("111101 110101 111101 111100");

describe("four prompts on six items", () => {
  test.each([
    [before, [0.666667, 0.333333, 0.833333, 0.333333], 0.541667, 0.5, 0.25, 0.708333, 0.590278],
    [after, [0.833333, 0.666667, 0.833333, 0.666667], 0.75, 0.166667, 0.096225, 0.916667, 0.763889],
  ])("have the published means, spread, Sat and CPS: %#", (scores, means, level, range, sd, sat, cps) => {
    const actual = promptMeans(scores);
    means.forEach((value, p) => {
      expect(actual[p]).toBeCloseTo(value, 6);
    });
    expect(mean(actual)).toBeCloseTo(level, 6);
    expect(extremes(actual).best - extremes(actual).worst).toBeCloseTo(range, 6);
    expect(Math.sqrt(variance(actual))).toBeCloseTo(sd, 6);
    expect(saturation(actual)).toBeCloseTo(sat, 6);
    expect(combinedPerformance(actual)).toBeCloseTo(cps, 6);
  });

  test.each([
    [before, { msPrompt: 0.375, msItem: 0.541667, msResidual: 0.141667, prompt: 0.038889, item: 0.1 }],
    [after, { msPrompt: 0.055556, msItem: 0.6, msResidual: 0.088889, prompt: -0.005556, item: 0.127778 }],
  ])("have the published variance components: %#", (scores, expected) => {
    const actual = varianceComponents(gridMoments(scores));
    for (const [name, value] of Object.entries(expected)) {
      expect(actual?.[name as keyof typeof expected]).toBeCloseTo(value, 6);
    }
    expect(actual?.residual).toBeCloseTo(expected.msResidual, 6);
  });

  test.each([
    [before, 0.361111, 0.112847, 0.135417],
    [after, 0.166667, 0.125, 0.0625],
  ])("have the published PSS, which is brittleness in another form: %#", (scores, pss, data, brittleness) => {
    expect(promptSensiScore(scores)?.value).toBeCloseTo(pss, 6);
    const shares = itemMeans(scores);
    expect((variance(shares) * (shares.length - 1)) / shares.length).toBeCloseTo(data, 6);
    expect(mean(shares.map((share) => share * (1 - share)))).toBeCloseTo(brittleness, 6);
    expect(((2 * scores.prompts) / (scores.prompts - 1)) * brittleness).toBeCloseTo(pss, 5);
  });

  test("have the published Pitman-Morgan test of their means", () => {
    const result = pitmanMorgan(promptMeans(before), promptMeans(after));
    expect(result?.t).toBeCloseTo(5.75, 10);
    expect(result?.df).toBe(2);
    expect(result?.p).toBeCloseTo(0.028939, 6);
  });
});

describe("ten paired prompt means", () => {
  const x = [0.62, 0.55, 0.71, 0.48, 0.66, 0.59, 0.52, 0.69, 0.44, 0.63];
  const y = [0.7, 0.68, 0.73, 0.66, 0.71, 0.69, 0.67, 0.74, 0.63, 0.7];

  test("have the published Pitman-Morgan test with its interval", () => {
    const result = pitmanMorgan(x, y);
    expect(result?.t).toBeCloseTo(16.377234, 6);
    expect((result?.p ?? NaN) * 1e7).toBeCloseTo(1.9468, 4);
    expect(1 / (result?.sdRatio ?? NaN) ** 2).toBeCloseTo(7.522188, 6);
    // The vector is of before / after.
    expect(1 / (result?.interval.high ?? NaN)).toBeCloseTo(2.321653, 6);
    expect(1 / (result?.interval.low ?? NaN)).toBeCloseTo(3.240013, 6);
  });

  test("all 1,024 swaps are counted", () => {
    expect(promptSwap(x, y, randomStream("unused"))).toEqual({ p: 4 / 1024, exact: true, assignments: 1024 });
  });
});

describe("entropy sensitivity and consistency", () => {
  test.each([
    [[1, 0, 0], 0],
    [[0.5, 0.5, 0], 0.63093],
    [[0.6, 0.3, 0.1], 0.817345],
    [[1 / 3, 1 / 3, 1 / 3], 1],
  ])("are those published for the entropy of %j", (distribution, expected) => {
    expect(normalisedEntropy(distribution)).toBeCloseTo(expected, 6);
  });

  test("are those published for three items of one class", () => {
    const items = [
      [0.6, 0.3, 0.1],
      [0.8, 0.2, 0],
      [0.1, 0.9, 0],
    ] as const;
    // Two by two they share 0.8, 0.4 and 0.3.
    const { betweenItems, withSelf } = answerConsistency(items.flat(), 3, [0, 0, 0]);
    expect(betweenItems).toBeCloseTo(0.5, 12);
    expect(withSelf).toBeCloseTo(2 / 3, 12);
  });
});
