import { describe, expect, test } from "vitest";
import { ratioOfChange, trimmedMean } from "../../src/statistics/forgetting.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };

const dataset = (name: string, before: number, after: number, chance = 0, beforeStderr: number | null = null) => ({
  name,
  before,
  after,
  chance,
  beforeStderr,
});

test(`trimmed means of scipy ${golden.versions.scipy}`, () => {
  for (const { y, trimmed } of golden.pairs) expect(trimmedMean(y, 0.2)).toBeCloseTo(trimmed, 12);
});

describe("ratio of change", () => {
  const datasets = [
    dataset("a", 0.5, 0.25, 0.25),
    dataset("b", 0.8, 0.4),
    dataset("c", 0.4, 0.4),
    dataset("d", 0.01, 0.1),
    dataset("e", 0.26, 0.3, 0.25, 0.02),
  ];

  test("one base near 0 carries the mean, not the median nor the trimmed mean", () => {
    const actual = ratioOfChange(datasets);
    expect(actual.ratios.map(({ ratio }) => ratio)).toEqual(
      [-0.5, -0.5, 0, 9, 0.04 / 0.26].map((value) => expect.closeTo(value, 10) as number),
    );
    expect(actual.mean).toBeCloseTo((8 + 0.04 / 0.26) / 5, 10);
    expect(actual.median).toBe(0);
    expect(actual.trimmed).toBeCloseTo((-0.5 + 0 + 0.04 / 0.26) / 3, 10);
    expect(actual.leaveOneOut?.lowest).toEqual({
      left: "d",
      mean: expect.closeTo((-1 + 0.04 / 0.26) / 4, 10) as number,
    });
    expect(actual.leaveOneOut?.highest.mean).toBeCloseTo((8.5 + 0.04 / 0.26) / 4, 10);
  });

  test("what a base knows is counted from chance; a base at chance has nothing to forget", () => {
    const { floorAware } = ratioOfChange(datasets);
    expect(floorAware.used).toEqual(["a", "b", "c", "d"]);
    expect(floorAware.atFloor).toEqual(["e"]);
    // All that "a" knew beyond guessing is gone.
    expect(floorAware.mean).toBeCloseTo((-1 - 0.5 + 0 + 9) / 4, 10);
    expect(floorAware.median).toBeCloseTo(-0.25, 10);
  });

  test("a base of 0 has no ratio", () => {
    const actual = ratioOfChange([dataset("a", 0, 0.5), dataset("b", 0.5, 0.25)]);
    expect(actual.withoutRatio).toEqual(["a"]);
    expect(actual.mean).toBe(-0.5);
    expect(actual.leaveOneOut).toBeNull();
    expect(actual.floorAware.atFloor).toEqual(["a"]);
  });
});
