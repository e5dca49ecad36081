/** Plans what a study evaluates: every checkpoint before and after each of its fine-tunings. */

import type { DataSource } from "../datasets/index.js";
import type { Device } from "../engine/backends/devices.js";
import { parseChatLayout } from "../templates/chat.js";
import { drawnTexts, type CheckpointSpec, type StudyOptions } from "./options.js";
import type { StudyFile } from "./study-file.js";
import { trainedPrompts, type StudyBase, type Training } from "./trainings.js";

/** Holds parts of a study file that the command line also has, already understood. */
export interface Understood {
  readonly data: DataSource;
  readonly device: Device;
  readonly memory: number | undefined;
  /** Words of --prompts, files replaced by what they hold. */
  readonly prompts: readonly string[];
}

/** @param trainings their checkpoints are evaluated after their bases; none gives the bases alone */
export function evaluationOptions(
  { evaluate, threads, offline, ...file }: StudyFile,
  { data, device, memory, prompts }: Understood,
  bases: readonly StudyBase[],
  trainings: readonly Training[],
): StudyOptions {
  // A base is listed as one only where something was tuned from it.
  const stage = trainings.length > 0 ? "base" : undefined;
  const listed = [...bases.map(({ given }): CheckpointSpec => ({ ...given, stage })), ...trainings.map(tunedSpec)];
  const { serve } = file;
  const checkpoints =
    serve === undefined ? listed : listed.map((one): CheckpointSpec => ({ ...one, spec: `${serve}:${one.spec}` }));
  return {
    checkpoints,
    names: { stepsFile: file["steps-file"], stageOrder: file["stage-order"] },
    ignoredConfigKeys: file["ignore-config-key"],
    tasks: evaluate.tasks,
    prompts,
    seenPrompts: trainedPrompts(trainings),
    templates: evaluate.templates,
    chatLayouts: [...new Set(evaluate["chat-template"])].map(parseChatLayout),
    answer: evaluate.answer,
    drawn: drawnTexts(evaluate, evaluate.seed),
    numFewshot: evaluate["num-fewshot"],
    limit: evaluate.limit,
    seed: evaluate.seed,
    device,
    threads,
    memory,
    data,
    offline,
    serving: {
      waitSeconds: file["wait-for-server"],
      requests: file["server-requests"],
      start: {
        args: file["server-args"],
        command: file["server-command"],
        python: file.python,
        gpus: file.gpus?.map(String),
      },
    },
  };
}

function tunedSpec({ name, seed, base, task, options }: Training): CheckpointSpec {
  const about = { name, spec: options.out, revision: undefined, base: base.given.name };
  return { ...about, stage: "sft", sftTask: task.name, sftSeed: seed === undefined ? undefined : String(seed) };
}
