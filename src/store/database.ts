/** Opens results.duckdb, repairs what can be repaired, and runs one transaction at a time. */

import {
  DuckDBDataChunk, DuckDBInstance, type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBResultReader,
  type DuckDBType, type DuckDBValue,
} from "@duckdb/node-api"; // prettier-ignore
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../base/errors.js";
import { storeError } from "./database-errors.js";
import { MIGRATIONS, STORE_VERSION } from "./schema.js";
import { repairLog } from "./write-ahead-log.js";

/** Sets rows of one chunk; DuckDB's own vectors have as many. */
const CHUNK_ROWS = 2048;

export type Parameters = Record<string, DuckDBValue>;

/** Lists what can be done with the tables. */
export interface Statements {
  /** Rows as objects with JavaScript values; a BIGINT is a bigint. */
  readonly all: <T extends object>(sql: string, parameters?: Parameters) => Promise<T[]>;
  readonly run: (sql: string, parameters?: Parameters) => Promise<void>;
  /** Adds rows at the end of a table (NAME, or CATALOG.SCHEMA.NAME), their values in the order of its columns. */
  readonly append: (table: string, types: readonly DuckDBType[], rows: readonly DuckDBValue[][]) => Promise<void>;
}

export interface OpenOptions {
  /** Nothing is written, so that a folder may be read-only. */
  readonly readOnly?: boolean;
  /** Told in one line when the file was damaged and what is readable is kept. */
  readonly onDamage?: (line: string) => void;
}

/** Counts how often this process has a file open, or says "to write": DuckDB's lock holds off other processes only. */
const opened = new Map<string, number | "to write">();

export class Database implements Statements {
  private queue: Promise<unknown> = Promise.resolve();
  private closed = false;
  /** Statements with parameters, by their text: a run asks the same few of every cell. */
  private readonly prepared = new Map<string, DuckDBPreparedStatement>();

