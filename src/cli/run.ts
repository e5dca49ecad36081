/** `amuro-eval run`: the main job. */

import { join } from "node:path";
import { InterruptedError } from "../errors.js";
import { hashValue } from "../hash.js";
import { hubSettings, KeptDownloads } from "../hub/index.js";
import { renderResults } from "../reports/terminal.js";
import { ResultsFolder } from "../store/results-folder.js";
import { planStudy } from "../study/plan.js";
import { buildResults, type RunOutcome } from "../study/results.js";
import { Resume } from "../study/resume.js";
import { runPlan } from "../study/run.js";
import { counted } from "../wording.js";
import { budgetCommand } from "./budget.js";
import type { Console } from "./console.js";
import { dryRun } from "./dry-run.js";
import { failedCells } from "./failed-cells.js";
import type { RawOptions } from "./flags.js";
import { showProgress } from "./progress.js";
import { registryWith } from "./registry.js";
import { studyOptions } from "./study-options.js";

export interface RunFlags {
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Plans, runs, stores and prints a study; goes on with what an earlier run of the same command left in its folder.
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
  // Neither moves a score: a run may go on with another of each.
  const { outputDir, keepCheckpoints, ...command } = raw;
  const path = outputDir ?? join("amuro-results", hashValue(command).slice(0, 8));
  const folder = await ResultsFolder.open(path, command);
  const signal = interruptible();
  const started = Date.now();
  const downloads =
    keepCheckpoints === undefined
      ? undefined
      : await KeptDownloads.open(
          hubSettings(process.env, { offline: raw.offline }),
          keepCheckpoints,
          folder.note("downloads.json"),
        );
  const progress = showProgress(plan, console);
  let outcome: RunOutcome;
  try {
    outcome = await runPlan(plan, new Resume(plan, folder), downloads, progress, signal);
  } finally {
    progress.stop();
  }
  const { cells } = outcome;
  const results = buildResults(plan, outcome, command, { started, finished: Date.now() }, signal.aborted);
  await folder.writeResults(results);
  console.out(flags.json ? JSON.stringify(results, null, 2) : renderResults(results));
  const { seconds, tokens_per_second, tokens, tokens_reused } = results.times;
  const distinct = results.cells.reduce((sum, cell) => sum + (cell.tokens ?? 0), 0) - tokens_reused;
  const rows = cells.reduce((sum, cell) => sum + (cell.rows?.length ?? 0), 0);
  const reused = cells.filter((cell) => cell.reused === true).length;
  console.info(
    `${counted(cells.length, "cell")}${reused > 0 ? ` (${reused.toLocaleString("en")} reused)` : ""}, ${counted(rows, "row score")} in ${seconds.toFixed(1)} s, ` +
      `${Math.round(tokens_per_second).toLocaleString("en")} tokens/s, ${(tokens / Math.max(1, distinct)).toFixed(3)} times the fewest tokens; results in ${path}`,
  );
  if (signal.aborted)
    throw new InterruptedError(`interrupted; what is finished (${counted(cells.length, "cell")}) is in ${path}`);
  failedCells(cells);
}
