import { describe, expect, test } from "vitest";
import * as distributions from "../../src/statistics/distributions.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };

const functions = distributions as unknown as Record<string, (...args: number[]) => number>;

describe(`scipy ${golden.versions.scipy}`, () => {
  const names = [...new Set(golden.distributions.map(({ name }) => name))];

  test.each(names)("%s", (name) => {
    const cases = golden.distributions.filter((entry) => entry.name === name);
    expect(cases.length).toBeGreaterThan(4);
    for (const { args, value } of cases) {
      const actual = functions[name]?.(...args) ?? NaN;
      // Quantiles relative to their size, probabilities as they are.
      const scale = name.endsWith("Inverse") ? Math.max(1, Math.abs(value)) : 1;
      expect(Math.abs(actual - value) / scale, `${name}(${args.join(", ")})`).toBeLessThanOrEqual(1e-10);
    }
  });

  test("far tails keep their digits", () => {
    for (const { name, args, value } of golden.distributions) {
      if (!["tTwoSided", "fAbove", "normalTwoSided"].includes(name) || value < 1e-30) continue;
      expect((functions[name]?.(...args) ?? NaN) / value).toBeCloseTo(1, 8);
    }
  });
});

test.each(golden.wilson)("Wilson's interval of $right of $n, statsmodels", ({ right, n, low, high }) => {
  const interval = distributions.wilsonInterval(right / n, n);
  expect(interval.low).toBeCloseTo(low, 12);
  expect(interval.high).toBeCloseTo(high, 12);
});

test("infinite degrees of freedom are the normal distribution", () => {
  expect(distributions.tInverse(0.975, Infinity)).toBeCloseTo(1.959963984540054, 12);
  expect(distributions.tTwoSided(1.959963984540054, Infinity)).toBeCloseTo(0.05, 12);
});
