import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shortened } from "../../src/base/wording.js";

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
});
