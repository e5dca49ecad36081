import { describe, expect, test } from "vitest";
import { chiSquareDraw, fastStream, normalDraws, resampleCounts } from "../../src/statistics/draws.js";
import { chiSquareAbove, normalBelow } from "../../src/statistics/distributions.js";
import { randomStream } from "../../src/base/random.js";

/** Kolmogorov-Smirnov distance of values from a distribution function. */
function distance(values: number[], cdf: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.reduce((max, x, i) => Math.max(max, Math.abs(cdf(x) - i / sorted.length)), 0);
}

describe("draws follow their distribution", () => {
  const N = 20_000;
  // The 99.9 % point of the Kolmogorov-Smirnov distance.
  const limit = 1.95 / Math.sqrt(N);

  test("normal draws follow the normal distribution", () => {
    const draw = normalDraws(fastStream(randomStream("normal")));
    expect(distance(Array.from({ length: N }, draw), normalBelow)).toBeLessThan(limit);
  });

  test.each([1, 2, 5, 23])("chi-square, %d degrees of freedom", (df) => {
    const uniform = fastStream(randomStream("chi-square", df));
    const normal = normalDraws(uniform);
    const values = Array.from({ length: N }, () => chiSquareDraw(df, uniform, normal));
    expect(distance(values, (x) => 1 - chiSquareAbove(x, df))).toBeLessThan(limit);
  });

  test("counts of a resample add up", () => {
    const uniform = fastStream(randomStream("counts"));
    const counts = new Float64Array(10);
    const sums = new Float64Array(10);
    for (let k = 0; k < 5000; k++) {
      resampleCounts(counts, uniform);
      expect(counts.reduce((a, b) => a + b, 0)).toBe(10);
      counts.forEach((count, i) => (sums[i] = (sums[i] as number) + count));
    }
    // Each sum is binomial: 5000 expected, standard deviation 67.
    for (const sum of sums) expect(Math.abs(sum - 5000)).toBeLessThan(4 * 67);
  });

  test("the same stream gives the same draws, another one others", () => {
    const draw = (name: string) => fastStream(randomStream(name))();
    expect(draw("a")).toBe(draw("a"));
    expect(draw("a")).not.toBe(draw("b"));
  });
});
