/** Runs the cells of a plan, one engine at a time. */

import type { Progress } from "../engine/types.js";
import type { KeptDownloads } from "../hub/index.js";
import type { CheckpointFacts, ServerTraffic } from "../store/results.js";
import type { RunStore } from "../store/run-store.js";
import { groupsOf, placeOf, type Cell, type CellResult, type GroupCells, type Shard } from "./cell.js";
import { GroupRunner } from "./group-runner.js";
import { lanesOf, runInLanes } from "./lanes.js";
import type { Plan, StudyCheckpoint } from "./plan.js";
import { failedOutcome, finishedOutcome } from "./outcome.js";
import type { FactsByCheckpoint } from "./results.js";

export interface RunEvents {
  /** A checkpoint is being downloaded; a line of text for each file. */
  readonly onDownload: (line: string) => void;
  /** A cell begins; `done` of `total` cells are finished. */
  readonly onCell: (cell: { checkpoint: string; task: string; prompt: string; done: number; total: number }) => void;
  readonly onProgress: (progress: Progress) => void;
  /** A cell is finished and stored. */
  readonly onFinished: (result: CellResult) => void;
}

/** Holds what bounds a run. */
export interface RunLimits {
  /** The part of the cells to run; all when left out. */
  readonly shard?: Shard | undefined;
  /** Failed cells after which the run ends; without it the others always go on. */
  readonly maxFailures?: number | undefined;
  /** Bounds what is kept of the downloads; without it all are kept. */
  readonly downloads?: KeptDownloads | undefined;
}

/** Holds what a run brought: the cells in the order of the study, and what was found out about checkpoints. */
export interface RunOutcome {
  readonly cells: readonly CellResult[];
  readonly facts: FactsByCheckpoint;
  /** What was asked of each model behind servers. */
  readonly servers: readonly ServerTraffic[];
  /** True when it ended because of too many failed cells. */
  readonly gaveUp: boolean;
}

/**
 * Runs every cell that is not in the store. A checkpoint is downloaded when it is first needed, or while a server
 * answers for the one before. A cell that fails is reported with its cause and the others go on. What each run of the
 * model brings is stored as soon as it has ended.
 * @param signal aborting it ends the run after the run of the model that is going on, whose results are stored
 * @throws UserError when the very first checkpoint cannot be opened: nothing is finished that could be kept
 */
export async function runPlan(
  plan: Plan,
  store: RunStore,
  { shard, maxFailures = Infinity, downloads }: RunLimits,
  events: RunEvents,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const cells: CellResult[] = [];
  const facts = new Map<StudyCheckpoint, CheckpointFacts>();
  const running = { plan, store, downloads, onDownload: events.onDownload };
  const parts = groupsOf(plan, shard);
  const groups = parts.map(({ group }) => group);
  const runners = parts.map(({ group, cells: own }) => new GroupRunner(group, own, running));
  const lanes = lanesOf(groups);
  // What comes next has to find room beside what is in use.
  const isAhead = downloads === undefined || downloads.limit > lanes;
  const total = parts.reduce((sum, part) => sum + part.cells.length, 0);
  const ending = new AbortController();
  const end = () => {
    ending.abort();
  };
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  let failures = 0;
  const going = new Map<Cell, Progress>();

  /** Takes a cell to its end; undefined where the run ends before. */
  const runCell = async (cell: Cell, runner: GroupRunner): Promise<CellResult | undefined> => {
    const turn = await raceAbort(runner.take(cell), ending.signal);
    if (turn === undefined) return undefined;
    for (const [checkpoint, about] of runner.facts) facts.set(checkpoint, about);
    if (cells.length === 0 && turn.state === "failed" && "unopened" in turn) throw turn.unopened;
    if (turn.state === "stored") {
      store.reuse(placeOf(cell), turn.ids);
      return { cell, outcome: finishedOutcome(cell, turn.stored), reused: true };
    }
    const names = { checkpoint: cell.checkpoint.given.name, task: cell.task.rows.task.name };
    events.onCell({ ...names, prompt: cell.variant.id, done: cells.length, total });
    let hasEnded = false;
    const onProgress = (progress: Progress) => {
      // What is asked ahead goes on when the cell has ended; its rows are not of this cell.
      if (hasEnded) return;
      going.set(cell, progress);
      events.onProgress(summed([...going.values()]));
    };
    const scored = turn.state === "failed" ? turn : await raceAbort(runner.run(cell, onProgress), ending.signal);
    hasEnded = true;
    going.delete(cell);
    if (scored === undefined) return undefined;
    if (scored.state === "failed") {
      failures++;
      store.fail(placeOf(cell), turn.ids, scored.error);
      return { cell, outcome: failedOutcome(cell, scored.error), reused: false };
    }
    const stored = await store.finish(placeOf(cell), scored.ids, scored.cost);
    return { cell, outcome: finishedOutcome(cell, stored), reused: false };
  };

  /** @returns false where the run ends before the last cell */
  const runGroup = async (place: number, next: () => number): Promise<boolean> => {
    const { group, cells: own } = parts[place] as GroupCells;
    const runner = runners[place] as GroupRunner;
    try {
      for (const cell of own) {
        if (ending.signal.aborted) return false;
        const result = await runCell(cell, runner);
        if (result === undefined) return false;
        cells.push(result);
        events.onFinished(result);
        if (failures >= maxFailures) {
          end();
          return false;
        }
        if (isAhead && group.engine.server?.started !== undefined) void runners[next()]?.fetch();
      }
      return true;
    } catch (error) {
      end();
      throw error;
    } finally {
      await runner.close();
      if (lanes === 1) await runner.release();
      await store.flush();
    }
  };

  try {
    await runInLanes(groups, runGroup);
  } finally {
    signal.removeEventListener("abort", end);
  }
  const servers = runners.flatMap(({ traffic }) => traffic ?? []);
  const gaveUp = failures >= maxFailures && cells.length < total;
  cells.sort((a, b) => a.cell.place - b.cell.place);
  if (cells.length === total) await downloads?.finish();
  return { cells, facts, servers, gaveUp };
}

/** Adds up the work of cells that are run side by side. */
function summed(all: readonly Progress[]): Progress {
  const sum = (key: keyof Progress) => all.reduce((total, progress) => total + progress[key], 0);
  return {
    done: sum("done"),
    total: sum("total"),
    tokens: sum("tokens"),
    distinctTokens: sum("distinctTokens"),
    reusedTokens: sum("reusedTokens"),
    busy: sum("busy"),
  };
}

/** Returns the promise's value, or undefined as soon as the signal is aborted. */
async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => {
      resolve(undefined);
    };
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}
