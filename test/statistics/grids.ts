/** Random grids for property tests, and the golden ones as grids. */

import fc from "fast-check";
import type { ScoreGrid } from "../../src/statistics/grid.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };
import { scoreGrid } from "../support/score-grid.js";

const binary = fc.constantFrom(0, 1);
const graded = fc.integer({ min: 0, max: 1000 }).map((value) => value / 1000);

/** `count` grids of one shape, binary or graded. */
export function gridsOf(count: number, { prompts = 2, items = 2 } = {}): fc.Arbitrary<ScoreGrid[]> {
  return fc
    .tuple(fc.integer({ min: prompts, max: 7 }), fc.integer({ min: items, max: 40 }), fc.boolean())
    .chain(([p, i, isBinary]) => {
      const row = fc.array(isBinary ? binary : graded, { minLength: i, maxLength: i });
      const rows = fc.array(row, { minLength: p, maxLength: p });
      return fc.array(rows.map(scoreGrid), { minLength: count, maxLength: count });
    });
}

/** Prompts in another order. */
export function reorderedPrompts(grid: ScoreGrid, order: readonly number[]): ScoreGrid {
  return scoreGrid(order.map((p) => grid.values.slice(p * grid.items, (p + 1) * grid.items)));
}

/** Items in reverse order. */
export function reversedItems(grid: ScoreGrid): ScoreGrid {
  return scoreGrid(
    Array.from({ length: grid.prompts }, (_, p) => grid.values.slice(p * grid.items, (p + 1) * grid.items).reverse()),
  );
}

/** 1 - score everywhere. */
export function complement(grid: ScoreGrid): ScoreGrid {
  return { ...grid, values: grid.values.map((value) => 1 - value) };
}

export const goldenGrids = golden.grids.map((entry) => ({
  ...entry,
  title: `${entry.kind}, ${entry.before.length} x ${entry.before[0]?.length ?? 0}`,
  before: scoreGrid(entry.before),
  after: scoreGrid(entry.after),
}));
