/** Runs a plan into a folder of results: what `run` and `study` have in common. */

import { InterruptedError, UserError } from "../../base/errors.js";
import { hashValue } from "../../base/hash.js";
import { hubSettings, KeptDownloads } from "../../hub/index.js";
import { buildResults } from "../../store/build-results.js";
import { ResultsFolder } from "../../store/results-folder.js";
import type { Results } from "../../store/results.js";
import { RunStore } from "../../store/run-store.js";
import { groupsOf, shardName, type Shard } from "../../study/cell.js";
import type { Plan } from "../../study/plan.js";
import { resultsHeader } from "../../study/results.js";
import { runPlan, type RunOutcome } from "../../study/run.js";
import { counted } from "../../base/wording.js";
import type { Console } from "../output/console.js";
import { showProgress } from "../output/progress.js";

/** How a plan is run, and where its results go. */
export interface Evaluation {
  /** What the results are of; a run of the same command goes on. */
  readonly command: Results["command"];
  readonly path: string;
  readonly shard?: Shard | undefined;
  /** Nothing that is stored is used again. */
  readonly fresh?: boolean;
  /** Failed cells after which the run is ended. */
  readonly maxFailures?: number | undefined;
  /** Downloaded checkpoints that are kept; undefined keeps all. */
  readonly keepCheckpoints?: number | undefined;
  readonly offline?: boolean;
}

export interface Evaluated {
  readonly plan: Plan;
  readonly evaluation: Evaluation;
  readonly results: Results;
  readonly outcome: RunOutcome;
}

/**
 * Runs what is not stored yet, and stores the results.
 * @param signal aborting it ends the run after the current batch; the results say so
 * @throws UserError when the folder cannot be used
 */
export async function evaluatePlan(
  plan: Plan,
  evaluation: Evaluation,
  console: Console,
  signal: AbortSignal,
): Promise<Evaluated> {
  const { command, path, shard, fresh = false, maxFailures } = evaluation;
  const folder = await ResultsFolder.open(path, { onDamage: console.info });
  const started = { date: new Date(), clock: performance.now() };
  try {
    const name = shard === undefined ? undefined : shardName(shard);
    const identity = { key: hashValue([command, name ?? null]), command, shard: name };
    const header = resultsHeader(plan, command, shard, new Map());
    const store = await RunStore.begin(folder.database, identity, header, fresh);
    const limits = { shard, maxFailures, downloads: await keptDownloads(evaluation, folder) };
    const progress = showProgress(plan, shard, console);
    let outcome: RunOutcome;
    try {
      outcome = await runPlan(plan, store, limits, progress, signal);
    } finally {
      progress.stop();
    }
    const results = buildResults(
      resultsHeader(plan, command, shard, outcome.facts),
      outcome.cells.map((cell) => cell.outcome),
      { started: started.date, seconds: (performance.now() - started.clock) / 1000 },
      signal.aborted ? "interrupted" : "complete",
    );
    await store.end(results);
    await folder.writeResults(results);
    return { plan, evaluation, results, outcome };
  } finally {
    await folder.close();
  }
}

async function keptDownloads(
  { keepCheckpoints, offline = false }: Evaluation,
  folder: ResultsFolder,
): Promise<KeptDownloads | undefined> {
  if (keepCheckpoints === undefined) return undefined;
  return KeptDownloads.open(hubSettings(process.env, { offline }), keepCheckpoints, folder.note("downloads.json"));
}

/** What was done, how fast, and where it is. */
export function lastLine({ results, outcome: { cells }, evaluation: { path } }: Evaluated): string {
  const { seconds, tokens_per_second, tokens, tokens_reused } = results.times;
  const distinct = results.cells.reduce((sum, cell) => sum + (cell.tokens ?? 0), 0) - tokens_reused;
  const ratio = tokens / Math.max(1, distinct);
  const rows = cells.reduce((sum, { outcome }) => sum + (outcome.scores?.length ?? 0), 0);
  const reused = cells.filter((cell) => cell.reused).length;
  return (
    `${counted(cells.length, "cell")}${reused > 0 ? ` (${reused.toLocaleString("en")} reused)` : ""}, ${counted(rows, "row score")} in ${seconds.toFixed(1)} s, ` +
    `${Math.round(tokens_per_second).toLocaleString("en")} tokens/s${
      // Rows that were there before took no tokens now.
      reused > 0 || ratio < 1 ? "" : `, ${ratio.toFixed(3)} times the fewest tokens`
    }; results in ${path}`
  );
}

/**
 * Failed cells one by one on the console; then what the command ends with, where that is not success.
 * @throws InterruptedError when the run was interrupted; UserError when cells failed
 */
export function throwUnlessDone({ plan, evaluation, results, outcome }: Evaluated, console: Console): void {
  const { cells, status } = results;
  const failed = cells.filter(({ error }) => error !== undefined);
  const total = groupsOf(plan, evaluation.shard).reduce((sum, group) => sum + group.cells.length, 0);
  const nameOf = ({ checkpoint, task, prompt }: (typeof cells)[number]) => `${checkpoint} ${task}/${prompt}`;
  for (const cell of failed) console.info(`failed: ${nameOf(cell)}: ${String(cell.error)}`);
  if (status === "interrupted") {
    throw new InterruptedError(
      `interrupted; what is finished (${cells.length} of ${counted(total, "cell")}, and the rows that were scored of others) is in ${evaluation.path}; the same command goes on from there`,
    );
  }
  const [first] = failed;
  if (first === undefined) return;
  console.info("the same command tries the failed cells again");
  const gaveUp = outcome.gaveUp ? `, and the run was ended before the other ${total - cells.length}` : "";
  throw new UserError(
    `${failed.length} of ${counted(total, "cell")} failed${gaveUp}; the first: ${nameOf(first)}: ${String(first.error)}`,
  );
}
