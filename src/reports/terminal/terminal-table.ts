/** Writes tables of a terminal: columns apart by two spaces, no lines. */

import Table from "cli-table3";
import type { IntervalRecord } from "../../analysis/document/document.js";
import { interval } from "../../base/numbers.js";

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
