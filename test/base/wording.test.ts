import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shortened, wrappedLine } from "../../src/base/wording.js";

describe("wording", () => {
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

  test("parts of a line that is broken begin where it began, and hold all of its words", () => {
    expect(wrappedLine("ok  one two three", 9)).toEqual(["ok  one", "two three"]);
    expect(wrappedLine("    one two three", 12)).toEqual(["    one two", "    three"]);
    expect(wrappedLine("  as it was", Infinity)).toEqual(["  as it was"]);
  });
});
