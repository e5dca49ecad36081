/** Runs `amuro-eval study --dry-run`: how much a study trains and evaluates, and about how long that takes. */

import { openCheckpoint } from "../../checkpoints/checkpoint.js";
import { fetchCheckpoint } from "../../checkpoints/find/resolve.js";
import { openTokenizer } from "../../engine/text/tokenizer.js";
import { UserError } from "../../base/errors.js";
import { prepareData } from "../../sft/data/prepare.js";
import { estimateDownload } from "../../study/download-estimate.js";
import { evaluationOptions } from "../../study/evaluation.js";
import { engineGroups } from "../../study/groups.js";
import { planStudy } from "../../study/make-plan.js";
import { cellCount } from "../../study/plan.js";
import { isTrained } from "../../study/train-missing.js";
import type { Training } from "../../study/trainings.js";
import { counted, sized } from "../../base/wording.js";
import type { Console } from "../output/console.js";
import { estimateWork } from "../../study/work-estimate.js";
import { tokensInWords } from "./dry-run.js";
import type { PreparedStudy } from "./prepare-study.js";
import { roughly } from "../../base/numbers.js";

/**
 * Sets the operations a parameter that a token costs: about 6 in training and 2 in scoring (Kaplan et al. 2020,
 * arXiv:2001.08361).
 */
const TRAINING_COST = 3;
/** Sets the bytes a parameter while a fine-tuning is going on: weights and two moments in f32. */
const STATE_BYTES = 12;

interface TrainingWork {
  readonly task: string;
  readonly rows: number;
  readonly steps: number;
  /** Tokens of all epochs. */
  readonly tokens: number;
}

/** @param exact whether the tokens of all rows are counted */
export async function studyDryRun(
  study: PreparedStudy,
  { exact, json }: { readonly exact: boolean; readonly json: boolean },
  console: Console,
): Promise<void> {
  const { file, understood, registry, bases, trainings } = study;
  const plan = await planStudy(evaluationOptions(file, understood, bases, []), registry, console.info);
  const work = await estimateWork(plan, exact, console.info);
  const perTask = await trainingWork(trainings, console);
  const missing = trainings.filter((training) => !isTrained(training));
  const sidesPerBase = 1 + trainings.length / bases.length;
  const evaluated = work.reduce((sum, { seconds }) => sum + seconds, 0) * sidesPerBase;
  const trained = missing.reduce((sum, { base, task }) => {
    const { seconds_per_token = 0 } = work.find(({ checkpoint }) => checkpoint === base.given.name) ?? {};
    return sum + (perTask.get(task.name)?.tokens ?? 0) * seconds_per_token * TRAINING_COST;
  }, 0);
  const disk = await diskBytes(missing);
  const download = await estimateDownload(engineGroups(plan), undefined);
  const total = {
    checkpoints: bases.map(({ given }) => given.name),
    trainings: trainings.map((training) => {
      const { name, task, options } = training;
      return { name, task: task.name, folder: options.out, done: isTrained(training), ...perTask.get(task.name) };
    }),
    tasks: plan.tasks.map(({ rows, variants }) => ({
      task: rows.task.name, rows: rows.items.length, prompts: variants.length,
    })),
    skipped: plan.skipped,
    cells: cellCount(plan) * sidesPerBase,
    tokens: {
      training: missing.reduce((sum, { task }) => sum + (perTask.get(task.name)?.tokens ?? 0), 0),
      evaluation: work.reduce((sum, { tokens }) => sum + tokens, 0) * sidesPerBase,
      evaluation_error: work.reduce((sum, { tokens_error: error }) => sum + error, 0) * sidesPerBase,
    },
    estimated_seconds: { training: trained, evaluation: evaluated },
    disk_bytes: disk,
    download,
  }; // prettier-ignore
  if (json) {
    console.out(JSON.stringify(total, null, 2));
    return;
  }
  const done = trainings.length - missing.length;
  console.out(
    [
      `${counted(bases.length, "checkpoint")} x ${counted(perTask.size, "SFT task")} = ${counted(trainings.length, "fine-tuning")}${done > 0 ? ` (${done} of them done)` : ""}`,
      ...[...perTask.values()].map(
        ({ task, rows, steps, tokens }) =>
          `  ${task}: ${counted(rows, "row")}, ${counted(steps, "step")}, ${counted(tokens, "token")} over all epochs`,
      ),
      `${counted(sidesPerBase * bases.length, "checkpoint")} before and after x ${counted(plan.tasks.length, "task")} x their prompts = ${counted(total.cells, "cell")}`,
      ...total.tasks.map(
        ({ task, rows, prompts }) => `  ${task}: ${counted(rows, "row")}, ${counted(prompts, "prompt")}`,
      ),
      `tokens: ${counted(total.tokens.training, "token")} to train on, ${tokensInWords({ tokens: total.tokens.evaluation, tokens_error: total.tokens.evaluation_error })} to evaluate`,
      `disk: ${sized(disk.tuned)} for tuned checkpoints, and ${sized(disk.state)} while one is trained`,
      ...(download.checkpoints === 0
        ? []
        : [`to download: ${counted(download.checkpoints, "checkpoint")}, ${sized(download.bytes)}`]),
      file.serve !== undefined
        ? "estimated time: none; the servers, and what trains, decide it"
        : `estimated time: ${roughly(trained)} of training and ${roughly(evaluated)} of evaluation, from a timed probe of scoring; expect a factor of two either way`,
    ].join("\n"),
  );
}

/**
 * Estimates how many tokens each task's rows come to, with the tokenizer of the first checkpoint: those of one run
 * share it.
 */
async function trainingWork(trainings: readonly Training[], console: Console): Promise<Map<string, TrainingWork>> {
  const found = new Map<string, TrainingWork>();
  for (const { task, base, options } of trainings) {
    if (found.has(task.name)) continue;
    await fetchCheckpoint(base.resolved, console.info);
    const checkpoint = await openCheckpoint(
      base.resolved.folder,
      base.resolved.tokenizerFolder,
      options.ignoredConfigKeys,
    );
    if (checkpoint.kind === "onnx") {
      throw new UserError(`${base.given.name} is an ONNX export, which cannot be trained; give its safetensors`);
    }
    const { data, settings } = options;
    const { train } = await prepareData(
      data,
      settings,
      checkpoint,
      openTokenizer(checkpoint, base.resolved.tokenizerFolder),
    );
    const tokens = train.reduce((sum, { ids }) => sum + ids.length, 0) * settings.epochs;
    const steps = Math.ceil(train.length / settings.batchSize) * settings.epochs;
    found.set(task.name, { task: task.name, rows: train.length, steps, tokens });
  }
  return found;
}

/**
 * Estimates the bytes of the checkpoints that are still to be made, and of the state of the largest training; without
 * those not on this machine.
 */
async function diskBytes(missing: readonly Training[]): Promise<{ tuned: number; state: number }> {
  let [tuned, state] = [0, 0];
  const parameters = new Map<string, number>();
  for (const { base, options } of missing) {
    const { folder, tokenizerFolder } = base.resolved;
    let count = parameters.get(folder);
    if (count === undefined) {
      const known = await openCheckpoint(folder, tokenizerFolder, options.ignoredConfigKeys).catch(() => undefined);
      // Points of one run are of one size.
      count = known?.parameters ?? Math.max(0, ...parameters.values());
      parameters.set(folder, count);
    }
    tuned += count * (options.settings.dtype === "bf16" ? 2 : 4);
    state = Math.max(state, count * STATE_BYTES);
  }
  return { tuned, state };
}
