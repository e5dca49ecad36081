import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spearman, theilSen } from "../../src/statistics/trend.js";
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

  test.each(golden.pairs)("Theil-Sen of pairs %#", ({ x, y, theilSen: expected }) => {
    const actual = theilSen(x, y);
    expect(actual?.slope).toBeCloseTo(expected.slope, 12);
    expect(actual?.intercept).toBeCloseTo(expected.intercept, 12);
    // Theirs rounds the rank of the ends to the nearest, this one outwards.
    if (x.length > 9) {
      expect(actual?.interval.low).toBeLessThanOrEqual(expected.low);
      expect(actual?.interval.high).toBeGreaterThanOrEqual(expected.high);
    }
  });
});

describe("Spearman", () => {
  test("the smallest p of five points", () => {
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

  test("two points or a constant side", () => {
    expect(spearman([1, 2], [1, 2], random())).toBeNull();
    expect(spearman([1, 2, 3], [4, 4, 4], random())).toBeNull();
    expect(() => spearman([1, 2, 3], [4, 4], random())).toThrow(/differ in number: 3 and 2/);
  });
});

describe("Theil-Sen", () => {
  test("points on a line, one of them far off", () => {
    const x = [1, 2, 3, 4, 5, 6, 7];
    const y = [3, 5, 7, 100, 11, 13, 15];
    const actual = theilSen(x, y);
    expect(actual?.slope).toBe(2);
    expect(actual?.intercept).toBe(3);
  });

  test("its interval holds the slope in at least 95 % of all orders of the errors, and the next narrower one does not", () => {
    // Six errors in every order: the slope 0 is outside when it is beyond the ends.
    const errors = [0.13, 0.55, 0.21, 0.89, 0.34, 1.44];
    const orders: number[][] = [[]];
    for (const error of errors) {
      for (const order of orders.splice(0)) {
        for (let at = 0; at <= order.length; at++) orders.push([...order.slice(0, at), error, ...order.slice(at)]);
      }
    }
    const covered = orders.filter((y) => {
      const { low, high } = theilSen([1, 2, 3, 4, 5, 6], y)?.interval ?? { low: NaN, high: NaN };
      return low <= 0 && 0 <= high;
    });
    // P(at most 1 inversion of 6) = 6 / 720 and P(at most 2) = 20 / 720 > 2.5 %.
    expect(orders.length).toBe(720);
    expect(covered.length).toBe(720 - 12);
  });

  test("four points are too few for an interval", () => {
    expect(theilSen([1, 2, 3, 4], [1, 3, 2, 5])?.interval).toEqual({ low: -Infinity, high: Infinity });
  });

  test("all x equal", () => {
    expect(theilSen([1, 1], [2, 3])).toBeNull();
    expect(() => theilSen([1, 2], [2])).toThrow(/differ in number/);
  });
});
