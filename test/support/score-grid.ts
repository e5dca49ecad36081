/** Makes grids of scores that tests write as lists. */

import type { ScoreGrid } from "../../src/statistics/grid.js";

/**
 * Makes a grid of rows of scores.
 * @param scores [prompt][item], every prompt over the same items in the same order
 * @throws RangeError when the prompts have different numbers of items, there is nothing, or a score is not finite
 */
export function scoreGrid(scores: readonly ArrayLike<number>[]): ScoreGrid {
  const prompts = scores.length;
  const items = scores[0]?.length ?? 0;
  if (prompts === 0 || items === 0) throw new RangeError("a grid needs at least one prompt and one item");
  const values = new Float64Array(prompts * items);
  scores.forEach((row, p) => {
    if (row.length !== items) throw new RangeError(`prompt ${p} has ${row.length} items, the first one ${items}`);
    for (let i = 0; i < items; i++) {
      const value = row[i] as number;
      if (!Number.isFinite(value)) throw new RangeError(`the score of prompt ${p} on item ${i} is ${value}`);
      values[p * items + i] = value;
    }
  });
  return { prompts, items, values };
}
