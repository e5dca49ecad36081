import { describe, expect, test } from "vitest";
import { crossedDesign, ownWordings } from "../../../src/statistics/crossed/design.js";
import { type AssumedSides, detectableSds, powerOfSdChange } from "../../../src/statistics/planning/sd-power.js";

/**
 * Right/wrong scores around .5 whose rows differ by 1.2 logits and prompts x rows by .7; SDs in logits before and
 * after.
 */
function assumed(before: number, after: number): AssumedSides {
  const slope = 0.187;
  return {
    component: [(before * slope) ** 2, (after * slope) ** 2],
    rowVariance: [0.2, 0.2],
    rowCovariance: 0,
    correlation: 0.5,
    level: [0.5, 0.5],
    beside: [0, 0],
    shares: true,
  };
}

const wordings = (n: number) => ownWordings(n);
const alternating = (n: number) => {
  const each = Array.from({ length: n }, (_, p) => p);
  return crossedDesign(each, each.map((p) => p % 2)); // prettier-ignore
};

describe("power of a change of the SD", () => {
  // Headline of the numpy prototype of the same test on row scores, 500 studies a row; standard errors up to .022.
  test.each([
    ["one presentation, doubled", wordings(24), 100, [0.3, 0.6], 0.68],
    ["one presentation, trebled", wordings(24), 100, [0.2, 0.6], 0.926],
    ["8 wordings, doubled", wordings(8), 100, [0.3, 0.6], 0.234],
    ["8 wordings, trebled", wordings(8), 100, [0.2, 0.6], 0.462],
    ["300 rows, doubled", wordings(24), 300, [0.3, 0.6], 0.846],
  ] as const)("%s: near what was simulated", (_, design, rows, [before, after], simulated) => {
    const predicted = powerOfSdChange(assumed(before, after), { design, rows });
    expect(Math.abs(predicted - simulated)).toBeLessThan(0.1);
  });

  test("a change that is none is seen as seldom as the level says", () => {
    for (const design of [wordings(8), wordings(24), alternating(48)]) {
      expect(powerOfSdChange(assumed(0.4, 0.4), { design, rows: 100 })).toBeLessThanOrEqual(0.07);
    }
    expect(powerOfSdChange(assumed(0, 0), { design: wordings(24), rows: 100 })).toBeLessThanOrEqual(0.07);
  });

  test("more wordings, more rows, a larger change and a laxer level are seen more often", () => {
    const power = (design: ReturnType<typeof wordings>, rows: number, after = 0.6, alpha = 0.05) =>
      powerOfSdChange(assumed(0.3, after), { design, rows }, undefined, alpha);
    const base = power(wordings(24), 100);
    expect(power(wordings(48), 100)).toBeGreaterThan(base);
    expect(power(wordings(24), 400)).toBeGreaterThan(base);
    expect(power(wordings(24), 100, 0.9)).toBeGreaterThan(base);
    expect(power(wordings(24), 100, 0.6, 0.05 / 18)).toBeLessThan(base);
  });

  test("wordings that move together in their presentations are fewer than their prompts", () => {
    const crossed = crossedDesign([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11], Array.from({ length: 24 }, (_, p) => p % 2)); // prettier-ignore
    const together = powerOfSdChange(assumed(0.3, 0.6), { design: crossed, rows: 100, blockDf: 11 });
    const apart = powerOfSdChange(assumed(0.3, 0.6), { design: crossed, rows: 100, blockDf: 22 });
    expect(together).toBeLessThan(apart - 0.1);
  });

  test("below six wordings nothing is claimed", () => {
    expect(powerOfSdChange(assumed(0.3, 0.6), { design: wordings(5), rows: 100 })).toBeNaN();
    expect(detectableSds(assumed(0.3, 0.6), { design: wordings(5), rows: 100 })).toEqual({ fall: null, rise: null });
  });
});

describe("smallest detectable change of the SD", () => {
  const asked = { design: alternating(24), rows: 300 };

  test("has the power that was asked for", () => {
    const sides = assumed(0.6, 0.6);
    const { fall, rise } = detectableSds(sides, asked);
    const before = Math.sqrt(sides.component[0]);
    expect(fall).toBeLessThan(before);
    expect(rise).toBeGreaterThan(before);
    for (const sd of [fall, rise]) {
      expect(Math.abs(powerOfSdChange(sides, asked, (sd as number) ** 2) - 0.8)).toBeLessThan(0.02);
    }
  });

  test("where noise is larger than the effect no fall can be seen", () => {
    const { fall, rise } = detectableSds(assumed(0.3, 0.3), { design: alternating(24), rows: 20 });
    expect(fall).toBeNull();
    expect(rise).toBeGreaterThan(0.1);
  });

  test("from no effect at all only a rise can be seen", () => {
    const { fall, rise } = detectableSds(assumed(0, 0), asked);
    expect(fall).toBeNull();
    expect(rise).toBeGreaterThan(0);
  });
});
