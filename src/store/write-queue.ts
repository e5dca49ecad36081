/**
 * Writes what comes in while the model goes on: all that has come by the time the last write is done is one
 * transaction.
 */

import type { RowScore } from "../metrics/row-score.js";
import type { Database, Statements } from "./database.js";
import { ROW_TYPES, rowColumns } from "./row-columns.js";

export type Write = (within: Statements) => Promise<void>;

interface Row {
  readonly checkpoint: number;
  readonly question: number;
  readonly score: RowScore;
}

export class WriteQueue {
  private rows: Row[] = [];
  private writes: Write[] = [];
  private working: Promise<void> | undefined;
  private failure: Error | undefined;
  /** Questions whose scores are stored or under way, by checkpoint: a question may be asked in several cells. */
  private readonly stored = new Map<number, Set<number>>();

  constructor(private readonly database: Database) {}

  /** Takes note of scores that are there already. */
  note(checkpoint: number, questions: Iterable<number>): void {
    const known = this.storedOf(checkpoint);
    for (const question of questions) known.add(question);
  }

  /** Tells whether a score is stored or under way. */
  has(checkpoint: number, question: number): boolean {
    return this.storedOf(checkpoint).has(question);
  }

  /** Says that no more scores of a checkpoint will come. */
  leave(checkpoint: number): void {
    this.stored.delete(checkpoint);
  }

  addRow(checkpoint: number, question: number, score: RowScore): void {
    const known = this.storedOf(checkpoint);
    if (known.has(question)) return;
    known.add(question);
    this.rows.push({ checkpoint, question, score });
    this.start();
  }

  /** Adds work that is carried out after the rows that were added before. */
  add(write: Write): void {
    this.writes.push(write);
    this.start();
  }

  /**
   * Waits until all that was added is durable.
   * @throws what writing threw, now and ever after: nothing more is stored then
   */
  async flush(): Promise<void> {
    while (this.working !== undefined) await this.working;
    if (this.failure !== undefined) throw this.failure;
  }

  private storedOf(checkpoint: number): Set<number> {
    let known = this.stored.get(checkpoint);
    if (known === undefined) {
      known = new Set();
      this.stored.set(checkpoint, known);
    }
    return known;
  }

  private start(): void {
    if (this.failure !== undefined) return;
    this.working ??= this.work();
  }

  private async work(): Promise<void> {
    try {
      // What is added in the same turn of the event loop goes together.
      await Promise.resolve();
      while (this.rows.length + this.writes.length > 0) {
        const [rows, writes] = [this.rows, this.writes];
        [this.rows, this.writes] = [[], []];
        await this.database.transaction(async (within) => {
          const columns = rows.map(({ checkpoint, question, score }) => rowColumns(checkpoint, question, score));
          await within.append("row_scores", ROW_TYPES, columns);
          for (const write of writes) await write(within);
        });
      }
    } catch (error) {
      this.failure = error as Error;
    } finally {
      this.working = undefined;
    }
  }
}
