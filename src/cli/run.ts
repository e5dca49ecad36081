/** `amuro-eval run`: the main job. */

import { join } from "node:path";
import { InterruptedError, UserError } from "../errors.js";
import { hashValue } from "../hash.js";
import { hubSettings, KeptDownloads } from "../hub/index.js";
import { renderResults } from "../reports/terminal.js";
import { buildResults } from "../store/build-results.js";
import { ResultsFolder } from "../store/results-folder.js";
import type { Results } from "../store/results.js";
import { RunStore } from "../store/run-store.js";
import { groupsOf, parseShard, shardName, type Shard } from "../study/cell.js";
import { planStudy, type Plan } from "../study/plan.js";
import { resultsHeader } from "../study/results.js";
import { runPlan, type RunOutcome } from "../study/run.js";
import { counted } from "../wording.js";
import type { Console } from "./console.js";
import { dryRun } from "./dry-run.js";
import type { RawOptions } from "./flags.js";
import { showProgress } from "./progress.js";
import { registryWith } from "./registry.js";
import { studyOptions } from "./study-options.js";

export interface RunFlags {
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Plans, runs, stores and prints a study; uses whatever earlier runs left in its folder.
 * @param interruptible called when scoring begins; aborting its signal stores what is finished and ends with exit code 130
 * @throws UserError when cells failed (what is finished is stored and printed before)
 */
export async function runCommand(
  raw: RawOptions,
  flags: RunFlags,
  console: Console,
  interruptible: () => AbortSignal,
): Promise<void> {
  const options = studyOptions(raw);
  const shard = raw.shard === undefined ? undefined : parseShard(raw.shard);
  const registry = await registryWith(raw.plugin);
  const plan = await planStudy(options, registry, console.info);
  for (const { task, reason } of plan.skipped) console.info(`skipped ${task}: ${reason}`);
  if (flags.dryRun) {
    await dryRun(plan, raw.keepCheckpoints, flags.json, console);
    return;
  }
  const command = commandOf(raw);
  const path = raw.outputDir ?? defaultFolder(command, shard);
  const folder = await ResultsFolder.open(path, { onDamage: console.info });
  let results: Results;
  let outcome: RunOutcome;
  const signal = interruptible();
  const started = { date: new Date(), clock: performance.now() };
  try {
    const name = shard === undefined ? undefined : shardName(shard);
    const identity = { key: hashValue([command, name ?? null]), command, shard: name };
    const store = await RunStore.begin(
      folder.database,
      identity,
      resultsHeader(plan, command, shard, new Map()),
      raw.fresh,
    );
    const maxFailures = raw.failFast ? 1 : raw.maxFailures;
    const limits = { shard, maxFailures, downloads: await keptDownloads(raw, folder) };
    const progress = showProgress(plan, shard, console);
    try {
      outcome = await runPlan(plan, store, limits, progress, signal);
    } finally {
      progress.stop();
    }
    results = buildResults(
      resultsHeader(plan, command, shard, outcome.facts),
      outcome.cells.map((cell) => cell.outcome),
      { started: started.date, seconds: (performance.now() - started.clock) / 1000 },
      signal.aborted ? "interrupted" : "complete",
    );
    await store.end(results);
    await folder.writeResults(results);
  } finally {
    await folder.close();
  }
  console.out(flags.json ? JSON.stringify(results, null, 2) : renderResults(results));
  console.info(lastLine(results, outcome, path));
  reportEnd(results, outcome, { plan, shard, path, interrupted: signal.aborted }, console);
}

/** The options that say what the results are of; with others of the rest a run goes on. */
function commandOf(raw: RawOptions): Results["command"] {
  const others = new Set<string>(["outputDir", "keepCheckpoints", "shard", "fresh", "failFast", "maxFailures"]);
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !others.has(name)));
}

function defaultFolder(command: object, shard: Shard | undefined): string {
  const part = shard === undefined ? "" : `-shard-${shard.index}-of-${shard.count}`;
  return join("amuro-results", hashValue(command).slice(0, 8) + part);
}

async function keptDownloads(raw: RawOptions, folder: ResultsFolder): Promise<KeptDownloads | undefined> {
  if (raw.keepCheckpoints === undefined) return undefined;
  const settings = hubSettings(process.env, { offline: raw.offline });
  return KeptDownloads.open(settings, raw.keepCheckpoints, folder.note("downloads.json"));
}

function lastLine(results: Results, { cells }: RunOutcome, path: string): string {
  const { seconds, tokens_per_second, tokens, tokens_reused } = results.times;
  const distinct = results.cells.reduce((sum, cell) => sum + (cell.tokens ?? 0), 0) - tokens_reused;
  const rows = cells.reduce((sum, { outcome }) => sum + (outcome.scores?.length ?? 0), 0);
  const reused = cells.filter((cell) => cell.reused).length;
  return (
    `${counted(cells.length, "cell")}${reused > 0 ? ` (${reused.toLocaleString("en")} reused)` : ""}, ${counted(rows, "row score")} in ${seconds.toFixed(1)} s, ` +
    `${Math.round(tokens_per_second).toLocaleString("en")} tokens/s, ${(tokens / Math.max(1, distinct)).toFixed(3)} times the fewest tokens; results in ${path}`
  );
}

interface Ended {
  readonly plan: Plan;
  readonly shard: Shard | undefined;
  readonly path: string;
  readonly interrupted: boolean;
}

/** Failed cells one by one on the console; then what the command ends with, where that is not success. */
function reportEnd(
  { cells }: Results,
  outcome: RunOutcome,
  { plan, shard, path, interrupted }: Ended,
  console: Console,
) {
  const failed = cells.filter(({ error }) => error !== undefined);
  const total = groupsOf(plan, shard).reduce((sum, group) => sum + group.cells.length, 0);
  const nameOf = ({ checkpoint, task, prompt }: (typeof cells)[number]) => `${checkpoint} ${task}/${prompt}`;
  for (const cell of failed) console.info(`failed: ${nameOf(cell)}: ${String(cell.error)}`);
  if (interrupted) {
    throw new InterruptedError(
      `interrupted; what is finished (${cells.length} of ${counted(total, "cell")}, and the rows that were scored of others) is in ${path}; the same command goes on from there`,
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
