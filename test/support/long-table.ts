/** Reads a table of means from a text. */

import { longTable, type TableCell } from "../../src/importers/long-table.js";
import { csvTable, type TableLine } from "../../src/importers/table-records.js";

/** Returns the cells of a CSV text; `source` begins the messages of errors. */
export function parseLongTable(text: string, source: string): TableCell[] {
  const file = csvTable(text, source);
  return longTable(file, [...(file.lines as Iterable<TableLine>)], source);
}
