/** Writes Parquet from JSON lines. */

import { DuckDBInstance } from "@duckdb/node-api";
import { quoted } from "./export-tables.js";

/**
 * @param lines JSON lines, which may be gzip
 * @param columns DuckDB types by name
 * @param to file to write
 */
export async function parquetOfLines(
  lines: string,
  columns: Readonly<Record<string, string>>,
  to: string,
): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const types = Object.entries(columns).map(([name, type]) => `${quoted(name, "'")}: ${quoted(type, "'")}`);
  try {
    await connection.run(
      `COPY (SELECT * FROM read_json(${quoted(lines, "'")}, format = 'newline_delimited', columns = {${types.join(", ")}},
         maximum_object_size = 268435456)) TO ${quoted(to, "'")} (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
