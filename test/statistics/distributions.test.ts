import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as distributions from "../../src/statistics/distributions.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };
import tails from "../golden/statistics/tails.json" with { type: "json" };

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

test.each([...new Set(tails.cases.map(({ name }) => name))])(
  `%s keeps its digits in far tails and at odd degrees of freedom, as mpmath ${tails.versions.mpmath} has them`,
  (name) => {
    const cases = tails.cases.filter((entry) => entry.name === name);
    expect(cases.length).toBeGreaterThan(6);
    for (const { args, value } of cases) {
      const actual = functions[name]?.(...args) ?? NaN;
      expect(Math.abs(actual / value - 1), `${name}(${args.join(", ")})`).toBeLessThanOrEqual(1e-11);
    }
  },
);

test("What no distribution has is NaN, and the ends are exact", () => {
  const { chiSquareAbove, fAbove, fInverse, normalInverse, tInverse, tTwoSided } = distributions;
  for (const value of [
    tTwoSided(NaN, 3),
    tTwoSided(1, 0),
    tTwoSided(1, NaN),
    fAbove(1, -1, 3),
    fAbove(NaN, 2, 3),
    chiSquareAbove(NaN, 3),
    chiSquareAbove(2, 0),
    fInverse(1.5, 2, 3),
    normalInverse(-0.1),
    tInverse(NaN, 3),
  ]) {
    expect(value).toBeNaN();
  }
  expect([fAbove(0, 2, 3), fAbove(-1, 2, 3), fAbove(Infinity, 2, 3), chiSquareAbove(-1, 3)]).toEqual([1, 1, 0, 1]);
  expect([fInverse(0, 2, 3), fInverse(1, 2, 3), normalInverse(0), tInverse(1, 3)]).toEqual([
    0,
    Infinity,
    -Infinity,
    Infinity,
  ]);
  expect([normalInverse(0.5), tInverse(0.5, 3), tTwoSided(0, 3), distributions.normalTwoSided(Infinity)]).toEqual([
    0, 0, 1, 0,
  ]);
});

test("A quantile's share is what it was asked for, at any degrees of freedom", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }),
      fc.double({ min: 0.5, max: 5000, noNaN: true }),
      fc.double({ min: 0.5, max: 5000, noNaN: true }),
      (p, df1, df2) => {
        expect(distributions.fAbove(distributions.fInverse(p, df1, df2), df1, df2)).toBeCloseTo(1 - p, 10);
        expect(distributions.tTwoSided(distributions.tInverse(p, df1), df1)).toBeCloseTo(2 * Math.min(p, 1 - p), 10);
      },
    ),
  );
});

test.each(golden.wilson)("Wilson's interval of $right of $n is that of statsmodels", ({ right, n, low, high }) => {
  const interval = distributions.wilsonInterval(right / n, n);
  expect(interval.low).toBeCloseTo(low, 12);
  expect(interval.high).toBeCloseTo(high, 12);
});

test("infinite degrees of freedom are the normal distribution", () => {
  expect(distributions.tInverse(0.975, Infinity)).toBeCloseTo(1.959963984540054, 12);
  expect(distributions.tTwoSided(1.959963984540054, Infinity)).toBeCloseTo(0.05, 12);
});
