/** Runs the cells of a plan, one engine at a time. */

import { messageOf } from "../errors.js";
import type { EngineOptions } from "../engine/open.js";
import { openWorkerEngine } from "../engine/open.js";
import type { Answerer, Engine, Progress } from "../engine/types.js";
import type { KeptDownloads } from "../hub/index.js";
import type { CheckpointFacts } from "../store/results.js";
import { cellsOf, type Cell, type CellResult, type CellWork } from "./cell.js";
import { answererOf, engineGroups, fetchGroup, type EngineGroup } from "./groups.js";
import { factsOf, openGroup } from "./open-group.js";
import { cellCount, type Plan, type StudyCheckpoint } from "./plan.js";
import { cellRequests } from "./requests.js";
import type { RunOutcome } from "./results.js";
import type { FactsByCheckpoint, Resume } from "./resume.js";
import { scoreRows, type RowScore } from "./row-score.js";

export interface RunEvents {
  /** A checkpoint is being downloaded; a line of text for each file. */
  readonly onDownload: (line: string) => void;
  /** A cell begins; `done` of `total` cells are finished. */
  readonly onCell: (cell: { checkpoint: string; task: string; prompt: string; done: number; total: number }) => void;
  readonly onProgress: (progress: Progress) => void;
  /** A cell is finished and stored. */
  readonly onFinished: (result: CellResult) => void;
}

/**
 * Runs every cell that no earlier run has finished. A checkpoint is downloaded when its turn comes. A cell that fails is
 * reported with its cause and the others go on.
 * @param downloads bounds what is kept of the downloads; undefined keeps all
 * @param signal aborting it ends the run after the current cell's promise is settled or its worker stopped
 * @throws UserError when the very first checkpoint cannot be opened: nothing is finished that could be kept
 */
export async function runPlan(
  plan: Plan,
  resume: Resume,
  downloads: KeptDownloads | undefined,
  events: RunEvents,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const cells: CellResult[] = [];
  const facts = new Map<StudyCheckpoint, CheckpointFacts>();
  const outcome = { cells, facts, files: resume.files };
  const total = cellCount(plan);
  for (const group of engineGroups(plan)) {
    const own = cellsOf(group, plan);
    const turn = await takeTurn(group, own, { plan, resume, downloads, events, signal });
    if (turn === undefined) return outcome;
    const { finished, engine } = turn;
    if (cells.length + finished.size === 0 && engine !== undefined && "unopened" in engine) throw engine.unopened;
    for (const [checkpoint, about] of turn.facts) facts.set(checkpoint, about);
    try {
      const toRun = own.filter((cell) => !finished.has(cell));
      const queue = new RunQueue(engine, plan);
      for (const cell of own) {
        if (isAborted(signal)) return outcome;
        let result = finished.get(cell);
        if (result === undefined) {
          const { checkpoint, task, variant } = cell;
          const names = { checkpoint: checkpoint.given.name, task: task.rows.task.name, prompt: variant.id };
          events.onCell({ ...names, done: cells.length, total });
          const started = Date.now();
          const running = queue.run(cell, events.onProgress);
          // The next cell's prompts are rendered and encoded while the model is busy with this one.
          toRun.shift();
          const [next] = toRun;
          if (next !== undefined) queue.prepare(next);
          const scored = await raceAbort(running, signal);
          if (scored === undefined) return outcome;
          result = { ...cell, elapsed: Date.now() - started, ...scored };
          const about = facts.get(checkpoint);
          if (about !== undefined) await resume.store(result, about);
        }
        cells.push(result);
        events.onFinished(result);
      }
    } finally {
      if (engine !== undefined && !("error" in engine)) await engine.close();
    }
  }
  await downloads?.finish();
  return outcome;
}

/** What a run works with, see runPlan. */
interface Running {
  readonly plan: Plan;
  readonly resume: Resume;
  readonly downloads: KeptDownloads | undefined;
  readonly events: RunEvents;
  readonly signal: AbortSignal;
}

