/** Runs of a plan in a folder, and what is stored there. */

import { join } from "node:path";
import { expect } from "vitest";
import type { KeptDownloads } from "../../src/hub/index.js";
import { hashValue } from "../../src/base/hash.js";
import { buildResults } from "../../src/store/build-results.js";
import { Database } from "../../src/store/database.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import { ResultsFolder } from "../../src/store/results-folder.js";
import type { Results } from "../../src/store/results.js";
import { RunStore } from "../../src/store/run-store.js";
import { shardName, type CellResult, type Shard } from "../../src/study/cell.js";
import type { Plan } from "../../src/study/plan.js";
import { resultsHeader } from "../../src/study/results.js";
import type { RowScore } from "../../src/metrics/row-score.js";
import { runPlan, type RunEvents } from "../../src/study/run.js";

export interface RunOptions {
  readonly command?: Results["command"];
  readonly shard?: Shard;
  readonly fresh?: boolean;
  readonly maxFailures?: number;
  readonly downloads?: KeptDownloads;
  readonly signal?: AbortSignal;
  readonly events?: Partial<RunEvents>;
}

export interface RunResult {
  readonly cells: readonly CellResult[];
  /** Names of the cells that were not in the store. */
  readonly computed: string[];
  readonly results: Results;
}

/** Runs a plan as `amuro-eval run` does. */
export async function runInFolder(path: string, plan: Plan, options: RunOptions = {}): Promise<RunResult> {
  const { command = { seed: 1 }, shard, fresh = false, maxFailures, downloads, events = {} } = options;
  const folder = await ResultsFolder.open(path);
  const ignore = () => undefined;
  try {
    const name = shard === undefined ? undefined : shardName(shard);
    const identity = { key: hashValue([command, name ?? null]), command, shard: name };
    const store = await RunStore.begin(
      folder.database,
      identity,
      resultsHeader(plan, command, shard, new Map()),
      fresh,
    );
    const outcome = await runPlan(
      plan,
      store,
      { shard, maxFailures, downloads },
      { onDownload: ignore, onCell: ignore, onProgress: ignore, onFinished: ignore, ...events },
      options.signal ?? new AbortController().signal,
    );
    const results = buildResults(
      resultsHeader(plan, command, shard, outcome.facts),
      outcome.cells.map((cell) => cell.outcome),
      { started: new Date(0), seconds: 1, servers: outcome.servers },
      options.signal?.aborted === true ? "interrupted" : "complete",
    );
    await store.end(results);
    await folder.writeResults(results);
    const computed = outcome.cells.filter(({ reused }) => !reused).map(cellName);
    return { cells: outcome.cells, computed, results };
  } finally {
    await folder.close();
  }
}

export function cellName({ cell: { checkpoint, task, variant } }: CellResult): string {
  return `${checkpoint.given.name} ${task.rows.task.name} ${variant.id}`;
}

/** Returns the rows of every finished cell of the last run, by the cell's name. */
export async function storedRows(path: string): Promise<Map<string, readonly RowScore[]>> {
  const data = await openStudyData(path);
  try {
    const found = new Map<string, readonly RowScore[]>();
    for (const { checkpoint, task, prompt, error } of data.results.cells) {
      if (error !== undefined) continue;
      const rows = await data.rows(checkpoint, task, prompt);
      expect(rows).toBeDefined();
      found.set(`${checkpoint} ${task} ${prompt}`, rows ?? []);
    }
    return found;
  } finally {
    await data.close();
  }
}

/** Asks the database of a folder, or changes it. */
export async function inDatabase<T extends object>(path: string, sql: string): Promise<T[]> {
  const database = await Database.open(join(path, "results.duckdb"));
  try {
    return await database.all<T>(sql);
  } finally {
    await database.close();
  }
}

/** Checks that no score is there twice, and that each belongs to a question. @returns how many there are */
export async function countScores(path: string): Promise<number> {
  const [counts] = await inDatabase<{ scores: number; distinct: number; lost: number }>(
    path,
    `SELECT count(*)::INTEGER AS scores, count(DISTINCT (checkpoint, question))::INTEGER AS distinct,
       count(*) FILTER (question NOT IN (SELECT id FROM questions))::INTEGER AS lost FROM row_scores`,
  );
  expect(counts).toMatchObject({ distinct: counts?.scores, lost: 0 });
  return counts?.scores ?? 0;
}

/** Results without what differs from one run to the next. */
export function withoutTimes(results: Results): Omit<Results, "times"> {
  return Object.fromEntries(Object.entries(results).filter(([key]) => key !== "times")) as Omit<Results, "times">;
}
