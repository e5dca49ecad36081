import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bitCount, differenceMoments, empiricalLogit, gridMoments, logitMoments, pairedMoments,
} from "../../src/statistics/moments.js"; // prettier-ignore
import golden from "../golden/statistics/metrics.json" with { type: "json" };
import { goldenGrids, gridsOf } from "./grids.js";
import { scoreGrid } from "../support/score-grid.js";

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    expect(Math.abs((actual[i] as number) - (expected[i] as number))).toBeLessThanOrEqual(tolerance);
  }
}

describe(`numpy ${golden.versions.numpy}`, () => {
  test.each(goldenGrids)("covariances of $title are those of numpy", ({ before, after, covariance, cross }) => {
    const moments = pairedMoments(before, after);
    expectClose(moments.before.covariance, covariance);
    expectClose(moments.cross, cross);
  });
});

test("the bits of a number are counted", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
      expect(bitCount(word)).toBe(word.toString(2).split("1").length - 1);
    }),
  );
});

test("right/wrong grids packed as bits have the covariances of the same grids as numbers", () => {
  fc.assert(
    fc.property(gridsOf(2), ([a, b]) => {
      if (!a || !b) throw new Error("two grids were asked for");
      // One fractional score in a further prompt sends every pair through the general path.
      const extended = (grid: typeof a) => {
        const rows = Array.from({ length: grid.prompts }, (_, p) =>
          Array.from(grid.values.subarray(p * grid.items, (p + 1) * grid.items)),
        );
        return scoreGrid([...rows, Array.from({ length: grid.items }, () => 0.5)]);
      };
      const packed = pairedMoments(a, b);
      const plain = pairedMoments(extended(a), extended(b));
      const n = a.prompts;
      for (let p = 0; p < n; p++) {
        for (let q = 0; q < n; q++) {
          const [from, to] = [p * n + q, p * (n + 1) + q];
          expect(packed.before.covariance[from]).toBeCloseTo(plain.before.covariance[to] as number, 12);
          expect(packed.cross[from]).toBeCloseTo(plain.cross[to] as number, 12);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("the difference's moments are those of the grid of differences", () => {
  fc.assert(
    fc.property(gridsOf(2), ([a, b]) => {
      if (!a || !b) throw new Error("two grids were asked for");
      const direct = gridMoments({ ...a, values: b.values.map((value, i) => value - (a.values[i] as number)) });
      const derived = differenceMoments(pairedMoments(a, b));
      expectClose(derived.means, direct.means);
      expectClose(derived.covariance, direct.covariance);
    }),
    { numRuns: 50 },
  );
});

describe("logit scale", () => {
  test("the slope is the derivative of the empirical logit", () => {
    const grid = scoreGrid([
      [1, 0, 1, 1, 0],
      [0.2, 0.4, 0.6, 0.1, 0.9],
    ]);
    const [plain, logit] = [gridMoments(grid), logitMoments(gridMoments(grid))];
    plain.means.forEach((mean, p) => {
      expect(logit.means[p]).toBe(empiricalLogit(mean, 5));
      const slope = (empiricalLogit(mean + 1e-6, 5) - empiricalLogit(mean - 1e-6, 5)) / 2e-6;
      const ratio = (logit.covariance[p * 3] as number) / (plain.covariance[p * 3] as number);
      expect(Math.sqrt(ratio)).toBeCloseTo(slope, 6);
    });
  });

  test("0 and 1 are finite", () => {
    const moments = gridMoments(
      scoreGrid([
        [1, 1, 1],
        [0, 0, 0],
        [0, 1, 0],
      ]),
    );
    expect(logitMoments(moments).means[0]).toBeCloseTo(Math.log(7), 12);
    expect(logitMoments(moments).means[1]).toBeCloseTo(-Math.log(7), 12);
  });
});

test("grids of different shapes are refused", () => {
  expect(() => pairedMoments(scoreGrid([[1, 0]]), scoreGrid([[1, 0, 1]]))).toThrow(/1 x 2 before, 1 x 3 after/);
});
