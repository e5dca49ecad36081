/** Runs `amuro-eval run`: the main job. */

import { join } from "node:path";
import { hashValue } from "../../base/hash.js";
import { planEvaluation } from "../../library/evaluate.js";
import { evaluatePlan } from "../../library/evaluate-plan.js";
import type { RawOptions } from "../../library/run-options.js";
import { budgetCommand } from "./budget.js";
import type { Console } from "../output/console.js";
import { dryRun } from "./dry-run.js";
import { showProgress } from "../output/progress.js";
import { printEnd, throwUnlessDone } from "../output/run-report.js";

export interface RunFlags {
  readonly dryRun: boolean;
  /** Whether a dry run counts the tokens of all rows. */
  readonly exact: boolean;
  readonly json: boolean;
  /** Whether report.html is written beside the results. */
  readonly report: boolean;
}

/**
 * Plans, runs, stores and prints a study; uses whatever earlier runs left in its folder.
 * @param interruptible called when scoring begins; aborting its signal stores what is finished and ends with exit code
 * 130
 * @throws UserError when cells failed (what is finished is stored and printed before)
 */
export async function runCommand(
  raw: RawOptions,
  flags: RunFlags,
  console: Console,
  interruptible: () => AbortSignal,
): Promise<void> {
  const { plan, evaluation } = await planEvaluation(raw, console.info);
  if (flags.dryRun) {
    await dryRun(plan, { keep: raw.keepCheckpoints, exact: flags.exact, json: flags.json }, console);
    return;
  }
  if (raw.budget !== undefined) {
    const folder = raw.outputDir ?? join("amuro-results", hashValue(raw).slice(0, 8));
    await budgetCommand(plan, raw.budget, folder, flags.json, console);
    return;
  }
  const progress = showProgress(console);
  const evaluated = await evaluatePlan(plan, evaluation, progress.show, interruptible()).finally(progress.stop);
  await printEnd(evaluated, flags, console);
  throwUnlessDone(evaluated, console);
}
