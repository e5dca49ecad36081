/** Reads which rows of a split are meant: `test[:100]`, `train[10%:20%]`, as the `datasets` library writes it. */

import { UserError } from "../base/errors.js";

/** Tells whether a number counts rows or hundredths of all. */
type Unit = "rows" | "%";

interface Bound {
  readonly count: number;
  readonly unit: Unit;
}

/** Says which rows are taken: from the first to before the second; negative ones count from the end. */
export interface Slice {
  readonly from: Bound | undefined;
  readonly to: Bound | undefined;
}

const SLICE = /^([^[\]+]+)(?:\[\s*(?:(-?\d+)(%)?)?\s*:\s*(?:(-?\d+)(%)?)?\s*\])?$/;

/**
 * Reads the name of a split and which of its rows are meant.
 * @throws UserError for what is neither
 */
export function parsedSplit(text: string): { readonly name: string; readonly slice: Slice | undefined } {
  const [whole, name = "", from, fromUnit, to, toUnit] = SLICE.exec(text.trim()) ?? [];
  if (whole === undefined) {
    throw new UserError(
      `the split ${JSON.stringify(text)} is not read here; write a name, or a slice of it as NAME[:100] or NAME[10%:20%]`,
    );
  }
  if (!whole.includes("[")) return { name, slice: undefined };
  return { name, slice: { from: boundOf(from, fromUnit), to: boundOf(to, toUnit) } };
}

function boundOf(count: string | undefined, percent: string | undefined): Bound | undefined {
  return count === undefined ? undefined : { count: Number(count), unit: percent === undefined ? "rows" : "%" };
}

/** Writes a slice as it is read; nothing for all rows. */
export function sliceName(slice: Slice | undefined): string {
  if (slice === undefined) return "";
  const [from, to] = [slice.from, slice.to].map((bound) =>
    bound === undefined ? "" : String(bound.count) + (bound.unit === "%" ? "%" : ""),
  );
  return `[${from}:${to}]`;
}

/** Returns the rows that a slice takes. */
export function sliced<T>(rows: readonly T[], slice: Slice | undefined): readonly T[] {
  if (slice === undefined) return rows;
  return rows.slice(placeIn(slice.from, rows.length) ?? 0, placeIn(slice.to, rows.length));
}

/** Returns the row at which a bound lies: `slice` takes negative ones as `datasets` does. */
function placeIn(bound: Bound | undefined, rows: number): number | undefined {
  return bound?.unit === "%" ? halfEven((bound.count * rows) / 100) : bound?.count;
}

/** Rounds halves to the even number, as Python does. */
function halfEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
