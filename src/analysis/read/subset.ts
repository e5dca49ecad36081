/** Selects some prompts of a grid or of its moments. */

import type { ScoreGrid } from "../../statistics/grid.js";
import type { GridMoments } from "../../statistics/moments.js";

/** @param chosen indices of the prompts, in their new order */
export function subsetMoments(
  { prompts, items, means, covariance }: GridMoments,
  chosen: readonly number[],
): GridMoments {
  return {
    prompts: chosen.length,
    items,
    means: Float64Array.from(chosen, (p) => means[p] as number),
    covariance: Float64Array.from(chosen.flatMap((p) => chosen.map((q) => covariance[p * prompts + q] as number))),
  };
}

/** @param chosen indices of the prompts, in their new order; all of them as they are give the grid itself */
export function subsetGrid(grid: ScoreGrid, chosen: readonly number[]): ScoreGrid {
  if (chosen.length === grid.prompts && chosen.every((p, at) => p === at)) return grid;
  const values = new Float64Array(chosen.length * grid.items);
  chosen.forEach((p, at) => {
    values.set(grid.values.subarray(p * grid.items, (p + 1) * grid.items), at * grid.items);
  });
  return { prompts: chosen.length, items: grid.items, values };
}
