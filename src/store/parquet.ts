/** Writes Parquet from JSON lines. */

import { DuckDBInstance } from "@duckdb/node-api";
import { quoted } from "./export-tables.js";

/** Says how a Parquet file is written. */
interface ParquetOptions {
  readonly compression: "zstd" | "snappy";
  /** Rows that are read together; a multiple of 2,048. */
  readonly groupRows: number;
}

/** Holds what DuckDB takes where nothing is said, but for the compression. */
const USUAL: ParquetOptions = { compression: "zstd", groupRows: 122_880 };

/**
 * @param lines JSON lines, which may be gzip
 * @param columns DuckDB types by name
 * @param to file to write
 */
export async function parquetOfLines(
  lines: string,
  columns: Readonly<Record<string, string>>,
  to: string,
  { compression, groupRows }: ParquetOptions = USUAL,
): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const types = Object.entries(columns).map(([name, type]) => `${quoted(name, "'")}: ${quoted(type, "'")}`);
  try {
    await connection.run(
      `COPY (SELECT * FROM read_json(${quoted(lines, "'")}, format = 'newline_delimited', columns = {${types.join(", ")}},
         maximum_object_size = 268435456))
       TO ${quoted(to, "'")} (FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${groupRows})`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