/** What is at hand when a group's cells begin. */
interface Turn {
  readonly facts: FactsByCheckpoint;
  /** Cells of an earlier run. */
  readonly finished: ReadonlyMap<Cell, CellResult>;
  /** Undefined where no cell needs it. */
  readonly engine: Engine | Failure | undefined;
}

/** Opens a group's engine, unless an earlier run has finished all of its cells. @returns undefined when aborted */
async function takeTurn(group: EngineGroup, cells: readonly Cell[], run: Running): Promise<Turn | undefined> {
  const { resume, signal } = run;
  const recalled = await resume.recall(group);
  const before = { facts: recalled, finished: await resume.finished(cells, recalled) };
  if (before.finished.size === cells.length) return { ...before, engine: undefined };
  if (isAborted(signal)) return undefined;
  const opened = await raceAbort(openOrError(group, run), signal);
  if (opened === undefined) return undefined;
  if ("error" in opened) return { ...before, engine: opened };
  const after = { facts: opened.facts, finished: await resume.finished(cells, opened.facts) };
  if (after.finished.size === cells.length) return { ...after, engine: undefined };
  const opening = engineOrError(group.engine);
  const engine = await raceAbort(opening, signal);
  if (engine !== undefined) return { ...after, engine };
  const late = await opening;
  if (!("error" in late)) await late.close();
  return undefined;
}

interface Failure {
  readonly error: string;
  /** What was thrown, where the checkpoint could not even be opened. */
  readonly unopened?: unknown;
}

/** Brings a group's checkpoint to this machine, where it is not, and opens it. */
async function openOrError(
  group: EngineGroup,
  { plan, downloads, events }: Running,
): Promise<{ readonly facts: FactsByCheckpoint } | Failure> {
  try {
    const parts = [group.resolved, ...group.adapters].flatMap(({ download }) => download ?? []);
    if (parts.length > 0) await downloads?.hold(...parts);
    await fetchGroup(group, events.onDownload);
    return { facts: await factsOf(group, await openGroup(group, plan.options)) };
  } catch (error) {
    return { error: messageOf(error), unopened: error };
  }
}

/** A checkpoint that does not open fails its own cells, not those of the others. */
async function engineOrError(options: EngineOptions): Promise<Engine | Failure> {
  try {
    return await openWorkerEngine(options);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

type Scored = { readonly rows: RowScore[]; readonly work: CellWork } | { readonly error: string };

/** Starts cells; one may be started while the one before it runs. */
class RunQueue {
  private readonly started = new Map<Cell, Promise<Scored>>();
  private listener: ((progress: Progress) => void) | undefined;

  constructor(
    private readonly engine: Engine | Failure | undefined,
    private readonly plan: Plan,
  ) {}

  prepare(cell: Cell): void {
    if (!this.started.has(cell)) this.started.set(cell, this.score(cell));
  }

  /** @param onProgress told of the progress of this cell, and of no other until the next call */
  run(cell: Cell, onProgress: (progress: Progress) => void): Promise<Scored> {
    this.prepare(cell);
    this.listener = onProgress;
    const running = this.started.get(cell) as Promise<Scored>;
    this.started.delete(cell);
    return running;
  }

  private async score({ checkpoint, task, variant }: Cell): Promise<Scored> {
    const { engine, plan } = this;
    if (engine === undefined) throw new TypeError("a cell is run without an engine");
    if ("error" in engine) return { error: engine.error };
    try {
      const answerer: Answerer = answererOf(engine, checkpoint);
      let work: CellWork = { tokens: 0, distinctTokens: 0, reusedTokens: 0, busy: 0 };
      const count = (progress: Progress) => {
        const { tokens, distinctTokens, reusedTokens, busy } = progress;
        work = { tokens, distinctTokens, reusedTokens, busy };
        this.listener?.(progress);
      };
      const asked = cellRequests(task.rows, variant, plan.options.answer, plan.options.calibrate);
      const results =
        asked.kind === "score"
          ? await answerer.score(asked.requests, count)
          : await answerer.generate(asked.requests, count);
      return { rows: scoreRows(task.rows, asked, results), work };
    } catch (error) {
      return { error: messageOf(error) };
    }
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