  private constructor(
    readonly path: string,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /**
   * Opens the file, makes it where it is not there, and brings it to this version.
   * @throws UserError in one line: no place, no permission, another process has it open, damaged, of a newer version
   */
  static async open(
    path: string,
    { readOnly = false, onDamage = () => undefined }: OpenOptions = {},
  ): Promise<Database> {
    const place = resolve(path);
    if (readOnly && !existsSync(place)) throw new UserError(`${path}: there is no such file`);
    const others = opened.get(place) ?? 0;
    if (others === "to write" || (others > 0 && !readOnly))
      throw new UserError(`${path}: this program has it open already; close the results first`);
    opened.set(place, readOnly ? others + 1 : "to write");
    const config = { threads: "1", ...(readOnly ? { access_mode: "READ_ONLY" } : {}) };
    const instance = await instanceOf(path, config, readOnly ? undefined : onDamage).catch((error: unknown) => {
      release(place);
      throw error;
    });
    const database = new Database(path, instance, await instance.connect());
    try {
      if (await database.migrate(readOnly)) return database;
    } catch (error) {
      await database.close();
      throw error;
    }
    await database.close();
    const migrated = await Database.open(path, { onDamage });
    await migrated.close();
    return Database.open(path, { readOnly });
  }

  /** @returns false where that needs writing and the file was opened for reading */
  private async migrate(readOnly: boolean): Promise<boolean> {
    const tables = await this.all<{ name: string }>("SELECT table_name AS name FROM duckdb_tables()");
    const isStore = tables.some(({ name }) => name === "store");
    if (!isStore && tables.length > 0) {
      throw new UserError(`${this.path} is a database of something else; choose another --output-dir`);
    }
    const [found] = isStore ? await this.all<{ version: number }>("SELECT version FROM store") : [];
    const version = found?.version ?? 0;
    if (version > STORE_VERSION) {
      throw new UserError(
        `${this.path} was written by a newer amuro-eval (version ${version} of the file, this one knows ${STORE_VERSION}); use that one`,
      );
    }
    if (version === STORE_VERSION) return true;
    if (readOnly) return false;
    for (const [index, sql] of MIGRATIONS.slice(version).entries()) {
      await this.transaction(async (within) => {
        await within.run(sql);
        if (version + index > 0) await within.run(`UPDATE store SET version = ${version + index + 1}`);
      });
    }
    return true;
  }

  all<T extends object>(sql: string, parameters?: Parameters): Promise<T[]> {
    return this.exclusive(() => this.allNow<T>(sql, parameters));
  }

  run(sql: string, parameters?: Parameters): Promise<void> {
    return this.exclusive(() => this.runNow(sql, parameters));
  }

  append(table: string, types: readonly DuckDBType[], rows: readonly DuckDBValue[][]): Promise<void> {
    return this.exclusive(() => this.appendNow(table, types, rows));
  }

  /**
   * Runs a transaction: what is done within is durable when the promise is settled, and nothing of it is there when it
   * is rejected.
   */
  transaction<T>(action: (within: Statements) => Promise<T>): Promise<T> {
    const within: Statements = {
      all: (sql, parameters) => this.allNow(sql, parameters),
      run: (sql, parameters) => this.runNow(sql, parameters),
      append: (table, types, rows) => this.appendNow(table, types, rows),
    };
    return this.exclusive(async () => {
      await this.runNow("BEGIN");
      try {
        const result = await action(within);
        await this.runNow("COMMIT");
        return result;
      } catch (error) {
        // A commit that failed has left no transaction to roll back.
        await this.connection.run("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  /**
   * Opens a connection for statements of others, from now on without access to other files.
   * @returns also the name under which it knows this file
   */
  async connect(): Promise<{ readonly connection: DuckDBConnection; readonly catalog: string }> {
    const connection = await this.instance.connect();
    const reader = await connection.runAndReadAll("SELECT current_database() AS name");
    const [{ name }] = reader.getRowObjectsJS() as [{ name: string }];
    await connection.run("SET enable_external_access = false");
    await connection.run("SET lock_configuration = true");
    return { connection, catalog: `"${name.replaceAll('"', '""')}"` };
  }

  /** Waits for what was begun; nothing can be asked afterwards. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.queue;
    this.connection.closeSync();
    this.instance.closeSync();
    release(resolve(this.path));
  }

  /** Runs one task after the other, so that no statement enters another's transaction. */
  private exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.queue.then(action);
    this.queue = result.catch(() => undefined);
    return result;
  }

  private async allNow<T extends object>(sql: string, parameters?: Parameters): Promise<T[]> {
    try {
      return (await this.execute(sql, parameters)).getRowObjectsJS() as T[];
    } catch (error) {
      throw storeError(this.path, error);
    }
  }

  private async runNow(sql: string, parameters?: Parameters): Promise<void> {
    try {
      await this.execute(sql, parameters);
    } catch (error) {
      throw storeError(this.path, error);
    }
  }

  private async execute(sql: string, parameters: Parameters | undefined): Promise<DuckDBResultReader> {
    if (parameters === undefined) return this.connection.runAndReadAll(sql);
    const statement = this.prepared.get(sql) ?? (await this.connection.prepare(sql));
    this.prepared.set(sql, statement);
    statement.bind(parameters);
    return statement.runAndReadAll();
  }

  private async appendNow(table: string, types: readonly DuckDBType[], rows: readonly DuckDBValue[][]): Promise<void> {
    if (rows.length === 0) return;
    try {
      const [name = "", schema = null, catalog = null] = table.split(".").reverse();
      const appender = await this.connection.createAppender(name, schema, catalog);
      for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
        const chunk = DuckDBDataChunk.create(types);
        chunk.setRows(rows.slice(from, from + CHUNK_ROWS));
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
    } catch (error) {
      throw storeError(this.path, error);
    }
  }
}

/** Notes that this process has a file open once less. */
function release(place: string): void {
  const count = opened.get(place);
  if (typeof count === "number" && count > 1) opened.set(place, count - 1);
  else opened.delete(place);
}

/** @param onDamage told when what is damaged was left out; undefined for a file that is only read */
async function instanceOf(
  path: string,
  config: Record<string, string>,
  onDamage: ((line: string) => void) | undefined,
): Promise<DuckDBInstance> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await DuckDBInstance.create(resolve(path), config);
    } catch (error) {
      const repaired = attempt < 100 && onDamage !== undefined ? await repairLog(path, error) : undefined;
      if (repaired === undefined) throw storeError(path, error);
      onDamage?.(repaired);
    }
  }
}
