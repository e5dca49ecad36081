/** Finds rows of a task that share a passage. */

import type { ItemText } from "../../store/study-data.js";

/** Sets the length from which on fields are passages: two rows with one of them are not independent. */
const PASSAGE = 80;

/**
 * Returns the first long field that rows share, as the cluster of each row; a row without one is its own cluster.
 * @param rows of the grid, in its order
 * @returns null where no two rows share a passage, or the texts were not stored
 */
export function clustersOf(
  items: readonly ItemText[],
  rows: readonly { readonly row: number }[],
): readonly string[] | null {
  const texts = new Map(items.map((item) => [item.row, item.fields]));
  const own = rows.map(({ row }) => Object.entries(texts.get(row) ?? {}).filter(([, text]) => text.length >= PASSAGE));
  const counts = new Map<string, number>();
  const key = ([name, text]: readonly [string, string]) => `${name}: ${text}`;
  for (const fields of own) for (const field of fields) counts.set(key(field), (counts.get(key(field)) ?? 0) + 1);
  const clusters = own.map((fields, i) => {
    const shared = fields.map(key).find((name) => (counts.get(name) ?? 0) > 1);
    return shared ?? `row ${i}`;
  });
  return new Set(clusters).size === rows.length ? null : clusters;
}
