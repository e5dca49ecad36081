/** Opens a table of means or of row scores, whichever it is. */

import { longTable } from "../../importers/long-table.js";
import { UsageError } from "../../base/errors.js";
import { type ColumnNames, OWN_NAMES } from "../../importers/columns.js";
import { isRowTable, parseRowTable } from "../../importers/row-table.js";
import {
  GIVEN_COLUMNS,
  type GivenColumn,
  openTableFile,
  type TableFile,
  type TableLine,
} from "../../importers/table-records.js";
import type { AnalysisInput } from "./input.js";
import { readRowTable } from "./read-row-table.js";
import { readTable } from "./read-table.js";

/** Holds what a table does not say of itself. */
interface TableOptions {
  readonly columns?: ColumnNames | undefined;
  /** What is said of all lines, by the column that would tell it. */
  readonly given?: Readonly<Partial<Record<GivenColumn, string | undefined>>>;
}

/**
 * Reads a CSV or Parquet file: one with a column `item` holds scores of rows, any other means of cells.
 * @throws UserError that names the file, the line and the column of what is wrong
 * @throws UsageError where something is given that the table has a column for
 */
export async function openTable(
  path: string,
  { columns = OWN_NAMES, given = {} }: TableOptions = {},
): Promise<AnalysisInput> {
  const own = GIVEN_COLUMNS.flatMap((name): [GivenColumn, string][] => {
    const value = given[name];
    return value === undefined ? [] : [[name, value]];
  });
  const file = withGiven(await openTableFile(path, columns), path, own);
  if (isRowTable(file.header)) return readRowTable(await parseRowTable(file, path), path);
  const lines: TableLine[] = [];
  for await (const line of file.lines) lines.push(line);
  return readTable(longTable(file, lines, path), path);
}

/** Adds a column for everything that was given. */
function withGiven(file: TableFile, path: string, given: readonly (readonly [GivenColumn, string])[]): TableFile {
  if (given.length === 0) return file;
  const twice = given.find(([name]) => file.header.includes(name));
  if (twice !== undefined) {
    const [name, value] = twice;
    throw new UsageError(`--${name} ${value}: ${path} has a column "${name}"; leave that out by --columns =${name}`);
  }
  async function* lines(): AsyncGenerator<TableLine> {
    for await (const { values, line } of file.lines)
      yield { values: [...values, ...given.map(([, value]) => value)], line };
  }
  return { header: [...file.header, ...given.map(([name]) => name)], unit: file.unit, lines: lines() };
}
