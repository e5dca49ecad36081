/** Finds which rows of two results are the same where their hashes are of different things. */

import type { RowScore } from "../../metrics/row-score.js";
import type { ItemText } from "../../store/study-data.js";

/** Sets how long the longest text of a row has to be, in characters: short ones are the same by chance. */
const SHORTEST = 12;

type Cells = ReadonlyMap<string, readonly RowScore[]>;
type Texts = ReadonlySet<string>;

/**
 * Pairs rows whose texts are the same, whatever their columns are called: every text of one is a text of the other. A
 * row that could be paired with several is left out.
 * @param cellsA rows under each prompt, which say which hash a row has
 * @returns hashes of A by those of B
 */
export function rowsByTexts(
  a: readonly ItemText[],
  b: readonly ItemText[],
  cellsA: Cells,
  cellsB: Cells,
): ReadonlyMap<string, string> {
  const [own, theirs] = [textsOf(a, cellsA), textsOf(b, cellsB)];
  const found = [...within(own, theirs), ...within(theirs, own).map(([two, one]): Pair => [one, two])];
  const matches = [...new Map(found.map((pair) => [JSON.stringify(pair), pair])).values()];
  const times = (side: 0 | 1) => {
    const counts = new Map<string, number>();
    for (const pair of matches) counts.set(pair[side], (counts.get(pair[side]) ?? 0) + 1);
    return counts;
  };
  const [timesA, timesB] = [times(0), times(1)];
  return new Map(matches.flatMap(([one, two]) => (timesA.get(one) === 1 && timesB.get(two) === 1 ? [[two, one]] : [])));
}

type Pair = readonly [string, string];

/** Returns the texts of each row by its hash. */
function textsOf(items: readonly ItemText[], cells: Cells): ReadonlyMap<string, Texts> {
  const hashes = new Map([...cells.values()].flat().map((row) => [row.row, row.row_hash]));
  return new Map(
    items.flatMap(({ row, fields }): [string, Texts][] => {
      const hash = hashes.get(row);
      const texts = Object.values(fields)
        .flatMap(parts)
        .map((text) => text.replace(/\s+/g, " ").trim());
      return hash === undefined ? [] : [[hash, new Set(texts.filter((text) => text !== ""))]];
    }),
  );
}

/** Takes a field that is a whole row as JSON apart into the texts in it. */
function parts(text: string): string[] {
  if (!text.startsWith("{")) return [text];
  try {
    return leaves(JSON.parse(text));
  } catch {
    return [text];
  }
}

function leaves(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leaves);
  return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
}

/** Lists rows of one side all of whose texts are in a row of the other. */
function within(inner: ReadonlyMap<string, Texts>, outer: ReadonlyMap<string, Texts>): Pair[] {
  const byText = new Map<string, string[]>();
  for (const [hash, texts] of outer) {
    for (const text of texts) {
      if (text.length < SHORTEST) continue;
      const known = byText.get(text) ?? [];
      known.push(hash);
      byText.set(text, known);
    }
  }
  return [...inner].flatMap(([hash, texts]) => {
    const longest = [...texts].reduce((most, text) => (text.length > most.length ? text : most), "");
    return (byText.get(longest) ?? [])
      .filter((other) => [...texts].every((text) => outer.get(other)?.has(text) === true))
      .map((other): Pair => [hash, other]);
  });
}
