import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  acrossPrompts, estimateMean, mean, pairedDifference, rowMeans, variance,
} from "../../src/statistics/uncertainty.js"; // prettier-ignore
import golden from "../golden/statistics.json" with { type: "json" };

const bits = (text: string) => Array.from(text, Number);

function expectEstimate(
  actual: { mean: number; stderr: number | null },
  expected: { mean: number; stderr: number },
  tolerance: number,
): void {
  expect(Math.abs(actual.mean - expected.mean)).toBeLessThanOrEqual(tolerance);
  expect(Math.abs((actual.stderr ?? NaN) - expected.stderr)).toBeLessThanOrEqual(tolerance);
}

describe(`numpy ${golden.versions.numpy} and scipy ${golden.versions.scipy}`, () => {
  const cases = golden.cases.map((entry) => ({
    ...entry,
    title: `${entry.kind}, ${entry.before.length} prompts x ${entry.before[0]?.length ?? 0} rows`,
    // Sums near 1e6 have eleven digits after the point less than sums near 1.
    tolerance: entry.kind === "offset" ? 1e-9 : 1e-12,
  }));

  test.each(cases)("$title", ({ before, after, tolerance, ...expected }) => {
    before.forEach((scores, prompt) => {
      expectEstimate(estimateMean(scores), expected.prompts[prompt] ?? { mean: NaN, stderr: NaN }, tolerance);
    });

    const across = acrossPrompts(before);
    expectEstimate(across.mean, expected, tolerance);
    if (expected.sd === null) expect(across.sd).toBeNull();
    else expect(Math.abs((across.sd ?? NaN) - expected.sd)).toBeLessThanOrEqual(tolerance);
    for (const part of ["min", "max", "spread"] as const) {
      expect(Math.abs(across[part] - expected[part])).toBeLessThanOrEqual(tolerance);
    }

    expectEstimate(pairedDifference(rowMeans(before), rowMeans(after)), expected.paired, tolerance);
    expectEstimate(pairedDifference(before[0] ?? [], after[0] ?? []), expected.paired_first, tolerance);
  });

  test.each(cases)("rows are clusters of scores: $title", ({ before, clustered, tolerance }) => {
    // The clustered formula divides by the number of clusters squared, a standard error of row means by n (n - 1).
    const { stderr, n } = acrossPrompts(before).mean;
    expect(Math.abs((stderr ?? NaN) * Math.sqrt((n - 1) / n) - clustered)).toBeLessThanOrEqual(tolerance);
  });
});

describe("published vectors", () => {
  test("give the standard error of a mean", () => {
    const estimate = estimateMean(bits("1101011101"));
    expect(estimate.mean).toBeCloseTo(0.7, 15);
    expect(estimate.stderr).toBeCloseTo(0.152753, 6);
    expect(estimate.n).toBe(10);
  });

  test("give the standard error of a paired difference", () => {
    const estimate = pairedDifference(bits("1101101101"), bits("1001101001"));
    expect(estimate.mean).toBeCloseTo(-0.2, 15);
    expect(estimate.stderr).toBeCloseTo(0.1333, 4);
  });

  test.each([
    ["before", "110101;100100;111101;010100", [0.666667, 0.333333, 0.833333, 0.333333], 0.541667, 0.5, 0.25],
    ["after", "111101;110101;111101;111100", [0.833333, 0.666667, 0.833333, 0.666667], 0.75, 0.166667, 0.096225],
  ])("hold for four prompts: %s", (_, text, accuracies, overall, spread, sd) => {
    const scores = text.split(";").map(bits);
    scores.forEach((row, prompt) => {
      expect(mean(row)).toBeCloseTo(accuracies[prompt] ?? NaN, 6);
    });
    const across = acrossPrompts(scores);
    expect(across.mean.mean).toBeCloseTo(overall, 6);
    expect(across.mean.n).toBe(6);
    expect(across.spread).toBeCloseTo(spread, 6);
    expect(across.sd).toBeCloseTo(sd, 6);
    expect(across.min).toBeCloseTo(Math.min(...accuracies), 6);
    expect(across.max).toBeCloseTo(Math.max(...accuracies), 6);
    expect(across.prompts).toBe(4);
  });
});

