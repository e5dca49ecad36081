/** Runs `amuro-eval requests import`: the results of a run whose requests were answered elsewhere. */

import { join } from "node:path";
import { hashFile } from "../../base/hash.js";
import { readManifest } from "../../engine/backends/offline/manifest.js";
import { completedRun } from "../../library/checked-options.js";
import { planEvaluation } from "../../library/evaluate.js";
import { evaluatePlan } from "../../library/evaluate-plan.js";
import { answeredPlan } from "../../study/answered.js";
import type { Console } from "../output/console.js";
import { showProgress } from "../output/progress.js";
import { printEnd, throwUnlessDone } from "../output/run-report.js";

export interface ImportFlags {
  readonly outputDir: string | undefined;
  readonly report: boolean;
  readonly json: boolean;
}

/**
 * @param folder that requests export wrote, with the answers
 * @throws UserError when anything in it is missing, damaged, or the answers of another model
 */
export async function requestsImportCommand(
  folder: string,
  flags: ImportFlags,
  console: Console,
  interruptible: () => AbortSignal,
): Promise<void> {
  const manifest = await readManifest(folder);
  const raw = completedRun(manifest.command, join(folder, "manifest.json"));
  const { plan, evaluation } = await planEvaluation(raw, console.info);
  const answered = await answeredPlan(plan, folder, manifest, console.info);
  const requests = await hashFile(join(folder, "manifest.json"));
  // Results of other answers to the same command are others.
  const command = { ...evaluation.command, requests };
  const path = flags.outputDir ?? `${evaluation.path}-imported`;
  const progress = showProgress(console);
  const evaluated = await evaluatePlan(
    answered,
    { ...evaluation, command, path },
    progress.show,
    interruptible(),
  ).finally(progress.stop);
  await printEnd(evaluated, flags, console);
  throwUnlessDone(evaluated, console);
}
