/** Chooses the rows and cells that make a complete grid where some cells have other rows than the others. */

import { counted } from "../base/wording.js";

/** Holds names of rows, as a set or as the keys of their scores. */
type Rows = Pick<ReadonlyMap<string, unknown>, "size" | "has" | "keys">;

/** Holds the rows of one cell. */
interface CellRows<Cell> {
  readonly cell: Cell;
  readonly rows: Rows;
}

/** Holds what is kept of the cells of a task. */
export interface Kept<Cell> {
  readonly rows: Rows;
  readonly cells: readonly Cell[];
}

/**
 * Takes cells by their number of rows, the largest first, and of these beginnings the one with the most scores over the
 * rows that its cells share. Which scores a cell has plays no part, so means are those of the rows and cells kept.
 * @param cells in their order, by which equals are taken
 */
export function keptCells<Cell>(cells: readonly CellRows<Cell>[]): Kept<Cell> {
  const groups = groupsOf(cells);
  const none: Rows = new Set();
  let kept = { rows: groups[0]?.[0]?.rows ?? none, groups: Math.min(1, groups.length), scores: 0 };
  let shared = kept.rows;
  let count = 0;
  for (const [i, group] of groups.entries()) {
    count += group.length;
    const rows = group[0]?.rows ?? none;
    if (i > 0) shared = new Set([...shared.keys()].filter((row) => rows.has(row)));
    const scores = shared.size * count;
    if (scores > kept.scores) kept = { rows: shared, groups: i + 1, scores };
  }
  return { rows: kept.rows, cells: groups.slice(0, kept.groups).flatMap((group) => group.map(({ cell }) => cell)) };
}

/** Puts cells of the same rows together: the most rows first, then the most cells. */
function groupsOf<Cell>(cells: readonly CellRows<Cell>[]): (readonly CellRows<Cell>[])[] {
  const groups: CellRows<Cell>[][] = [];
  for (const cell of cells) {
    const same = groups.find(([first]) => first !== undefined && isSame(first.rows, cell.rows));
    if (same === undefined) groups.push([cell]);
    else same.push(cell);
  }
  return groups.sort((a, b) => (b[0]?.rows.size ?? 0) - (a[0]?.rows.size ?? 0) || b.length - a.length);
}

function isSame(a: Rows, b: Rows): boolean {
  if (a.size !== b.size) return false;
  for (const row of a.keys()) if (!b.has(row)) return false;
  return true;
}

/** Says what is left out, in part of a sentence; nothing where all is kept. */
export function leftOutWords(
  rows: { readonly kept: number; readonly all: number },
  cells: { readonly out: number; readonly all: number },
): string {
  const less = rows.kept < rows.all ? `figures are over the ${rows.kept} of ${counted(rows.all, "row")} that every kept cell has` : ""; // prettier-ignore
  const gone = cells.out > 0 ? `${cells.out} of ${counted(cells.all, "cell")} lack rows of these and are left out` : "";
  return [less, gone].filter((part) => part !== "").join("; ");
}