describe("what cannot be estimated", () => {
  test("one row has no standard error", () => {
    expect(estimateMean([0.5])).toEqual({ mean: 0.5, stderr: null, n: 1 });
    expect(variance([0.5])).toBeNaN();
  });

  test("one prompt has no standard deviation", () => {
    expect(acrossPrompts([[0, 1, 1]])).toMatchObject({ sd: null, spread: 0, prompts: 1 });
  });

  test("paired scores must be as many", () => {
    expect(() => pairedDifference([1, 0], [1])).toThrow("paired scores differ in number: 2 and 1");
  });
});

describe("for any scores", () => {
  const score = fc.double({ min: 0, max: 1, noNaN: true });
  const row = (length: number) => fc.array(score, { minLength: length, maxLength: length });
  /** [prompt][row] */
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 2, max: 12 }))
    .chain(([prompts, rows]) => fc.array(row(rows), { minLength: prompts, maxLength: prompts }));
  const pair = fc.integer({ min: 2, max: 12 }).chain((length) => fc.tuple(row(length), row(length)));
  const near = (actual: number | null, expected: number | null) => {
    expect(Math.abs((actual ?? 0) - (expected ?? 0))).toBeLessThanOrEqual(1e-12);
  };

  test("the mean lies between the worst and the best prompt, the standard deviation within their spread", () => {
    fc.assert(
      fc.property(matrix, (scores) => {
        const across = acrossPrompts(scores);
        expect(across.mean.mean).toBeGreaterThanOrEqual(across.min - 1e-12);
        expect(across.mean.mean).toBeLessThanOrEqual(across.max + 1e-12);
        expect(across.spread).toBeGreaterThanOrEqual(0);
        expect(across.sd ?? 0).toBeLessThanOrEqual(across.spread + 1e-12);
        near(across.mean.mean, mean(scores.map(mean)));
      }),
    );
  });

  test("the order of prompts and of rows does not matter", () => {
    fc.assert(
      fc.property(matrix, (scores) => {
        const [across, turned] = [
          acrossPrompts(scores),
          acrossPrompts(scores.map((row) => row.toReversed()).reverse()),
        ];
        near(turned.mean.mean, across.mean.mean);
        near(turned.mean.stderr, across.mean.stderr);
        near(turned.sd, across.sd);
        near(turned.spread, across.spread);
      }),
    );
  });

  test("a prompt counted several times has no spread and gives no more certainty", () => {
    fc.assert(
      fc.property(matrix, fc.integer({ min: 2, max: 5 }), ([first = []], times) => {
        const across = acrossPrompts(Array.from({ length: times }, () => first));
        near(across.sd, 0);
        near(across.spread, 0);
        near(across.mean.stderr, estimateMean(first).stderr);
      }),
    );
  });

  test("adding the same to every score moves nothing but the means", () => {
    fc.assert(
      fc.property(matrix, score, (scores, shift) => {
        const [across, moved] = [acrossPrompts(scores), acrossPrompts(scores.map((row) => row.map((s) => s + shift)))];
        near(moved.mean.mean, across.mean.mean + shift);
        near(moved.mean.stderr, across.mean.stderr);
        near(moved.sd, across.sd);
        near(moved.spread, across.spread);
      }),
    );
  });

  test("a paired difference changes its sign with the direction and is zero for equal scores", () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const [there, back] = [pairedDifference(before, after), pairedDifference(after, before)];
        near(there.mean, -back.mean);
        near(there.stderr, back.stderr);
        near(there.mean, mean(after) - mean(before));
        expect(pairedDifference(before, before)).toEqual({ mean: 0, stderr: 0, n: before.length });
      }),
    );
  });
});
