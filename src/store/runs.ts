/** Reads the runs of a store, and the results of each. */

import { UserError } from "../base/errors.js";
import { sha256 } from "../base/hash.js";
import { compileSchema, validated } from "../base/validation.js";
import { buildResults, cellRecord, type CellOutcome } from "./build-results.js";
import { factsOfColumns, IMPORTED, type CheckpointColumns } from "./content-store.js";
import type { Statements } from "./database.js";
import { isResults, withPresentAxes, type Results, type ResultsHeader } from "./results.js";
import { costOf, type CellColumns } from "./run-store.js";
import { withTaskFacts } from "./task-facts.js";
import { metricValues } from "./metric-values.js";
import { CellRows } from "./cell-rows.js";
import { rowLines } from "./row-lines.js";

type Reader = Pick<Statements, "all">;

export interface StoredRun {
  readonly id: number;
  /** Made of the command and the shard. */
  readonly key: string;
  /** Made of the command alone: the same for all shards of a study. */
  readonly study: string;
  readonly shard: string | undefined;
  readonly status: string;
  /** UTC. */
  readonly started: Date;
  readonly finished: number;
  readonly failed: number;
}

/** Lists the runs in the order of their last start. */
export async function listRuns(database: Reader): Promise<StoredRun[]> {
  const found = await database.all<Omit<StoredRun, "started" | "shard"> & { started: string; shard: string | null }>(
    `SELECT id, key, sha256(command) AS study, shard, status, strftime(started, '%Y-%m-%dT%H:%M:%S.%gZ') AS started,
       (SELECT count(*)::INTEGER FROM run_cells c WHERE c.run = r.id AND c.current AND c.status = 'finished') AS finished,
       (SELECT count(*)::INTEGER FROM run_cells c WHERE c.run = r.id AND c.current AND c.status = 'failed') AS failed
     FROM runs r ORDER BY r.started, id`,
  );
  return found.map(({ started, shard, ...run }) => ({ ...run, shard: shard ?? undefined, started: new Date(started) }));
}

/**
 * @param id number of the run; the last one when left out
 * @param source where the runs are, for messages
 */
export function pickRun(runs: readonly StoredRun[], id: number | undefined, source: string): StoredRun {
  const run = id === undefined ? runs.at(-1) : runs.find((one) => one.id === id);
  if (run !== undefined) return run;
  if (runs.length === 0) throw new UserError(`${source}: no run has begun there`);
  throw new UserError(`${source}: there is no run ${String(id)}; the runs are ${runs.map((one) => one.id).join(", ")}`);
}

const isHeader = compileSchema<ResultsHeader>({ type: "object", required: ["command", "checkpoints", "tasks"] });

/** Returns what a run set out to do. */
export async function runHeader(database: Reader, { id }: Pick<StoredRun, "id">): Promise<ResultsHeader> {
  const [run] = await database.all<{ plan: string }>("SELECT plan FROM runs WHERE id = $id", { id });
  const header = validated(isHeader, JSON.parse(run?.plan ?? "{}"), `run ${id}`);
  return withTaskFacts(database, id, withPresentAxes(header));
}

/** Returns the results.json of a run: as it ended, or, of one that was killed, made of what is there. */
export async function runResults(database: Reader, { id }: Pick<StoredRun, "id">): Promise<Results> {
  const [run] = await database.all<{ document: string | null }>("SELECT document FROM runs WHERE id = $id", { id });
  const document = run?.document ?? undefined;
  if (document !== undefined) {
    return withTaskFacts(database, id, withPresentAxes(validated(isResults, JSON.parse(document), `run ${id}`)));
  }
  return assembleResults(database, id);
}

/** Makes the results of a run anew from its cells and their rows. */
export async function assembleResults(database: Reader, run: number): Promise<Results> {
  const [about] = await database.all<{ started: string; status: string }>(
    "SELECT strftime(started, '%Y-%m-%dT%H:%M:%S.%gZ') AS started, status FROM runs WHERE id = $run",
    { run },
  );
  const plan = await runHeader(database, { id: run });
  const cells = await database.all<RunCell>(
    "SELECT * FROM run_cells WHERE run = $run AND current AND status IN ('finished', 'failed', 'missing') ORDER BY place",
    { run },
  );
  const outcomes: CellOutcome[] = [];
  const rows = new CellRows(database, run, plan.tasks);
  for (const cell of cells) outcomes.push(await outcomeOf(database, rows, cell, plan));
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  const complete = ["complete", "failed", "incomplete"].includes(about?.status ?? "");
  return buildResults(
    { ...plan, checkpoints: await withFacts(database, plan, cells) },
    outcomes,
    { started: new Date(about?.started ?? 0), seconds },
    complete ? "complete" : "interrupted",
  );
}

interface RunCell {
  readonly checkpoint_name: string;
  readonly task: string;
  readonly prompt: string;
  readonly status: string;
  readonly checkpoint: number | null;
  readonly variant: number | null;
  readonly error: string | null;
}

async function outcomeOf(
  database: Reader,
  cellRows: CellRows,
  { checkpoint_name, task, prompt, status, checkpoint, variant, error }: RunCell,
  { tasks }: ResultsHeader,
): Promise<CellOutcome> {
  const names = { checkpoint: checkpoint_name, task, prompt };
  if (error !== null || checkpoint === null || variant === null) {
    const nothing = { scores: undefined, seconds: 0, tokens: 0, reusedTokens: 0, busy: 0 };
    const why = status === "missing" ? { missing: error ?? "" } : { error: error ?? "" };
    return { record: { ...names, ...why }, ...nothing };
  }
  const rows = (await cellRows.of(checkpoint_name, task, prompt)) ?? [];
  const [columns] = await database.all<CellColumns>(
    "SELECT * FROM cells WHERE checkpoint = $checkpoint AND variant = $variant",
    { checkpoint, variant },
  );
  if (columns === undefined) throw new Error(`the finished cell ${checkpoint_name} ${task}/${prompt} is not there`);
  const { distinctTokens, tokens, reusedTokens, busy, seconds } = costOf(columns);
  const about = tasks.find(({ name }) => name === task);
  return {
    record: cellRecord(names, rows, distinctTokens, sha256(rowLines(rows)), about),
    scores: metricValues(rows, about?.metric ?? "acc", about),
    tokens,
    reusedTokens,
    busy,
    seconds,
  };
}

/** Adds what was found out about a checkpoint, which is stored with its cells. */
async function withFacts(
  database: Reader,
  { checkpoints }: ResultsHeader,
  cells: readonly RunCell[],
): Promise<ResultsHeader["checkpoints"]> {
  const records = [];
  for (const record of checkpoints) {
    const id = cells.find(({ checkpoint_name, checkpoint }) => checkpoint_name === record.name && checkpoint !== null);
    const [columns] =
      id === undefined
        ? []
        : await database.all<CheckpointColumns>("SELECT * FROM checkpoints WHERE id = $id", { id: id.checkpoint });
    records.push(
      columns === undefined || columns.kind === IMPORTED ? record : { ...record, ...factsOfColumns(columns) },
    );
  }
  return records;
}
