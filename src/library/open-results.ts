/** Opens stored results for programs. */

import { didYouMean, UsageError } from "../base/errors.js";
import { compileSchema } from "../base/validation.js";
import type { RowScore } from "../metrics/row-score.js";
import type { Parameters } from "../store/database.js";
import { openStudyData, type StoredStudy } from "../store/open-study-data.js";
import type { Queries } from "../store/queries.js";
import type { CellRecord, Results, TaskRecord } from "../store/results.js";
import { checkedOptions } from "./checked-options.js";

/** Holds what one row got in one cell. */
export interface ResultRow extends RowScore {
  /** Name of the checkpoint, as in `results.checkpoints`. */
  readonly checkpoint: string;
  /** Name of the task. */
  readonly task: string;
  /** Id of the prompt. */
  readonly prompt: string;
}

/** Holds a prompt of a task, as it was asked. */
export type ResultPrompt = { readonly task: string } & TaskRecord["prompts"][number] & {
    /** The prompt that the first row got, shots included; undefined where it was not stored. */
    readonly text: string | undefined;
  };

/** Says which cells are wanted: those of a checkpoint, a task or a prompt by name. */
export interface CellFilter {
  /** Name of a checkpoint; all of them when left out. */
  readonly checkpoint?: string | undefined;
  /** Name of a task; all of them when left out. */
  readonly task?: string | undefined;
  /** Id of a prompt; all of them when left out. */
  readonly prompt?: string | undefined;
}

/** Holds a run's results in a folder, opened for reading. They hold the file until they are closed. */
export interface StoredResults {
  /** Where they are, as it was given. */
  readonly folder: string;
  /** Checkpoints, tasks, options, and scores over prompts: the content of results.json. */
  readonly results: Results;
  /** Rows of the finished cells, cell by cell. @throws UsageError when a name is not among the results */
  rows(where?: CellFilter): AsyncIterable<ResultRow>;
  /** Cells of the run, those that failed among them. @throws UsageError when a name is not among the results */
  cells(where?: CellFilter): AsyncIterable<CellRecord>;
  /** Prompts of every task, with their levels on each axis. @throws UsageError when a name is not among the results */
  prompts(where?: Omit<CellFilter, "checkpoint">): AsyncIterable<ResultPrompt>;
  /**
   * Asks with a statement of DuckDB's SQL on the views `rows`, `cells`, `prompts`, `items` and `checkpoints`. Nothing
   * is written: neither the results nor other files can be changed.
   * @param parameters values for $NAME in the statement
   * @throws UsageError when the statement is wrong
   */
  query<T extends object = Record<string, unknown>>(sql: string, parameters?: Parameters): Promise<T[]>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

const studies = new WeakMap<StoredResults, StoredStudy>();

/** Finds the study that opened results are of; undefined for anything else. */
export function studyOf(results: StoredResults): StoredStudy | undefined {
  return studies.get(results);
}

const isOptions = compileSchema<{ readonly run?: number }>({
  type: "object",
  additionalProperties: false,
  properties: { run: { type: "integer", minimum: 0 } },
});
const names = Object.fromEntries(["checkpoint", "task", "prompt"].map((name) => [name, { type: "string" }]));
const isFilter = compileSchema<CellFilter>({ type: "object", additionalProperties: false, properties: names });

/**
 * Opens the results in a folder for reading.
 * @param folder the outputDir of a run
 * @param options `run` is the number of a run, as `amuro-eval results ls` lists it; the last one when left out
 * @returns the results, which hold the file until they are closed
 * @throws UsageError when no folder is given, or there is no such run
 * @throws UserError when there are no results, a run is writing them, or they are damaged or of another version
 */
export async function openResults(
  folder: string,
  options: { readonly run?: number | undefined } = {},
): Promise<StoredResults> {
  const { run } = checkedOptions(isOptions, options, "openResults");
  if (typeof folder !== "string" || folder.trim() === "")
    throw new UsageError("openResults: no folder given; give the outputDir of a run");
  const study = await openStudyData(folder, run);
  const opened = new OpenedResults(folder, study);
  studies.set(opened, study);
  return opened;
}

class OpenedResults implements StoredResults {
  readonly results: Results;
  private queries: Promise<Queries> | undefined;

  constructor(
    readonly folder: string,
    private readonly study: StoredStudy,
  ) {
    this.results = study.results;
  }

  async *rows(where: CellFilter = {}): AsyncGenerator<ResultRow> {
    for (const { checkpoint, task, prompt } of this.cellsOf(where)) {
      for (const row of (await this.study.rows(checkpoint, task, prompt)) ?? [])
        yield { checkpoint, task, prompt, ...row };
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- all of these are read in one way
  async *cells(where: CellFilter = {}): AsyncGenerator<CellRecord> {
    yield* this.cellsOf(where);
  }

  async *prompts(where: Omit<CellFilter, "checkpoint"> = {}): AsyncGenerator<ResultPrompt> {
    const { task, prompt } = this.checked(where);
    for (const { name, prompts } of this.results.tasks) {
      if (task !== undefined && name !== task) continue;
      for (const one of prompts) {
        if (prompt !== undefined && one.id !== prompt) continue;
        yield { task: name, ...one, text: await this.study.promptText(name, one.id) };
      }
    }
  }

  async query<T extends object>(sql: string, parameters?: Parameters): Promise<T[]> {
    if (typeof sql !== "string" || sql.trim() === "") throw new UsageError("query: no statement given");
    this.queries ??= this.study.queries();
    return (await this.queries).all<T>(sql, parameters);
  }

  async close(): Promise<void> {
    (await this.queries)?.close();
    await this.study.close();
  }

  private cellsOf(where: CellFilter): CellRecord[] {
    const wanted = Object.entries(this.checked(where)) as [keyof CellFilter, string][];
    return this.results.cells.filter((cell) => wanted.every(([key, name]) => cell[key] === name));
  }

  private checked(where: CellFilter): CellFilter {
    const filter = checkedOptions(isFilter, where, "results");
    const { checkpoints, tasks } = this.results;
    const known: Record<keyof CellFilter, readonly string[]> = {
      checkpoint: checkpoints.map(({ name }) => name),
      task: tasks.map(({ name }) => name),
      prompt: [...new Set(tasks.flatMap(({ prompts }) => prompts.map(({ id }) => id)))],
    };
    for (const [key, name] of Object.entries(filter) as [keyof CellFilter, string][]) {
      if (!known[key].includes(name))
        throw new UsageError(`${this.folder}: no ${key} "${name}" among the results${didYouMean(name, known[key])}`);
    }
    return filter;
  }
}
