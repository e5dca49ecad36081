import { describe, expect, test } from "vitest";
import { holm } from "../../src/statistics/holm.js";
import { pool } from "../../src/statistics/pooling.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };

describe(`statsmodels ${golden.versions.statsmodels}`, () => {
  test.each(golden.pooling)("random effects are those of the reference: case %#", (expected) => {
    const actual = pool(expected.effects.map((effect, i) => ({ effect, variance: expected.variances[i] as number })));
    expect(actual?.effect).toBeCloseTo(expected.effect, 10);
    expect(actual?.stderr).toBeCloseTo(expected.stderr, 10);
    expect(actual?.tau2).toBeCloseTo(expected.tau2, 10);
    expect(actual?.q).toBeCloseTo(expected.q, 10);
    expect(actual?.i2).toBeCloseTo(expected.i2, 10);
    expect(actual?.adjusted?.stderr).toBeCloseTo(Math.max(expected.hartung, expected.stderr), 10);
  });

  test.each(golden.holm)("p-values after Holm are those of statsmodels: case %#", ({ p, adjusted }) => {
    holm(p).forEach((value, i) => {
      expect(value).toBeCloseTo(adjusted[i] as number, 12);
    });
  });
});

test("Holm leaves out what could not be tested", () => {
  expect([...holm([0.01, NaN, 0.04])]).toEqual([0.02, NaN, 0.04]);
});

test("one task is itself; none is nothing; a variance of 0 is refused", () => {
  expect(pool([{ effect: 0.3, variance: 0.04 }])).toMatchObject({ effect: 0.3, stderr: 0.2, tau2: 0, adjusted: null });
  expect(pool([])).toBeNull();
  expect(() => pool([{ effect: 0.3, variance: 0 }])).toThrow(/effect of variance 0/);
});
