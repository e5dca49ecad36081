/** Opens a table of means or of row scores, whichever it is. */

import { longTable } from "../../importers/long-table.js";
import { isRowTable, parseRowTable } from "../../importers/row-table.js";
import { openTableFile, type TableLine } from "../../importers/table-records.js";
import type { AnalysisInput } from "./input.js";
import { readRowTable } from "./read-row-table.js";
import { readTable } from "./read-table.js";

/**
 * Reads a CSV or Parquet file: one with a column `item` holds scores of rows, any other means of cells.
 * @throws UserError that names the file, the line and the column of what is wrong
 */
export async function openTable(path: string): Promise<AnalysisInput> {
  const file = await openTableFile(path);
  if (isRowTable(file.header)) return readRowTable(await parseRowTable(file, path), path);
  const lines: TableLine[] = [];
  for await (const line of file.lines) lines.push(line);
  return readTable(longTable(file, lines, path), path);
}
