/** Runs `amuro-eval init`: writes a study file to begin with, from three answers, and says what the study costs. */

import { shellWord } from "../../base/wording.js";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { parse } from "yaml";
import { messageOf, UserError } from "../../base/errors.js";
import { splitLists } from "../../library/checked-options.js";
import { registryWith } from "../../library/registry.js";
import { bytesToFetch } from "../../checkpoints/find/resolve.js";
import { completedStudy, readStudyFile } from "../../study/study-file.js";
import { prepareStudy } from "./prepare-study.js";
import { studyDryRun } from "./study-dry-run.js";
import type { Console } from "../output/console.js";

/** Holds what a study file is made from; what is missing is asked where somebody can answer, or left at its default. */
export interface StudyAnswers {
  readonly checkpoints?: readonly string[] | undefined;
  readonly sftTasks?: readonly string[] | undefined;
  readonly tasks?: readonly string[] | undefined;
}

const QUESTIONS = [
  ["checkpoints", "Checkpoints before SFT (folders, hub ids, wildcards)", () => ["builtin@step*"]],
  ["sftTasks", "Tasks to fine-tune on, one at a time", () => ["mnli_matched", "paws"]],
  ["tasks", "Tasks to evaluate before and after", ({ sftTasks }: StudyAnswers) => sftTasks ?? []],
] as const;

/**
 * Writes a study file that shows everything that can be said in one; what is commented out is the default. It asks 24
 * prompts, enough to see a change of the sensitivity.
 */
export function studyText({
  checkpoints,
  sftTasks,
  tasks,
}: Required<{ [K in keyof StudyAnswers]: readonly string[] }>): string {
  const isBuiltin = checkpoints.every((spec) => /^builtin(@|$)/.test(spec));
  return `# A study: fine-tune (SFT) every checkpoint on every task, and evaluate all of them before and after.
#   amuro-eval study FILE --dry-run    what it takes
#   amuro-eval study FILE              does it; started again, it goes on where it was

# Before SFT: folders, hub ids, builtin; wildcards stand for all that match, in the order of training.
checkpoints:
${checkpoints.map((spec) => `  - ${quoted(spec)}`).join("\n")}
# steps: [1000, 18000]              # pick training steps of them
# tokens: [10B, 100B]             # the same by the training tokens that names tell
# seeds: [default]                # of a release that has runs of several seeds
# steps-file: steps.csv           # name, step, tokens, stage: where names do not tell
# stage-order: [stage1, lc-*]     # stages in the order of training, where names do not tell

# Rows: hub, sample, builtin, or a folder with TASK.jsonl and TASK.train.jsonl.
data: ${isBuiltin ? "builtin" : "hub"}

# How a dataset is asked that is named as a task (hub:ORG/DATASET@REV, file:PATH).
# family: text_classification
# fields: [text=sentence]
# label: mood
# labels: [bad, good]
# choices: [a, b, c, d]

sft:
  tasks: ${list(sftTasks)} # one fine-tuning each, of every checkpoint
${isBuiltin ? "  rows: 4000                        # most train rows of a task; 6000 if left out" : "  # rows: 6000                      # most train rows of a task"}
  # epochs: 3                       # passes over the rows
${isBuiltin ? "  lr: 1e-3                          # 2e-6 if left out, which is right for a model of a billion parameters" : "  # lr: 2e-6                        # for summarization 2e-7: right for a model of a billion parameters"}
  batch-size: 8
  # warmup: 0.03                    # share of the steps in which the learning rate rises; then it falls to 0
  # weight-decay: 0
  # max-length: 2048                # tokens of an example; by default at most the model's window
  # prompts: [default]              # the prompts that rows are shown in, in turn
  # eval-every: 0                   # steps between measuring the loss of held-out rows; every epoch by default
  # seed: 42
  # seeds: [1, 2, 3]                # in place of seed: as many fine-tunings, so that the seed's part can be told
  # dtype: f32                      # of the tuned weights; bf16 takes half the disk
  # engine: trl                     # Hugging Face TRL trains, in python: PATH
  # python: PATH
  # launcher: accelerate            # or srun: one of the processes for each GPU
  # processes: 8
  # by:                             # other settings for single tasks
  #   xsum: { lr: 5e-4 }

evaluate:
  tasks: ${list(tasks)} # names, globs, families, tags or all
  # prompts: [design]               # 24 prompts; with fewer than 12 a change of the sensitivity is hardly ever seen
  limit: ${isBuiltin ? "100" : "200"}                        # rows of each task
${isBuiltin ? "  num-fewshot: 0                    # 4 if left out; the built-in checkpoints do better without" : "  # num-fewshot: 4"}
  # answer: loglikelihood           # first-token, generate
  # samples: 5                      # texts drawn for each row, where texts are generated
  # temperature: 1
  # chat-template: ["off"]
  # templates: []
  # seed: 42

output: amuro-study                 # results.json, rows/, sft/
# device: auto
# threads: 0
# memory: 4GB
# offline: false
# ignore-config-key: [KEY]          # keys of config.json that are passed over where a checkpoint is refused for them
# plugins: []

# A server is started for each checkpoint, with the meaning of the flags of run.
# serve: vllm                       # or sglang
# server-args: --dtype float32
# python: PATH                      # that has the server
# gpus: [0, 1]                      # one server each
# server-command: COMMAND
# server-requests: 64
# wait-for-server: 1800
`;
}

