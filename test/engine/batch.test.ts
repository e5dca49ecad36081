import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coverPrefixes, planBatches } from "../../src/engine/batch.js";
import { at } from "../support/reference-forward.js";

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });

describe("planBatches", () => {
  test("gives every item once, longest first, within the budget", () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 10 }), (items, budget, most) => {
        const batches = planBatches(items, budget, most);
        const order = batches.flat();
        expect([...order].sort((a, b) => a - b)).toEqual([...items.keys()]);
        const sorted = order.map((index) => at(items, index));
        expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
        for (const batch of batches) {
          const padded = batch.length * Math.max(...batch.map((index) => at(items, index)));
          expect(batch.length === 1 || padded <= budget).toBe(true);
          expect(batch.length).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  test("leaves no batch that the next item would still have fitted", () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 200 }), (items, budget) => {
        const batches = planBatches(items, budget);
        batches.slice(0, -1).forEach((batch) => {
          expect((batch.length + 1) * at(items, at(batch, 0))).toBeGreaterThan(budget);
        });
      }),
    );
  });

  test("puts an item longer than the budget into a batch of its own", () => {
    expect(planBatches([5, 100, 5], 10)).toEqual([[1], [0, 2]]);
  });

  test("plans nothing for nothing", () => {
    expect(planBatches([], 10)).toEqual([]);
  });
});

describe("coverPrefixes", () => {
  // Two symbols and short sequences, so that prefixes and twins are frequent.
  const inputs = fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 5 }), { maxLength: 12 });
  const beginsWith = (whole: readonly number[], start: readonly number[]) => start.every((id, k) => whole[k] === id);

  test("covers each input by one it begins, and that one by itself", () => {
    fc.assert(
      fc.property(inputs, (sequences) => {
        const cover = coverPrefixes(sequences);
        cover.forEach((by, index) => {
          expect(beginsWith(at(sequences, by), at(sequences, index))).toBe(true);
          expect(cover[by]).toBe(by);
        });
      }),
    );
  });

  test("runs as few sequences as possible: none that begins another", () => {
    fc.assert(
      fc.property(inputs, (sequences) => {
        const run = new Set(coverPrefixes(sequences));
        for (const a of run) {
          for (const b of run) expect(a !== b && beginsWith(at(sequences, a), at(sequences, b))).toBe(false);
        }
      }),
    );
  });
});
