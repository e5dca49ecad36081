import { describe, expect, test } from "vitest";
import { posixOfLabels } from "../../src/statistics/posix.js";

/** Three prompts, one item, two labels: the prompts prefer 0, 0 and 1. */
const table = [[-0.5, -1], [-0.2, -2], [-1.5, -0.3]]; // prettier-ignore
const answers = Int32Array.of(0, 0, 1);
const shape = { prompts: 3, items: 1, labels: 2 };

describe("POSIX of labels", () => {
  test("is what the formula gives by hand", () => {
    // |0.5 - 0.2| + |0.5 - 1.5| + |0.2 - 0.5| + |0.2 - 1.5| + |0.3 - 1| + |0.3 - 2|, over 3 x 2 pairs
    expect(posixOfLabels(Float64Array.from(table.flat()), answers, shape)).toBeCloseTo(5.3 / 6, 12);
  });

  test("is the mean over items", () => {
    const same = table.flatMap(() => [-1, -2]);
    const both = Float64Array.from(table.flatMap((row, p) => [...row, ...same.slice(2 * p, 2 * p + 2)]));
    const preferred = Int32Array.of(0, 0, 0, 0, 1, 0);
    expect(posixOfLabels(both, preferred, { ...shape, items: 2 })).toBeCloseTo(5.3 / 12, 12);
  });

  test("is 0 where every prompt gives the responses the same probability", () => {
    expect(posixOfLabels(Float64Array.of(-1, -2, -1, -2), Int32Array.of(0, 1), { ...shape, prompts: 2 })).toBe(0);
  });

  test("is not a number for one prompt", () => {
    expect(posixOfLabels(Float64Array.of(-1, -2), Int32Array.of(0), { ...shape, prompts: 1 })).toBeNaN();
  });
});
