import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interval, percent, pValue, score, shortened, signed, steps, withError } from "../../src/reports/numbers.js";

describe("numbers of reports", () => {
  test("scores and changes", () => {
    expect([score(0.12345), score(-0.5), score(-0.0001), score(null), score(Number.NaN)]).toEqual([
      "0.123",
      "−0.500",
      "0.000",
      "–",
      "–",
    ]);
    expect([signed(0.1), signed(-0.1), signed(0.0001), signed(-0.0001), signed(undefined)]).toEqual([
      "+0.100",
      "−0.100",
      "0.000",
      "0.000",
      "–",
    ]);
    expect([withError(0.5, 0.0123), withError(0.5, null)]).toEqual(["0.500 ± 0.012", "0.500 ± ?"]);
  });

  test("intervals, p-values, shares, steps", () => {
    expect([interval({ low: -0.1, high: 0.2 }, signed), interval({ low: null, high: null }), interval(null)]).toEqual([
      "[−0.100, +0.200]",
      "[−∞, ∞]",
      "",
    ]);
    expect([pValue(0.0004), pValue(0.031), pValue(null)]).toEqual(["p < 0.001", "p = 0.031", "p –"]);
    expect([percent(0.125), percent(null)]).toEqual(["13 %", "–"]);
    expect([steps(1000), steps(738_000), steps(null), steps(1234)]).toEqual(["1,000", "738k", "–", "1,234"]);
  });

  test("a shortened name keeps both ends, and is never longer than asked", () => {
    expect(shortened("abcdefghij", 5)).toBe("ab…ij");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 40 }), (name, longest) => {
        const short = shortened(name, longest);
        expect(Array.from(short).length).toBeLessThanOrEqual(Math.max(longest, 1));
        if (Array.from(name).length <= longest) expect(short).toBe(name);
      }),
    );
  });
});
