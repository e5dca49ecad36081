/** Counts rows that belong together, e.g. questions on one passage, as one. */

import type { ScoreGrid } from "../grid.js";

/**
 * Replaces rows by clusters: (G / I) sum over the cluster of (score - mean) + mean, G clusters of I rows. The means
 * stay, and the covariance of clusters / G is the cluster-robust one of the means with the factor G / (G - 1). Source:
 * Liang & Zeger 1986; Miller 2024 (arXiv:2411.00640), section 2.2.
 * @param clusters cluster of each row (I)
 * @returns the grid itself where every row is alone; null for a single cluster
 * @throws RangeError when rows and clusters differ in number
 */
export function clusteredGrid(grid: ScoreGrid, clusters: readonly (string | number)[]): ScoreGrid | null {
  const { prompts, items, values } = grid;
  if (clusters.length !== items) throw new RangeError(`${items} rows, but clusters for ${clusters.length}`);
  const numbers = new Map<string | number, number>();
  const at = clusters.map((name) => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  });
  const groups = numbers.size;
  if (groups === items) return grid;
  if (groups < 2) return null;
  const out = new Float64Array(prompts * groups);
  for (let p = 0; p < prompts; p++) {
    let sum = 0;
    for (let i = 0; i < items; i++) sum += values[p * items + i] as number;
    const centre = sum / items;
    for (let g = 0; g < groups; g++) out[p * groups + g] = centre;
    for (let i = 0; i < items; i++) {
      const to = p * groups + (at[i] as number);
      out[to] = (out[to] as number) + (groups / items) * ((values[p * items + i] as number) - centre);
    }
  }
  return { prompts, items: groups, values: out };
}
