/** Reads rows from a CSV or TSV file: with a header row, quoted as in RFC 4180. */

import { CsvError, parse } from "csv-parse/sync";
import { messageOf, UserError } from "../base/errors.js";
import { ANY_COLUMNS, type AnyColumns, type ColumnType } from "./description.js";
import type { Row } from "./description.js";
import { readUtf8 } from "./text.js";

/**
 * Reads one row for every record; blank lines are skipped. Cells of described columns are read as their type says;
 * lists and structs are JSON text. A cell that does not fit stays text, for checkRows to report. A first line `sep=;`,
 * which Excel writes and reads, names the separator.
 * @param separator between cells
 * @throws UserError that names the line of a broken record or a column that occurs twice
 */
export async function readCsv(path: string, columns: AnyColumns, separator = ","): Promise<Row[]> {
  const text = await readUtf8(path);
  const found = records(text, separator, path);
  if (columns === ANY_COLUMNS) return inferred(found);
  return found.map((record) => {
    const cells = Object.entries(record).map(([name, cell]): [string, unknown] => {
      const type = Object.hasOwn(columns, name) ? columns[name] : undefined;
      return [name, type === undefined ? cell : cellValue(type, cell)];
    });
    return Object.fromEntries(cells);
  });
}

/** Matches Excel's line that names the separator. */
const SEPARATOR_LINE = /^sep=(.)(?:\r\n|\n|\r)/;

const LF = 0x0a;

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
      // Some programs end lines with a CR alone.
      record_delimiter: text.includes(LF) ? ["\r\n", "\n"] : ["\r"],
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(
      `${path}: not valid ${separator === "\t" ? "TSV" : "CSV"} (${messageOf(error)}); correct that line`,
    );
  }
}

/** Reads columns that nobody described: numbers where every cell is one, else texts; empty cells are nothing. */
function inferred(found: readonly Record<string, string>[]): Row[] {
  const types = Object.keys(found[0] ?? {}).map((name): [string, ColumnType] => {
    const cells = found.map((record) => record[name] ?? "").filter((cell) => cell !== "");
    const all = (pattern: RegExp) => cells.length > 0 && cells.every((cell) => pattern.test(cell));
    if (all(/^-?(?:0|[1-9]\d{0,14})$/)) return [name, "int"];
    if (all(/^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:e[-+]?\d+)?$/i)) return [name, "float"];
    return [name, all(/^(?:true|false)$/i) ? "bool" : "string"];
  });
  return found.map((record) =>
    Object.fromEntries(
      types.map(([name, type]) => [name, record[name] === "" ? null : cellValue(type, record[name] ?? "")]),
    ),
  );
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
