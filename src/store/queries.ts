/** Defines SQL on a folder of results: views of a run's rows, cells, prompts, items and checkpoints. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { messageOf, UsageError } from "../base/errors.js";
import type { Database, Parameters } from "./database.js";
import { tablesOf } from "./export-tables.js";

/** Selects the cells that the run began; those that failed have an error and no cost. */
const CELLS = (at: string) => `
  SELECT r.checkpoint_name AS checkpoint, r.task, r.prompt, r.status, r.error, c.tokens, c.distinct_tokens,
    c.reused_tokens, c.model_ms, c.seconds, c.rows_sha256
  FROM ${at}run_cells r LEFT JOIN ${at}cells c ON c.checkpoint = r.checkpoint AND c.variant = r.variant
  WHERE r.run = $run AND r.current ORDER BY r.place`;

export class Queries {
  private constructor(private readonly connection: DuckDBConnection) {}

  /** @param run id of the run that the views are of */
  static async open(database: Database, run: number): Promise<Queries> {
    const { connection, catalog } = await database.connect();
    const at = `${catalog}.main.`;
    const { scores, ...tables } = await tablesOf(database, run, at);
    const views = { rows: scores as string, cells: CELLS(at), ...tables };
    for (const [name, sql] of Object.entries(views)) {
      // Views of this connection alone: the file is not written.
      await connection.run(`CREATE TEMP VIEW ${name} AS ${sql.replaceAll("$run", String(run))}`);
    }
    return new Queries(connection);
  }

  /**
   * @returns the rows that a statement gives; whole numbers are numbers, bigints only beyond what those hold
   * @throws UsageError when the statement is wrong, or would change the results or read or write other files
   */
  async all<T extends object>(sql: string, parameters?: Parameters): Promise<T[]> {
    try {
      const reader = await this.connection.runAndReadAll(sql, parameters);
      return reader.getRowObjectsJS().map((row) => plain(row) as T);
    } catch (error) {
      throw new UsageError(`query: ${messageOf(error)}`);
    }
  }

  close(): void {
    this.connection.closeSync();
  }
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, plain(own)]));
  return value;
}
