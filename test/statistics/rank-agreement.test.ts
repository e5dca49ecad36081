import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inversionsAtMost, kendallTau, kendallW, midranks } from "../../src/statistics/rank-agreement.js";
import { randomStream } from "../../src/base/random.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };

const stream = () => randomStream("rank agreement");

describe(`scipy ${golden.versions.scipy}`, () => {
  test.each(golden.concordance)("W is that of the reference: case %#", ({ scores, w, p, meanSpearman }) => {
    const actual = kendallW(scores, stream(), 99);
    expect(actual?.w).toBeCloseTo(w, 10);
    expect(actual?.chiSquareP).toBeCloseTo(p, 10);
    if (meanSpearman !== null) expect(actual?.meanSpearman).toBeCloseTo(meanSpearman, 10);
  });

  test.each(golden.pairs)("tau of pairs %#", ({ x, y, tau }) => {
    const actual = kendallTau(x, y);
    expect(actual?.tau).toBeCloseTo(tau.tau, 12);
    expect(actual?.p).toBeCloseTo(tau.p, 10);
  });
});

describe("W", () => {
  test("is what three rankings give by hand", () => {
    const rankings = [
      [1, 2, 3, 4],
      [2, 1, 3, 4],
      [1, 3, 2, 4],
    ];
    const actual = kendallW(rankings, stream());
    expect(actual?.w).toBeCloseTo(0.777778, 6);
    expect(actual?.uncorrected).toBeCloseTo(0.777778, 6);
    expect(actual?.chiSquare).toBeCloseTo(7, 10);
    expect(actual?.meanSpearman).toBeCloseTo(0.666667, 6);
    const tau = (a: number, b: number) => kendallTau(rankings[a] ?? [], rankings[b] ?? [])?.tau;
    expect([tau(0, 1), tau(0, 2), tau(1, 2)].map((value) => value?.toFixed(4))).toEqual(["0.6667", "0.6667", "0.3333"]);
  });

  test("p of shuffled rankings is that of all of them", () => {
    // Of the 24 orders of the second ranking, only the equal one reaches W = 1.
    const actual = kendallW(
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
      stream(),
      24_000,
    );
    expect(Math.abs((actual?.p ?? NaN) - 1 / 24)).toBeLessThan(0.005);
  });

  test("ties lower it less once corrected", () => {
    const actual = kendallW(
      [
        [1, 1, 2, 3],
        [1, 1, 2, 4],
        [1, 2, 3, 3],
      ],
      stream(),
    );
    expect(actual?.w).toBeGreaterThan(actual?.uncorrected as number);
  });

  test("W of nothing to rank is null", () => {
    expect(kendallW([[1, 2, 3]], stream())).toBeNull();
    expect(
      kendallW(
        [
          [1, 1],
          [2, 2],
        ],
        stream(),
      ),
    ).toBeNull();
  });
});

describe("tau", () => {
  test("is symmetric, and turned around by a sign", () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 2, maxLength: 15 }), (pairs) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const actual = kendallTau(x, y);
        if (!actual) return;
        expect(kendallTau(y, x)?.tau).toBeCloseTo(actual.tau, 12);
        const turned = kendallTau(
          x,
          y.map((value) => -value),
        );
        expect(turned?.tau).toBeCloseTo(-actual.tau, 12);
        expect(turned?.p).toBeCloseTo(actual.p, 12);
        expect(Math.abs(actual.tau)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  test("a constant side has none", () => {
    expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeNull();
  });
});

test("inversions of three things are counted", () => {
  // 1, 2, 2 and 1 orders of six have 0, 1, 2 and 3 inversions.
  expect([-1, 0, 1, 2, 3].map((k) => Math.round(6 * inversionsAtMost(3, k)))).toEqual([0, 1, 3, 5, 6]);
});

test("equal values share their ranks", () => {
  expect([...midranks([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
});
