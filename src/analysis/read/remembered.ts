/** Remembers figures of a grid that several parts of the analysis need. */

import { clusteredGrid } from "../../statistics/crossed/clusters.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import { gridMoments } from "../../statistics/moments.js";
import type { Scores } from "./input.js";
import { flipRate, promptSensiScore } from "../../statistics/sensitivity.js";

/**
 * Returns the function, computed once for as long as what its argument is known by lives.
 * @param keyOf the numbers themselves, where the same ones are handed on in another object
 */
function remembered<A, V>(compute: (argument: A) => V, keyOf: (argument: A) => object): (argument: A) => V {
  const known = new WeakMap<object, { readonly value: V }>();
  return (argument) => {
    let found = known.get(keyOf(argument));
    if (found === undefined) {
      found = { value: compute(argument) };
      known.set(keyOf(argument), found);
    }
    return found.value;
  };
}

export const momentsOf = remembered(gridMoments, ({ values }) => values);
export const pssOf = remembered(
  (grid: ScoreGrid) => promptSensiScore(grid),
  ({ values }) => values,
);
export const flipsWithin = remembered(flipRate, ({ answers }) => answers);

/** Returns the grid that errors are computed from: rows, or clusters of rows; null for a single cluster. */
export const unitsOf = remembered(
  ({ grid, clusters }: Pick<Scores, "grid" | "clusters">) => (clusters === null ? grid : clusteredGrid(grid, clusters)),
  ({ grid }) => grid.values,
);
