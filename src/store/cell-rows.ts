/** Reads the rows of a run's cells, for readers that go from prompt to prompt. */

import type { RowScore } from "../metrics/row-score.js";
import type { Statements } from "./database.js";
import type { TaskRecord } from "./results.js";
import { rowScoreOf, SELECT_ROWS, SELECT_TASK_ROWS, type StoredRow } from "./row-columns.js";

/** Limits the rows of a checkpoint on a task at which those of all prompts are read together. */
const MOST_AT_ONCE = 50_000;

type ByPrompt = ReadonlyMap<string, readonly RowScore[]>;

export class CellRows {
  /** What was read last. */
  private last: { readonly key: string; readonly rows: Promise<ByPrompt> } | undefined;

  constructor(
    private readonly database: Pick<Statements, "all">,
    private readonly run: number,
    private readonly tasks: readonly Pick<TaskRecord, "name" | "rows" | "prompts">[],
  ) {}

  /** @returns undefined when the cell is not finished */
  async of(checkpoint: string, task: string, prompt: string): Promise<readonly RowScore[] | undefined> {
    const about = this.tasks.find(({ name }) => name === task);
    if (about === undefined || about.prompts.length * about.rows > MOST_AT_ONCE) {
      return this.readCell(checkpoint, task, prompt);
    }
    const key = JSON.stringify([checkpoint, task]);
    if (this.last?.key !== key) this.last = { key, rows: this.readTask(checkpoint, task) };
    return (await this.last.rows).get(prompt);
  }

  private async readCell(checkpoint: string, task: string, prompt: string): Promise<readonly RowScore[] | undefined> {
    const [cell] = await this.database.all<{ checkpoint: number; variant: number }>(
      `SELECT checkpoint, variant FROM run_cells WHERE run = $run AND current AND status = 'finished'
       AND checkpoint_name = $checkpoint AND task = $task AND prompt = $prompt`,
      { run: this.run, checkpoint, task, prompt },
    );
    if (cell === undefined) return undefined;
    return (await this.database.all<StoredRow>(SELECT_ROWS, { ...cell })).map(rowScoreOf);
  }

  private async readTask(checkpoint: string, task: string): Promise<ByPrompt> {
    const names = { run: this.run, checkpoint, task };
    const found = await this.database.all<StoredRow & { readonly prompt: string }>(SELECT_TASK_ROWS, names);
    const rows = new Map<string, RowScore[]>();
    for (const one of found) {
      const own = rows.get(one.prompt);
      if (own === undefined) rows.set(one.prompt, [rowScoreOf(one)]);
      else own.push(rowScoreOf(one));
    }
    return rows;
  }
}
