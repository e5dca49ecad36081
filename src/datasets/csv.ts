/** Reads rows from a CSV or TSV file: with a header row, quoted as in RFC 4180. */

import { CsvError, parse } from "csv-parse/sync";
import { messageOf, UserError } from "../base/errors.js";
import type { Columns, ColumnType } from "./description.js";
import type { Row } from "./rows.js";
import { readUtf8 } from "./text.js";

/**
 * Reads one row for every record; blank lines are skipped. Cells of described columns are read as their type says;
 * lists and structs are JSON text. A cell that does not fit stays text, for checkRows to report. A first line `sep=;`,
 * which Excel writes and reads, names the separator.
 * @param separator between cells
 * @throws UserError that names the line of a broken record or a column that occurs twice
 */
export async function readCsv(path: string, columns: Columns, separator = ","): Promise<Row[]> {
  const text = await readUtf8(path);
  return records(text, separator, path).map((record) => {
    const cells = Object.entries(record).map(([name, cell]): [string, unknown] => {
      const type = Object.hasOwn(columns, name) ? columns[name] : undefined;
      return [name, type === undefined ? cell : cellValue(type, cell)];
    });
    return Object.fromEntries(cells);
  });
}

/** Matches Excel's line that names the separator. */
const SEPARATOR_LINE = /^sep=(.)\r?\n/;

function records(text: Buffer, separator: string, path: string): Record<string, string>[] {
  const [line = "", named] = SEPARATOR_LINE.exec(text.toString("latin1", 0, 8)) ?? [];
  const header = (names: string[]) => {
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined) throw new UserError(`${path}: column "${twice}" occurs twice in the header; rename one`);
    return names;
  };
  try {
    return parse<Record<string, string>>(text.subarray(line.length), {
      delimiter: named ?? separator,
      columns: header,
      skip_empty_lines: true,
      record_delimiter: ["\r\n", "\n"],
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(
      `${path}: not valid ${separator === "\t" ? "TSV" : "CSV"} (${messageOf(error)}); correct that line`,
    );
  }
}

const INTEGER = /^[+-]?\d+(\.0*)?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads a cell as its column's type says; one that does not fit stays text. */
export function cellValue(type: ColumnType, cell: string): unknown {
  switch (type) {
    case "string":
      return cell;
    case "int":
      return INTEGER.test(cell) ? Number(cell) : cell;
    case "float":
      return NUMBER.test(cell) ? Number(cell) : cell;
    case "bool":
      return /^(true|false)$/i.test(cell) ? cell.toLowerCase() === "true" : cell;
    default:
      return jsonOrText(cell);
  }
}

function jsonOrText(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}
