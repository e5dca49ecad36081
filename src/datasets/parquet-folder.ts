/** Reads rows from a folder of Parquet parts, as Spark, polars and DuckDB write them. */

import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { cellValue } from "./csv.js";
import { ANY_COLUMNS, type AnyColumns, type ColumnType } from "./description.js";
import { readParquet } from "./parquet.js";
import type { Row } from "./description.js";

/** Holds what Spark writes in place of a value that is missing. */
const MISSING = "__HIVE_DEFAULT_PARTITION__";

/**
 * Lists the paths of the parts of a folder and its subfolders, in their order; hidden files are none, nor what begins
 * with "_".
 */
export async function parquetParts(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const isShown = (path: string) => path.split(sep).every((name) => !/^[._]/.test(name));
  return entries.filter((path) => path.endsWith(".parquet") && isShown(path)).sort();
}

/**
 * Reads the described columns of the rows of all parts. Of a part in folders `column=value`, these are columns of its
 * rows.
 * @throws UserError when a part cannot be read
 */
export async function readParquetFolder(folder: string, columns: AnyColumns): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of await parquetParts(folder)) {
    const fixed = partitionOf(part, columns);
    const inFile =
      columns === ANY_COLUMNS
        ? ANY_COLUMNS
        : Object.fromEntries(Object.entries(columns).filter(([name]) => !Object.hasOwn(fixed, name)));
    for (const row of await readParquet(join(folder, part), inFile)) rows.push({ ...row, ...fixed });
  }
  return rows;
}

/** Reads the values that the names of a part's folders give to described columns. */
function partitionOf(part: string, columns: AnyColumns): Row {
  const named = part.split(sep).flatMap((name) => {
    const [, column, value] = /^([^=]+)=(.*)$/.exec(name) ?? [];
    const type = column === undefined ? undefined : typeIn(columns, column);
    if (column === undefined || value === undefined || type === undefined) return [];
    return [[column, value === MISSING ? null : cellValue(type, unescaped(value))] as const];
  });
  return Object.fromEntries(named);
}

function typeIn(columns: AnyColumns, column: string): ColumnType | undefined {
  if (columns === ANY_COLUMNS) return "string";
  return Object.hasOwn(columns, column) ? columns[column] : undefined;
}

/** Replaces the signs of a value that Spark writes as %XX. */
function unescaped(value: string): string {
  return value.replace(/(?:%[0-9a-f]{2})+/gi, (signs) => {
    try {
      return decodeURIComponent(signs);
    } catch {
      return signs;
    }
  });
}
