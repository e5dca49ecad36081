/** Runs `amuro-eval study`: fine-tunes every checkpoint on every task, and evaluates all of them before and after. */

import type { Results } from "../../store/results.js";
import { evaluationOptions } from "../../study/evaluation.js";
import { planStudy } from "../../study/make-plan.js";
import { readStudyFile, type StudyFile } from "../../study/study-file.js";
import { trainMissing, type TrainingEvents } from "../../study/train-missing.js";
import type { Console } from "../output/console.js";
import { evaluatePlan, type Evaluated } from "../../library/evaluate-plan.js";
import { prepareStudy, type PreparedStudy } from "./prepare-study.js";
import { showProgress } from "../output/progress.js";
import { printEnd, throwUnlessDone } from "../output/run-report.js";
import { showTraining } from "../output/sft-progress.js";
import { studyDryRun } from "./study-dry-run.js";

export interface StudyFlags {
  readonly dryRun: boolean;
  /** Whether a dry run counts the tokens of all rows. */
  readonly exact: boolean;
  readonly json: boolean;
}

/**
 * @param path the study file
 * @throws UsageError when the file is wrong; UserError when a training or cells failed (finished work is stored)
 */
export async function studyCommand(
  path: string,
  flags: StudyFlags,
  console: Console,
  interruptible: () => AbortSignal,
): Promise<void> {
  const study = await prepareStudy(readStudyFile(path), console);
  if (flags.dryRun) {
    await studyDryRun(study, flags, console);
    return;
  }
  const evaluated = await runStudy(study, console, interruptible());
  await printEnd(evaluated, { ...flags, report: true }, console);
  throwUnlessDone(evaluated, console);
}

/**
 * Trains what is missing and evaluates everything; goes on with what an earlier run left in the output folder.
 * @throws InterruptedError when the signal was aborted while training
 */
export async function runStudy(study: PreparedStudy, console: Console, signal: AbortSignal): Promise<Evaluated> {
  const { file, understood, registry, bases, trainings } = study;
  const onTraining: TrainingEvents["onTraining"] = ({ name }, done, total) => {
    console.info(`[${done + 1}/${total}] fine-tuning: ${name}`);
    return showTraining(console);
  };
  await trainMissing(trainings, { onTraining }, signal);
  const options = evaluationOptions(file, understood, bases, trainings);
  const plan = await planStudy(options, registry, console.info);
  for (const { task, reason } of plan.skipped) console.info(`skipped ${task}: ${reason}`);
  const evaluation = { command: commandOf(file), path: file.output };
  const progress = showProgress(console);
  return evaluatePlan(plan, evaluation, progress.show, signal).finally(progress.stop);
}

/** Writes what the results are of: the study file with its defaults, without what moves no score. */
function commandOf(file: StudyFile): Results["command"] {
  const moving = (settings: object) => Object.fromEntries(Object.entries(settings).filter(([key]) => !STILL.has(key)));
  return { study: moving({ ...file, sft: moving(file.sft) }) };
}

/** Lists what may change in one output folder. */
const STILL = new Set([
  ...["output", "threads", "python", "gpus", "server-requests", "wait-for-server", "launcher", "processes"],
]);
