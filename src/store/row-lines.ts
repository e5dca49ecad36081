/** Writes the rows of a cell as text. */

import type { RowScore } from "../metrics/row-score.js";

/** Writes one line per row, as rows are exported; their SHA-256 stands in results.json. */
export function rowLines(rows: readonly RowScore[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
