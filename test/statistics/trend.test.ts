import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spearman } from "../../src/statistics/trend.js";
import { randomStream } from "../../src/base/random.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };

const random = () => randomStream("trend");

describe(`scipy ${golden.versions.scipy}`, () => {
  test.each(golden.pairs)("Spearman of pairs %#", ({ x, y, rho, rhoP }) => {
    const actual = spearman(x, y, random());
    expect(actual?.rho).toBeCloseTo(rho, 12);
    expect(actual?.exact).toBe(x.length <= 9);
    if (rhoP !== undefined) expect(actual?.p).toBeCloseTo(rhoP, 12);
  });
});

describe("Spearman", () => {
  test("has a smallest p for five points", () => {
    expect(spearman([1, 2, 3, 4, 5], [2, 4, 5, 7, 9], random())).toEqual({ rho: 1, p: 2 / 120, exact: true });
  });

  test("sampled orders agree with the t distribution where that is good", () => {
    const sample = randomStream("values");
    const x = Array.from({ length: 30 }, sample);
    const y = x.map((value) => value + 2 * sample());
    const actual = spearman(x, y, random());
    const t = (actual?.rho ?? NaN) * Math.sqrt(28 / (1 - (actual?.rho ?? NaN) ** 2));
    // Two-sided, 28 degrees of freedom: 2.05 is the 5 % point.
    expect((actual?.p ?? NaN) < 0.05).toBe(Math.abs(t) > 2.05);
    expect(actual?.exact).toBe(false);
  });

  test("any increasing change of x or y leaves it as it is", () => {
    const pair = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 3, maxLength: 6 }), (pairs) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const actual = spearman(x, y, random());
        expect(spearman(x.map((v) => v ** 3), y.map((v) => Math.exp(v / 10)), random())).toEqual(actual); // prettier-ignore
      }),
    );
  });

  test("has no p for two points or a constant side", () => {
    expect(spearman([1, 2], [1, 2], random())).toBeNull();
    expect(spearman([1, 2, 3], [4, 4, 4], random())).toBeNull();
    expect(() => spearman([1, 2, 3], [4, 4], random())).toThrow(/differ in number: 3 and 2/);
  });
});
