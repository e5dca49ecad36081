import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planBatches } from "../../../src/engine/backends/batch.js";
import { at } from "../../support/reference-forward.js";

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
