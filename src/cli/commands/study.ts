/** `amuro-eval study`: fine-tunes every checkpoint on every task, and evaluates all of them before and after. */

import { parseDevice } from "../../engine/backends/devices.js";
import { UsageError } from "../../base/errors.js";
import type { Results } from "../../store/results.js";
import { evaluationOptions, type Understood } from "../../study/evaluation.js";
import { planStudy } from "../../study/plan.js";
import { readStudyFile, type StudyFile } from "../../study/study-file.js";
import { trainMissing, type TrainingEvents } from "../../study/train-missing.js";
import { studyBases, studyTrainings, type StudyBase, type Training } from "../../study/trainings.js";
import type { TaskRegistry } from "../../tasks/registry.js";
import type { Console } from "../output/console.js";
import { evaluatePlan, throwUnlessDone, type Evaluated } from "./evaluate.js";
import { withPromptFiles } from "../output/prompt-list.js";
import { registryWith } from "../flags/registry.js";
import { printEnd } from "../output/run-report.js";
import { showTraining } from "../output/sft-progress.js";
import { studyDryRun } from "./study-dry-run.js";
import { bytesOf, dataSource } from "../flags/study-options.js";

/** A study, understood and ready to be trained. */
export interface PreparedStudy {
  readonly file: StudyFile;
  readonly understood: Understood;
  readonly registry: TaskRegistry;
  readonly bases: readonly StudyBase[];
  readonly trainings: readonly Training[];
}

export interface StudyFlags {
  readonly dryRun: boolean;
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
    await studyDryRun(study, flags.json, console);
    return;
  }
  const evaluated = await runStudy(study, console, interruptible());
  await printEnd(evaluated, { ...flags, report: true }, console);
  throwUnlessDone(evaluated, console);
}

/** @throws UsageError when something that the file names is not there */
export async function prepareStudy(file: StudyFile, console: Console): Promise<PreparedStudy> {
  const registry = await registryWith(file.plugins);
  const understood = {
    data: dataSource(file),
    device: parseDevice(file.device),
    memory: file.memory === undefined ? undefined : bytesOf(file.memory),
    prompts: withPromptFiles(file.evaluate.prompts),
  };
  const { limit } = file.evaluate;
  if (limit !== undefined && limit >= 1 && !Number.isInteger(limit))
    throw new UsageError(`evaluate.limit is ${limit}; give a number of rows or a fraction between 0 and 1`);
  registry.select(file.evaluate.tasks);
  const bases = await studyBases(file, console.info);
  const trainings = await studyTrainings(file, bases, understood.data, registry);
  return { file, understood, registry, bases, trainings };
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
  return evaluatePlan(plan, evaluation, console, signal);
}

/** What the results are of: the study file with its defaults, without what moves no score. */
function commandOf(file: StudyFile): Results["command"] {
  const moving = Object.entries(file).filter(([key]) => key !== "output" && key !== "threads");
  return { study: Object.fromEntries(moving) };
}
