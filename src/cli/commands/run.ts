/** `amuro-eval run`: the main job. */

import { join } from "node:path";
import { UsageError } from "../../base/errors.js";
import { hashValue } from "../../base/hash.js";
import type { Results } from "../../store/results.js";
import { parseShard, type Shard } from "../../study/cell.js";
import { planStudy } from "../../study/make-plan.js";
import { budgetCommand } from "./budget.js";
import type { Console } from "../output/console.js";
import { dryRun } from "./dry-run.js";
import { evaluatePlan, throwUnlessDone } from "./evaluate.js";
import type { RawOptions } from "../flags/flags.js";
import { registryWith } from "../flags/registry.js";
import { printEnd } from "../output/run-report.js";
import { studyOptions } from "../flags/study-options.js";

export interface RunFlags {
  readonly dryRun: boolean;
  readonly json: boolean;
  /** Whether report.html is written beside the results. */
  readonly report: boolean;
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
  if (raw.budget !== undefined) {
    const folder = raw.outputDir ?? join("amuro-results", hashValue(raw).slice(0, 8));
    await budgetCommand(plan, raw.budget, folder, flags.json, console);
    return;
  }
  const command = commandOf(raw);
  const { keepCheckpoints, offline, fresh } = raw;
  if (raw.outputDir?.trim() === "") throw new UsageError("--output-dir is empty; give a folder");
  const evaluation = {
    command,
    path: raw.outputDir ?? defaultFolder(command, shard),
    shard,
    fresh,
    maxFailures: raw.failFast ? 1 : raw.maxFailures,
    keepCheckpoints,
    offline,
  };
  const evaluated = await evaluatePlan(plan, evaluation, console, interruptible());
  await printEnd(evaluated, flags, console);
  throwUnlessDone(evaluated, console);
}

/** The options that say what the results are of; with others of the rest a run goes on. */
function commandOf(raw: RawOptions): Results["command"] {
  const others = new Set<string>([
    "outputDir",
    "keepCheckpoints",
    "shard",
    "fresh",
    "failFast",
    "maxFailures",
    "waitForServer",
    "serverRequests",
  ]);
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !others.has(name)));
}

function defaultFolder(command: object, shard: Shard | undefined): string {
  const part = shard === undefined ? "" : `-shard-${shard.index}-of-${shard.count}`;
  return join("amuro-results", hashValue(command).slice(0, 8) + part);
}
