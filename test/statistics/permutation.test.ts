import { describe, expect, test } from "vitest";
import { EXACT_PROMPTS, promptSwap } from "../../src/statistics/permutation.js";
import { randomStream } from "../../src/base/random.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };

const stream = () => randomStream("permutation");

describe(`every assignment, by numpy ${golden.versions.numpy}`, () => {
  test.each(golden.pairs.filter((entry) => entry.swap !== undefined))("pairs %#", ({ x, y, swap }) => {
    expect(promptSwap(x, y, stream())?.p).toBeCloseTo(swap, 12);
  });
});

test("sampled assignments agree with all of them", () => {
  const uniform = randomStream("values");
  const x = Array.from({ length: EXACT_PROMPTS }, uniform);
  const y = Array.from({ length: EXACT_PROMPTS }, () => 0.7 * uniform());
  const exact = promptSwap(x, y, stream());
  expect(exact).toMatchObject({ exact: true, assignments: 2 ** EXACT_PROMPTS });
  // A prompt at the mean of both checkpoints adds nothing to either variance and is the seventeenth.
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const sampled = promptSwap([...x, mean(x)], [...y, mean(y)], stream(), 20_000);
  expect(sampled).toMatchObject({ exact: false, assignments: 20_001 });
  expect(Math.abs((sampled?.p ?? NaN) - (exact?.p ?? NaN))).toBeLessThan(0.015);
});

test("the smallest p that few prompts can give", () => {
  // One variance is far the larger; of 8 assignments only the observed one and its mirror are as extreme.
  expect(promptSwap([0, 0.4, 1], [0.5, 0.53, 0.49], stream())?.p).toBe(0.25);
});

test("a checkpoint whose prompts all score the same is the most extreme there is", () => {
  expect(promptSwap([0.1, 0.5, 0.9, 0.2], [0.5, 0.5, 0.5, 0.5], stream())?.p).toBe(2 / 16);
});

test("nothing varies, or there is one prompt", () => {
  expect(promptSwap([1, 1], [2, 2], stream())).toBeNull();
  expect(promptSwap([1], [2], stream())).toBeNull();
  expect(() => promptSwap([1, 2], [1], stream())).toThrow(/differ in number: 2 and 1/);
});

test("equal checkpoints: every assignment is as extreme", () => {
  expect(promptSwap([0.1, 0.4, 0.5], [0.1, 0.4, 0.5], stream())?.p).toBe(1);
});
