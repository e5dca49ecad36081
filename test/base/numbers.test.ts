import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coefficient,
  estimated,
  interval,
  intervalInWords,
  percent,
  perSteps,
  pFigure,
  pValue,
  score,
  sdBetween,
  shareFigure,
  signed,
  signedPercent,
  steps,
  withError,
} from "../../src/base/numbers.js";

describe("numbers for readers", () => {
  test("a score has three decimals, a true minus sign, no sign at zero, and a dash where it is not known", () => {
    expect([0.12345, -0.5, -0.0001, null, undefined, Number.NaN].map((value) => score(value))).toEqual([
      "0.123",
      "−0.500",
      "0.000",
      "–",
      "–",
      "–",
    ]);
    expect([4.0562845e22, -12_345_678, 9_999_999].map((value) => score(value))).toEqual(["4.056e+22", "−1.235e+7", "9999999.000"]); // prettier-ignore
    expect([withError(0.5, 0.0123), withError(0.5, null), withError(-0.5, 0.01, signed)]).toEqual([
      "0.500 ± 0.012",
      "0.500 ± ?",
      "−0.500 ± 0.010",
    ]);
  });

  test("a change has its sign, and none where it rounds to zero", () => {
    expect([0.1, -0.1, 0.0001, -0.0001, 0, undefined].map((value) => signed(value))).toEqual([
      "+0.100",
      "−0.100",
      "0.000",
      "0.000",
      "0.000",
      "–",
    ]);
    expect([perSteps(0.00123), perSteps(-0.00001), coefficient(-0.456)]).toEqual(["+0.0012", "0.0000", "−0.46"]);
  });

  test("an interval has the digits of its figure, in brackets and in words", () => {
    expect([interval({ low: -0.1, high: 0.2 }, signed), interval({ low: null, high: null }), interval(null)]).toEqual([
      "[−0.100, +0.200]",
      "[−∞, ∞]",
      "",
    ]);
    expect([
      intervalInWords({ low: -0.1, high: 0.2 }),
      intervalInWords({ low: null, high: 0.2 }, coefficient),
      intervalInWords({ low: 0.1, high: null }),
      intervalInWords({ low: null, high: null }),
    ]).toEqual([
      "95 % −0.100 to 0.200",
      "95 % up to 0.20",
      "95 % from 0.100 without an upper bound",
      "95 % interval without bounds",
    ]);
  });

  test("a p-value below 0.001 is given as a bound", () => {
    expect([pValue(0.0004), pValue(0.031), pValue(null), pValue(0.5, "Holm")]).toEqual([
      "p < 0.001",
      "p = 0.031",
      "p –",
      "Holm = 0.500",
    ]);
    expect([pFigure(0.0004), pFigure(0.031), pFigure(null)]).toEqual(["< 0.001", "0.031", "–"]);
  });

  test("a share has whole percent, a relative change one decimal and its sign", () => {
    expect([percent(0.125), percent(null), signedPercent(0.1234), signedPercent(-0.00001)]).toEqual([
      "13 %",
      "–",
      "+12.3 %",
      "0.0 %",
    ]);
    expect([steps(1000), steps(738_000), steps(null), steps(1234)]).toEqual(["1,000", "738k", "–", "1,234"]);
  });

  test("the sign of a change is that of its digits, whatever the value", () => {
    fc.assert(
      fc.property(fc.double({ min: -1000, max: 1000, noNaN: true }), (value) => {
        const text = signed(value);
        expect(text).toMatch(/^[+−]?\d+\.\d{3}$/);
        expect(Number(text.replace("−", "-"))).toBeCloseTo(value, 2);
        expect(/^[+−]/.test(text)).toBe(Number(text.replace("−", "-")) !== 0);
      }),
    );
  });

  test("an estimated count keeps the digits that count", () => {
    expect([estimated(12_345, 2), estimated(12_345, 4), estimated(7, 2)]).toEqual([12_000, 12_350, 7]);
  });

  test("an SD between two estimates is written as both, unless they round alike or the smaller to 0", () => {
    const written = [sdBetween(0.0512, 0.0648), sdBetween(0.4391, 0.4394), sdBetween(0.0004, 0.03), sdBetween(0, 0.03)];
    expect([...written, sdBetween(null, 0.03)]).toEqual(["0.051–0.065", "0.439", null, null, "–"]);
  });

  test("an estimated share at the end of its scale is written as its limit", () => {
    const written = [
      shareFigure(1, { low: 0.62, high: 1 }),
      shareFigure(0, { low: 0, high: 0.47 }),
      shareFigure(1, { low: 0.99951, high: 1 }),
      shareFigure(0, { low: 0, high: 0.0004 }),
      shareFigure(1, { low: 1, high: 1 }),
      shareFigure(0.75, { low: 0.6, high: 0.88 }),
      shareFigure(null, null),
    ];
    expect(written.map(({ text, beside }) => `${text} ${beside}`.trim())).toEqual([
      "≥ 0.620",
      "≤ 0.470",
      "> 0.999",
      "< 0.001",
      "> 0.999",
      "0.750 [0.600, 0.880]",
      "–",
    ]);
  });

  test("outputs write figures through this file alone", () => {
    const byHand = ["src/analysis", "src/reports", "src/cli", "src/library"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(folder, file))
        .filter((file) => /\.toFixed\(|\.toPrecision\(/.test(readFileSync(file, "utf8"))),
    );
    expect(byHand).toEqual([]);
  });
});
