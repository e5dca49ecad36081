import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { promptMeans } from "../../src/statistics/grid.js";
import { pitmanMorgan } from "../../src/statistics/pitman-morgan.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };
import { goldenGrids } from "./grids.js";

describe(`as the correlation of sums and differences by scipy ${golden.versions.scipy}`, () => {
  test.each(goldenGrids.filter((entry) => entry.pitmanMorgan))(
    "$title",
    ({ before, after, pitmanMorgan: expected }) => {
      const actual = pitmanMorgan(promptMeans(before), promptMeans(after));
      // A side without variance has no test: scipy says NaN.
      if (expected?.t === null) {
        expect(actual).toBeNull();
        return;
      }
      expect(actual?.t).toBeCloseTo(expected?.t as number, 9);
      expect(actual?.p).toBeCloseTo(expected?.p as number, 10);
    },
  );
});

/** Accuracies over a thousand items: differences below that resolution are rounding, not data. */
const accuracy = fc.integer({ min: 0, max: 1000 }).map((right) => right / 1000);
const values = fc.array(fc.tuple(accuracy, accuracy), { minLength: 3, maxLength: 20 });

describe("whatever the values", () => {
  test("exchanging before and after inverts the ratio and keeps p; location and scale do not matter", () => {
    fc.assert(
      fc.property(values, (pairs) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const actual = pitmanMorgan(x, y);
        const range = (side: number[]) => Math.max(...side) - Math.min(...side);
        if (!actual || Math.min(range(x), range(y)) < 1e-3 || actual.p < 1e-9) return;
        const turned = pitmanMorgan(y, x);
        expect((turned?.sdRatio ?? NaN) * actual.sdRatio).toBeCloseTo(1, 9);
        expect((turned?.interval.low ?? NaN) * actual.interval.high).toBeCloseTo(1, 6);
        expect(turned?.p).toBeCloseTo(actual.p, 9);
        const moved = pitmanMorgan(x.map((v) => 3 * v + 1), y.map((v) => 3 * v - 2)); // prettier-ignore
        expect(moved?.p).toBeCloseTo(actual.p, 6);
        // The interval is the set of ratios that the test does not reject.
        expect(actual.interval.low < 1 && 1 < actual.interval.high).toBe(actual.p > 0.05);
      }),
    );
  });
});

test("two pairs, or a constant side, cannot be tested", () => {
  expect(pitmanMorgan([1, 2], [1, 3])).toBeNull();
  expect(pitmanMorgan([1, 1, 1], [1, 2, 3])).toBeNull();
  expect(() => pitmanMorgan([1, 2, 3], [1, 2])).toThrow(/differ in number: 3 and 2/);
});

test("equal values: no evidence at all", () => {
  expect(pitmanMorgan([1, 2, 4], [1, 2, 4])).toMatchObject({ t: 0, p: 1, sdRatio: 1 });
});
