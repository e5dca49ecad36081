/** Lets DuckDB read the tables of others: CSV, JSONL and Parquet. */

import { messageOf, UserError } from "../base/errors.js";
import { textLines } from "../base/utf8.js";
import type { Statements } from "../store/database.js";
import { quoted } from "../store/export-tables.js";
import { chunksOf, isGzip } from "./packed.js";
import type { SourceFile } from "./source-file.js";

type TableSource = Pick<SourceFile, "path" | "name">;

/** Makes the SQL that reads a table; every column of a CSV file is text. */
export function tableReader({ path, name }: TableSource): string {
  const file = quoted(path, "'");
  if (/\.parquet$/i.test(name)) return `read_parquet(${file})`;
  const packed = `compression = '${isGzip(path) ? "gzip" : "uncompressed"}'`;
  if (/\.jsonl$/i.test(name)) return `read_json(${file}, ${packed}, format = 'newline_delimited', maximum_object_size = 16777216)`; // prettier-ignore
  return `read_csv(${file}, ${packed}, all_varchar = true, header = true, delim = ',', quote = '"', escape = '"', null_padding = false, allow_quoted_nulls = false)`;
}

/** @throws UserError where it cannot be read as a table */
export async function columnsOf(database: Statements, source: TableSource): Promise<string[]> {
  const found = await database.all<{ name: string }>(`SELECT column_name AS name FROM (DESCRIBE SELECT * FROM ${tableReader(source)})`)
    .catch((error: unknown) => refuseTable(source.path, error)); // prettier-ignore
  return found.map(({ name }) => name);
}

/** Says in one line what DuckDB says in many. @throws UserError */
export async function refuseTable(path: string, error: unknown): Promise<never> {
  // Looks for bytes that are no text itself, as DuckDB does not say where they stand.
  const lines = /\.parquet$/i.test(path) ? undefined : textLines(chunksOf(path), path);
  while (lines !== undefined && (await lines.next()).done !== true);
  const [first = ""] = messageOf(error).split(/ (?:Possible|LINE|File:|file = )/);
  // DuckDB looks for another way to part the fields where a line has not as many as the header.
  const why = first.includes("dialect") ? "a line has another number of fields than the header" : first.slice(0, 300);
  throw new UserError(`${path}: cannot be read as a table (${why}); was the file cut off?`);
}
