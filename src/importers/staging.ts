/**
 * Gathers what importers read in a database beside the store, so that millions of rows need no memory. Importers add
 * rows one after another, or tell DuckDB to read a file.
 */

import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  INTEGER,
  LIST,
  listValue,
  MAP,
  mapValue,
  VARCHAR,
  type DuckDBValue,
} from "@duckdb/node-api";
import { sha256 } from "../base/hash.js";
import type { Database } from "../store/database.js";
import { quoted } from "../store/export-tables.js";
import type { CheckpointFacts, ImportedRow, PromptFacts, TaskFacts } from "./rows.js";

/** Holds one line for every row under every prompt of every checkpoint; JSON in fields, answers and texts. */
export const LINES = "staging.main.lines";

const COLUMNS = [
  ["nth", "BIGINT", BIGINT],
  ["checkpoint", "VARCHAR", VARCHAR],
  ["task", "VARCHAR", VARCHAR],
  ["prompt", "VARCHAR", VARCHAR],
  ["item", "VARCHAR", VARCHAR],
  ["row_hash", "VARCHAR", VARCHAR],
  ["fields", "VARCHAR", VARCHAR],
  ["answers", "VARCHAR", VARCHAR],
  ["gold", "INTEGER", INTEGER],
  ["texts", "VARCHAR", VARCHAR],
  ["prompt_hash", "VARCHAR", VARCHAR],
  ["choice", "INTEGER", INTEGER],
  ["tied", "INTEGER", INTEGER],
  ["generated", "VARCHAR", VARCHAR],
  ["logprobs", "DOUBLE[]", LIST(DOUBLE)],
  ["metrics", "MAP(VARCHAR, DOUBLE)", MAP(VARCHAR, DOUBLE)],
  // What follows is known of exports of amuro-eval alone.
  ["label_mass", "DOUBLE", DOUBLE],
  ["context_tokens", "INTEGER", INTEGER],
  ["new_tokens", "INTEGER", INTEGER],
  ["shots_dropped", "INTEGER", INTEGER],
  ["truncated", "BOOLEAN", BOOLEAN],
  ["merged", "BOOLEAN", BOOLEAN],
  ["samples", "VARCHAR", VARCHAR],
] as const;

const TYPES = COLUMNS.map(([, , type]) => type);
/** Sets how many rows are handed to DuckDB at a time. */
const BATCH = 4096;
/** Limits DuckDB's own memory; what does not fit lies in files. */
const MEMORY = "700MB";

/** Makes the key of a prompt of a task. */
export function promptKey(task: string, prompt: string): string {
  return JSON.stringify([task, prompt]);
}

export class Staging {
  readonly checkpoints = new Map<string, CheckpointFacts>();
  readonly tasks = new Map<string, TaskFacts>();
  readonly prompts = new Map<string, PromptFacts>();
  /** What the reader has to know of how the files were read, and what they lack. */
  readonly notes = new Set<string>();
  readonly missing = new Set<string>();
  /** Names and versions of what made the files. */
  readonly tools = new Map<string, string>();
  private batch: DuckDBValue[][] = [];
  private count = 0;

  private constructor(readonly database: Database) {}

  /** @param path of a database that is made, which the caller deletes once the store's is closed */
  static async open(database: Database, path: string): Promise<Staging> {
    await database.run(`SET memory_limit = '${MEMORY}'`);
    await database.run(`ATTACH ${quoted(path, "'")} AS staging`);
    await database.run(`CREATE TABLE ${LINES} (${COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ")})`);
    return new Staging(database);
  }

  checkpoint(name: string, facts: CheckpointFacts): void {
    this.checkpoints.set(name, { ...this.checkpoints.get(name), ...facts });
  }

  task(name: string, facts: TaskFacts): void {
    this.tasks.set(name, { ...this.tasks.get(name), ...facts });
  }

  prompt(task: string, prompt: string, facts: PromptFacts): void {
    const key = promptKey(task, prompt);
    this.prompts.set(key, { ...this.prompts.get(key), ...facts });
  }

  async add(row: ImportedRow): Promise<void> {
    const { fields, answers, references, logprobs } = row;
    const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
    this.batch.push([
      BigInt(this.count++), row.checkpoint, row.task, row.prompt, row.item, row.rowHash ?? sha256(row.item),
      json(fields), json(answers), row.gold ?? null, json(references), row.promptHash ?? null, row.choice ?? null,
      row.tied ?? null, row.generated ?? null, logprobs === undefined ? null : listValue(logprobs),
      mapValue(Object.entries(row.metrics).map(([key, value]) => ({ key, value }))),
      null, null, null, null, null, null, null,
    ]); // prettier-ignore
    if (this.batch.length >= BATCH) await this.flush();
  }

  /**
   * Adds what a statement selects.
   * @param select gives columns of {@link LINES} by their names, and in `nth` their order within this statement
   */
  async select(columns: readonly string[], select: string): Promise<void> {
    await this.flush();
    const inner = `SELECT ${columns.map((name) => (name === "nth" ? `nth + ${this.count} AS nth` : name)).join(", ")} FROM (${select})`;
    await this.database.run(`INSERT INTO ${LINES} (${columns.join(", ")}) ${inner}`);
    const [found] = await this.database.all<{ n: bigint }>(`SELECT coalesce(max(nth) + 1, 0) AS n FROM ${LINES}`);
    this.count = Number(found?.n ?? 0);
  }

  async flush(): Promise<void> {
    const { batch } = this;
    this.batch = [];
    await this.database.append(LINES, TYPES, batch);
  }
}