function list(names: readonly string[]): string {
  return `[${names.map(quoted).join(", ")}]`.padEnd(28);
}

/** Writes a name as YAML reads it back. */
function quoted(name: string): string {
  return /^[\w./-][\w./@*-]*$/.test(name) ? name : JSON.stringify(name);
}

/**
 * Asks what was not given, where somebody can answer; otherwise takes the defaults.
 * @param ask returns the answer to a question; undefined where nobody can answer
 */
export async function completedAnswers(
  given: StudyAnswers,
  ask: ((question: string) => Promise<string>) | undefined,
): Promise<Required<{ [K in keyof StudyAnswers]: readonly string[] }>> {
  let answers = given;
  for (const [key, question, usual] of QUESTIONS) {
    if (answers[key] !== undefined) continue;
    const fallback = usual(answers);
    const answer = ask === undefined ? "" : (await ask(`${question} [${fallback.join(",")}]: `)).trim();
    answers = { ...answers, [key]: answer === "" ? fallback : splitLists([answer]) };
  }
  return answers as Required<{ [K in keyof StudyAnswers]: readonly string[] }>;
}

/**
 * @param path of the file; one that is there is not touched
 * @throws UsageError for a task that is not there; UserError when the file cannot be written
 */
export async function initCommand(path: string, given: StudyAnswers, console: Console): Promise<void> {
  if (existsSync(path)) throw new UserError(`${path} is there already; choose another name`);
  const answers = await askedAnswers(given, console);
  const registry = await registryWith([]);
  for (const names of [answers.sftTasks, answers.tasks]) registry.select(names);
  const text = studyText(answers);
  completedStudy(parse(text), path);
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    throw new UserError(`${path}: cannot be written (${messageOf(error)})`);
  }
  console.info(
    `wrote ${path}; amuro-eval study ${shellWord(path)} does it, and goes on where it was when it is started again`,
  );
  await sayCost(path, console);
}

/** Says what the study takes, unless a checkpoint would have to be downloaded to know it. */
async function sayCost(path: string, console: Console): Promise<void> {
  const later = `amuro-eval study ${shellWord(path)} --dry-run says what it takes`;
  try {
    const study = await prepareStudy(readStudyFile(path), console);
    const isHere = (await Promise.all(study.bases.map(({ resolved }) => bytesToFetch(resolved)))).every((n) => n === 0);
    if (isHere) await studyDryRun(study, { exact: false, json: false }, console);
    else console.info(`${later}; it downloads a checkpoint to measure it`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.info(`what it takes is not known yet (${error.message}); ${later}`);
  }
}

/** Asks at a terminal. */
async function askedAnswers(given: StudyAnswers, console: Console) {
  if (!console.interactive || !process.stdin.isTTY) return completedAnswers(given, undefined);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await completedAnswers(given, (question) => terminal.question(question));
  } finally {
    terminal.close();
  }
}
