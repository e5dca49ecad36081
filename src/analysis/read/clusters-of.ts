/** Finds rows of a task that belong together: by what their source says, or because they share a passage. */

import { CLUSTER_FIELD, type ItemText } from "../../store/study-data.js";

/** Sets the length from which on fields are passages: two rows with one of them are not independent. */
const PASSAGE = 80;

/**
 * Returns the cluster of each row: the one that its source names where it names any, of whatever length; otherwise the
 * first long field that rows share. A row without one is its own cluster.
 * @param rows of the grid, in its order
 * @returns null where no two rows belong together, or the texts were not stored
 */
export function clustersOf(
  items: readonly ItemText[],
  rows: readonly { readonly row: number }[],
): readonly string[] | null {
  const texts = new Map(items.map((item) => [item.row, item.fields]));
  const named = rows.map(({ row }) => texts.get(row)?.[CLUSTER_FIELD]);
  if (named.some((name) => name !== undefined)) {
    return groupsOf(named.map((name, i) => (name === undefined ? `row ${i}` : `cluster ${name}`)));
  }
  const own = rows.map(({ row }) => Object.entries(texts.get(row) ?? {}).filter(([, text]) => text.length >= PASSAGE));
  const counts = new Map<string, number>();
  const key = ([name, text]: readonly [string, string]) => `${name}: ${text}`;
  for (const fields of own) for (const field of fields) counts.set(key(field), (counts.get(key(field)) ?? 0) + 1);
  const clusters = own.map((fields, i) => {
    const shared = fields.map(key).find((name) => (counts.get(name) ?? 0) > 1);
    return shared ?? `row ${i}`;
  });
  return groupsOf(clusters);
}

function groupsOf(clusters: readonly string[]): readonly string[] | null {
  return new Set(clusters).size === clusters.length ? null : clusters;
}
