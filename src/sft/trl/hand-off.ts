/** Hands a training to Hugging Face TRL: the same data and settings as files, and the program that trains on them. */

import { spawn } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InterruptedError, UserError } from "../../base/errors.js";
import { makeFolders } from "../../base/folders.js";
import { shellWord } from "../../base/wording.js";
import { adapterConfig } from "../adapter-output.js";
import type { TrainingExample } from "../data/example.js";
import type { PreparedData } from "../data/prepare.js";
import type { SftEvents, SftOptions } from "../options.js";
import { isGgufFile } from "../../checkpoints/gguf/gguf-names.js";
import { copyTokenizer } from "../output.js";
import { prepare, type Prepared } from "../prepare.js";
import { recordOf, type SftRecord } from "../record.js";
import { stepsOf } from "../schedule.js";
import { writeWhole } from "../state.js";
import { launchWords, type TrlRun } from "./launch.js";
import { accelerateConfig, DEEPSPEED_CONFIG, sftConfig } from "./config.js";

const DRIVER = fileURLToPath(new URL("./driver.py", import.meta.url));

export interface HandOff {
  /** What trains, to be typed into a shell. */
  readonly command: string;
  /** The record of the training, where it was run. */
  readonly record: SftRecord | undefined;
}

/**
 * Writes trl/ in the output folder: train.jsonl and held_out.jsonl, sft_config.json, accelerate.yaml, deepspeed.json,
 * job.json, record.json and train.py.
 * @param run a Python that has trl, which then trains, and how it is started
 * @throws UserError as trainSft does, when Python does not find trl, or the training fails
 */
export async function handToTrl(
  options: SftOptions,
  run: TrlRun | undefined,
  events: SftEvents = {},
  signal?: AbortSignal,
): Promise<HandOff> {
  const prepared = await prepare(options, events, "trl");
  const { folder, resolved } = prepared;
  if (isGgufFile(resolved.folder))
    throw new UserError(
      `${resolved.folder}: a GGUF file is not handed to TRL; train it here, or give the released checkpoint`,
    );
  const path = join(options.out, "trl");
  const command = `${run?.python ?? "python"} ${join(path, "train.py")}`;
  if (folder.found === "finished") {
    events.onNote?.(`${options.out} is finished already`);
    return { command, record: await folder.record<SftRecord>() };
  }
  await writeJob(path, prepared);
  if (run === undefined) return { command, record: undefined };
  await expectTrl(run.python);
  await train(launchWords(run, join(path, "train.py")), signal, options.out);
  return { command, record: await folder.record<SftRecord>() };
}

async function writeJob(path: string, prepared: Prepared): Promise<void> {
  const { options, resolved, data, checkpoint } = prepared;
  const { settings } = options;
  const source = { ...resolved, checkpoint, chatTemplate: data.chatTemplate };
  const { steps, perEpoch } = stepsOf(data.train.length, settings);
  const json = (name: string, value: object) => writeWhole(join(path, name), `${JSON.stringify(value, null, 2)}\n`);
  const lines = linesOf(data);
  await makeFolders(path);
  await copyFile(DRIVER, join(path, "train.py"));
  await writeFile(join(path, "train.jsonl"), lines(data.train));
  await writeFile(join(path, "held_out.jsonl"), lines(data.heldOut));
  await json("sft_config.json", sftConfig(settings, { steps, perEpoch, heldOut: data.heldOut.length > 0 }));
  await json("deepspeed.json", DEEPSPEED_CONFIG);
  await writeWhole(join(path, "accelerate.yaml"), accelerateConfig(join(resolve(path), "deepspeed.json")));
  await json("job.json", {
    model: resolved.folder,
    tokenizer: resolved.tokenizerFolder,
    chat_template: data.chatTemplate ?? null,
    dtype: settings.dtype,
    lora: settings.lora === undefined ? null : adapterConfig(checkpoint.model, settings.lora),
  });
  await json("record.json", recordOf(prepared, steps));
  await copyTokenizer(options.out, source);
}

/**
 * Makes a function from examples to lines: prompt and completion, or tokens where conversations or cut examples are
 * among them.
 */
function linesOf({ cut, train }: PreparedData): (examples: readonly TrainingExample[]) => string {
  const asText = cut === 0 && train.every(({ text }) => "prompt" in text);
  const lineOf = ({ ids, answers, text }: TrainingExample) => {
    if (asText) return text;
    const isAnswer = (index: number) => answers.some(([from, to]) => index >= from && index < to);
    return { input_ids: ids, completion_mask: ids.map((_, index) => (isAnswer(index) ? 1 : 0)) };
  };
  return (examples) => examples.map((example) => `${JSON.stringify(lineOf(example))}\n`).join("");
}

/** @throws UserError when there is no such Python, or it has no trl */
async function expectTrl(python: string): Promise<void> {
  const [code, output] = await new Promise<[number | null, string]>((resolve, reject) => {
    const child = spawn(python, ["-c", "import trl"], { stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.on("error", (error) => {
      reject(new UserError(`--python ${python} cannot be run (${(error as NodeJS.ErrnoException).code ?? error.message})`)); // prettier-ignore
    });
    child.on("close", (status) => {
      resolve([status, text]);
    });
  });
  if (code === 0) return;
  const reason = output.trim().split("\n").at(-1) ?? "";
  throw new UserError(
    `--python ${python} cannot import trl (${reason}); ${shellWord(python)} -m pip install trl peft installs it`,
  );
}

/** Trains, and passes the trainer's output to standard error as it comes. */
async function train(words: readonly string[], signal: AbortSignal | undefined, out: string): Promise<void> {
  const [program = "", ...rest] = words;
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ["ignore", 2, 2] });
    child.on("error", (error) => {
      reject(new UserError(`${program} cannot be run (${(error as NodeJS.ErrnoException).code ?? error.message})`));
    });
    child.on("close", resolve);
    // Ctrl-C reaches the child by itself; a caller's signal does not.
    signal?.addEventListener("abort", () => child.kill("SIGINT"), { once: true });
  });
  if (signal?.aborted === true) {
    throw new InterruptedError("interrupted; the same command goes on from the last checkpoint that TRL stored");
  }
  if (code !== 0) throw new UserError(`TRL's training failed (exit code ${code}); its own words are above, its files in ${out}/trl`); // prettier-ignore
}
