/** Runs `amuro-eval plan`: how many wordings and rows the next study needs, from a pilot. */

import { UsageError } from "../../base/errors.js";
import { planEvaluation } from "../../library/evaluate.js";
import { evaluatePlan } from "../../library/evaluate-plan.js";
import { plan, type PlanOptions } from "../../library/plan.js";
import type { RawOptions } from "../../library/run-options.js";
import { renderPlan } from "../../reports/terminal/plan-terminal.js";
import type { Console } from "../output/console.js";
import { showProgress } from "../output/progress.js";
import { throwUnlessDone } from "../output/run-report.js";

/** Sets the rows of a pilot where none are said. */
const PILOT_ROWS = 50;

export interface PlanFlags {
  readonly wanted: Omit<PlanOptions, "onProgress">;
  /** Flags of the pilot that is to be run; undefined where results are given. */
  readonly pilot: RawOptions | undefined;
  readonly json: boolean;
}

/**
 * @param sources results of a pilot, or tables of row scores; none where the pilot is run here
 * @param interruptible called when scoring begins
 */
export async function planCommand(
  sources: readonly string[],
  { wanted, pilot, json }: PlanFlags,
  console: Console,
  interruptible: () => AbortSignal,
): Promise<void> {
  if (pilot === undefined && sources.length === 0) {
    throw new UsageError("plan: name the results of a pilot or a table of row scores, or run a pilot with --pilot");
  }
  if (pilot !== undefined && sources.length > 0) throw new UsageError("plan: results are given, and --pilot; take one");
  const read = pilot === undefined ? sources : [await runPilot(pilot, console, interruptible)];
  const planned = await plan(read, { ...wanted, onProgress: console.info });
  console.out(json ? JSON.stringify(planned, null, 2) : renderPlan(planned, console.width));
}

/** Runs it, or what is missing of it. @returns the folder of its results */
async function runPilot(raw: RawOptions, console: Console, interruptible: () => AbortSignal): Promise<string> {
  if (raw.budget !== undefined)
    throw new UsageError("plan: a pilot scores every prompt on every row; leave out --budget");
  const { plan: study, evaluation } = await planEvaluation({ ...raw, limit: raw.limit ?? PILOT_ROWS }, console.info);
  const progress = showProgress(console);
  const evaluated = await evaluatePlan(study, evaluation, progress.show, interruptible()).finally(progress.stop);
  throwUnlessDone(evaluated, console);
  return evaluation.path;
}
