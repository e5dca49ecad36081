/** Writes tables of a terminal: columns apart by two spaces, no lines. */

import Table from "cli-table3";
import pc from "picocolors";
import type { IntervalRecord } from "../../analysis/document/document.js";
import { interval } from "../../base/numbers.js";
import { wrapped } from "../../base/wording.js";

export const PLAIN_BORDERS = {
  top: "", "top-mid": "", "top-left": "", "top-right": "",
  bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "",
  left: "  ", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  ",
}; // prettier-ignore

/** Returns an empty table; the first column stands to the left. */
export function newTable(head: string[]): Table.Table {
  const colAligns = head.map((_, i): "left" | "right" => (i === 0 ? "left" : "right"));
  return new Table({ head, colAligns, chars: PLAIN_BORDERS, style: { head: [], border: [], "padding-left": 0, "padding-right": 0 } }); // prettier-ignore
}

/** Writes an interval in brackets; an unknown one as "[?]". */
export function range(bounds: IntervalRecord | null): string {
  return bounds === null ? "[?]" : interval(bounds);
}

/** Sets the width that a column of words keeps where others have to be narrow. */
const LONGEST_WORD = 24;
/** Sets the width below which several words are not broken into a column of single ones. */
const SHORTEST_NAME = 16;

/**
 * Writes a table in a width: columns of words (those that stand to the left) are broken between words where that is
 * enough, and otherwise each row becomes a block of lines, a column each.
 * @param width columns of the terminal; Infinity where lines may have any length, 0 for blocks at once
 */
export function shown(table: Table.Table, width: number): string {
  const text = trimmedLines(table.toString());
  const widest = Math.max(...text.split("\n").map(visibleLength));
  if (widest <= width) return text;
  const { head, colAligns } = table.options;
  const columns = head.map((name, i) => [name, ...[...table].map((row) => cellOf(row, i))]);
  const widths = columns.map((cells) => Math.max(...cells.map(visibleLength)));
  const least = columns.map((cells, i) => (colAligns[i] === "right" ? (widths[i] ?? 0) : Math.min(LONGEST_WORD, Math.max(longestWord(cells), Math.min(widths[i] ?? 0, SHORTEST_NAME))))); // prettier-ignore
  for (let over = widest - width; over > 0; over--) {
    const room = widths.map((own, i) => (own > (least[i] ?? 0) ? own : 0));
    const chosen = room.indexOf(Math.max(...room));
    if ((room[chosen] ?? 0) === 0) return [...table].map((row) => blockOf(head, row, lineWidth(width))).join("\n");
    widths[chosen] = (widths[chosen] ?? 0) - 1;
  }
  const fitted = (cells: readonly string[]) => cells.map((cell, i) => cellLines(cell, widths[i] ?? width).join("\n"));
  const narrow = new Table({ ...table.options, head: fitted(head), colWidths: [], rowHeights: [] });
  for (const row of table) narrow.push(fitted(head.map((_, i) => cellOf(row, i))));
  return trimmedLines(narrow.toString());
}

/** Breaks a cell that is too wide; colours take no room. */
function cellLines(cell: string, width: number): string[] {
  return visibleLength(cell) <= width ? [cell] : wrapped(cell, width);
}

function longestWord(cells: readonly string[]): number {
  return Math.max(...cells.flatMap((cell) => cell.split(" ").map(visibleLength)));
}

function cellOf(row: unknown, i: number): string {
  return Array.isArray(row) ? String(row[i] ?? "") : "";
}

function blockOf(head: readonly string[], row: unknown, width: number): string {
  const label = Math.max(...head.slice(1).map((name) => visibleLength(name)));
  const lines = head.slice(1).flatMap((name, i) => {
    const cell = cellOf(row, i + 1).trim();
    if (cell === "") return [];
    const room = width - label - 6;
    // On a very narrow terminal the value stands below its name.
    if (room < 12) return [`    ${name}`, ...wrapped(cell, Math.max(8, width - 6)).map((part) => `      ${part}`)]; // prettier-ignore
    return cellLines(cell, room).map((part, j) => `    ${(j === 0 ? name : "").padEnd(label)}  ${part}`);
  });
  const title = wrapped(cellOf(row, 0).trim(), Math.max(8, width - 2)).map((part) => `  ${pc.bold(part)}`);
  return [...title, ...lines].join("\n");
}

/** Returns text without white space at the ends of its lines. */
export function trimmedLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Counts the characters of a text that take a column of a terminal. */
export function visibleLength(text: string): number {
  // eslint-disable-next-line no-control-regex -- colours are control sequences
  return Array.from(text.replace(/\u001b\[[0-9;]*m/g, "")).length;
}

/** Returns the length of a line of words: as wide as the terminal, and any where no table is wanted. */
export function lineWidth(width: number): number {
  return width === 0 ? Infinity : width;
}
