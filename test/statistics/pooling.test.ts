import { describe, expect, test } from "vitest";
import { holm } from "../../src/statistics/holm.js";
import { correctedLogSdRatio, logSdRatio, pool } from "../../src/statistics/pooling.js";
import type { VarianceComponents } from "../../src/statistics/variance-components.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };

describe(`statsmodels ${golden.versions.statsmodels}`, () => {
  test.each(golden.pooling)("random effects %#", (expected) => {
    const actual = pool(expected.effects.map((effect, i) => ({ effect, variance: expected.variances[i] as number })));
    expect(actual?.effect).toBeCloseTo(expected.effect, 10);
    expect(actual?.stderr).toBeCloseTo(expected.stderr, 10);
    expect(actual?.tau2).toBeCloseTo(expected.tau2, 10);
    expect(actual?.q).toBeCloseTo(expected.q, 10);
    expect(actual?.i2).toBeCloseTo(expected.i2, 10);
    expect(actual?.adjusted?.stderr).toBeCloseTo(expected.hartung, 10);
  });

  test.each(golden.holm)("Holm %#", ({ p, adjusted }) => {
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

describe("log SD ratios", () => {
  const x = [0.62, 0.55, 0.71, 0.48, 0.66, 0.59, 0.52, 0.69, 0.44, 0.63];
  const y = [0.7, 0.68, 0.73, 0.66, 0.71, 0.69, 0.67, 0.74, 0.63, 0.7];

  test("of raw SDs", () => {
    const actual = logSdRatio(x, y);
    expect(actual?.effect).toBeCloseTo(-Math.log(7.522188) / 2, 6);
    expect(actual?.variance).toBeCloseTo((1 - 0.978689 ** 2) / 9, 6);
  });

  const component = (prompt: number) => ({ prompt }) as VarianceComponents;

  test("corrected ones without noise are the raw ones; components of 0 have none", () => {
    const raw = logSdRatio(x, y);
    const [vx, vy] = [0.089994 ** 2, 0.032813 ** 2];
    const corrected = correctedLogSdRatio(x, y, component(vx), component(vy));
    expect(corrected?.effect).toBeCloseTo(raw?.effect as number, 4);
    expect(corrected?.variance).toBeCloseTo(raw?.variance as number, 5);
    expect(correctedLogSdRatio(x, y, component(-0.001), component(vy))).toBeNull();
    expect(correctedLogSdRatio(x, y, component(vx / 2), component(vy / 2))?.variance).toBeGreaterThan(
      corrected?.variance as number,
    );
  });

  test("a constant side has none", () => {
    expect(logSdRatio([1, 1, 1], [1, 2, 3])).toBeNull();
  });
});
