/** Runs the cells of a plan, one engine at a time. */

import { messageOf } from "../errors.js";
import type { EngineOptions } from "../engine/open.js";
import { openWorkerEngine } from "../engine/worker-engine.js";
import type { Answerer, Engine, Progress } from "../engine/types.js";
import type { PromptVariant } from "../templates/variant.js";
import { answererOf, engineGroups, type EngineGroup } from "./groups.js";
import { cellCount, type Plan, type StudyCheckpoint, type StudyTask } from "./plan.js";
import { cellRequests } from "./requests.js";
import { scoreRows, type RowScore } from "./row-score.js";

interface Cell {
  readonly checkpoint: StudyCheckpoint;
  readonly task: StudyTask;
  readonly variant: PromptVariant;
}

/** (checkpoint, task, prompt variant) and what became of it. */
export type CellResult = Cell & {
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** Milliseconds. */
  readonly elapsed: number;
} & (
    | { readonly rows: readonly RowScore[]; readonly tokens: number; readonly error?: undefined }
    | { readonly rows?: undefined; readonly error: string }
  );

export interface RunEvents {
  /** A cell begins; `done` of `total` cells are finished. */
  readonly onCell: (cell: { checkpoint: string; task: string; prompt: string; done: number; total: number }) => void;
  readonly onProgress: (progress: Progress) => void;
  /** A cell is finished; its rows can be stored. */
  readonly onResult: (result: CellResult) => Promise<void>;
}

/**
 * Runs every cell. A cell that fails is reported with its cause and the others go on.
 * @param signal aborting it ends the run after the current cell's promise is settled or its worker stopped
 */
export async function runPlan(plan: Plan, events: RunEvents, signal: AbortSignal): Promise<CellResult[]> {
  const results: CellResult[] = [];
  const total = cellCount(plan);
  for (const group of engineGroups(plan)) {
    if (isAborted(signal)) break;
    const engine = await raceAbort(openOrError(group.engine), signal);
    if (engine === undefined) break;
    try {
      for (const cell of cellsOf(group, plan)) {
        if (isAborted(signal)) return results;
        const { checkpoint, task, variant } = cell;
        const names = { checkpoint: checkpoint.given.name, task: task.rows.task.name, prompt: variant.id };
        events.onCell({ ...names, done: results.length, total });
        const started = Date.now();
        const outcome =
          "error" in engine
            ? engine
            : await raceAbort(runCell(answererOf(engine, checkpoint), task, variant, plan, events.onProgress), signal);
        if (outcome === undefined) return results;
        const result: CellResult = { ...cell, started, elapsed: Date.now() - started, ...outcome };
        results.push(result);
        await events.onResult(result);
      }
    } finally {
      if (!signal.aborted && !("error" in engine)) await engine.close();
    }
  }
  return results;
}

/** Every task and prompt of one checkpoint after the other. */
function cellsOf({ checkpoints }: EngineGroup, { tasks }: Plan): Cell[] {
  return checkpoints.flatMap((checkpoint) =>
    tasks.flatMap((task) => task.variants.map((variant) => ({ checkpoint, task, variant }))),
  );
}

/** A checkpoint that does not open fails its own cells, not those of the others. */
async function openOrError(options: EngineOptions): Promise<Engine | { readonly error: string }> {
  try {
    return await openWorkerEngine(options);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

async function runCell(
  answerer: Answerer,
  task: StudyTask,
  variant: PromptVariant,
  plan: Plan,
  onProgress: (progress: Progress) => void,
): Promise<{ rows: RowScore[]; tokens: number } | { error: string }> {
  try {
    let tokens = 0;
    const count = (progress: Progress) => {
      tokens = progress.tokens;
      onProgress(progress);
    };
    const asked = cellRequests(task.rows, variant, plan.options.answer);
    const results =
      asked.kind === "score"
        ? await answerer.score(asked.requests, count)
        : await answerer.generate(asked.requests, count);
    return { rows: scoreRows(task.rows, asked, results), tokens };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** A call, because the compiler believes that a flag read once never changes. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** The promise's value, or undefined as soon as the signal is aborted. */
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
