/**
 * Stores what a training that was stopped goes on from: a folder inside the output folder, written whole or not at all.
 */

import { existsSync } from "node:fs";
import { appendFile, open, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readSafetensors } from "../checkpoints/files/safetensors.js";
import { readFloats } from "../checkpoints/files/tensor-values.js";
import { writeSafetensors, type NamedValues } from "../checkpoints/files/write-safetensors.js";
import { messageOf, UserError } from "../base/errors.js";
import { makeFolders } from "../base/folders.js";
import { canonicalJson } from "../base/hash.js";
import { compileSchema, validated } from "../base/validation.js";
import type { Values } from "./trainer-types.js";
import type { Trainer } from "./trainer.js";

const FOLDER = "resume";
const COMMAND = join(FOLDER, "command.json");
const STATE = join(FOLDER, "state.safetensors");
const LOG_FILE = "training_log.jsonl";
export const RECORD_FILE = "amuro_sft.json";

const isCommand = compileSchema<object>({ type: "object" });
const isRecord = compileSchema<{ readonly command: object }>({
  type: "object",
  required: ["command"],
  properties: { command: { type: "object" } },
});

/** Describes what an output folder holds when a command comes to it. */
export type Found = "nothing" | "stopped" | "finished";

export class TrainingFolder {
  private constructor(
    readonly path: string,
    readonly command: object,
    readonly found: Found,
  ) {}

  /**
   * @param command everything that decides the result
   * @throws UserError when the folder cannot be written, or holds another command's training or other files
   */
  static async open(path: string, command: object): Promise<TrainingFolder> {
    const record = await readJson(join(path, RECORD_FILE));
    const stopped = await readJson(join(path, COMMAND));
    const before =
      record === undefined
        ? stopped === undefined
          ? undefined
          : validated(isCommand, stopped, join(path, COMMAND))
        : validated(isRecord, record, join(path, RECORD_FILE)).command;
    if (before !== undefined && canonicalJson(before) !== canonicalJson(command)) {
      throw new UserError(
        `${path} holds another training (${difference(before, command)}); give that command again, or another --out`,
      );
    }
    if (before === undefined && existsSync(join(path, "config.json"))) {
      throw new UserError(`${path} holds a checkpoint that this command did not make; choose another --out`);
    }
    if (record !== undefined) return new TrainingFolder(path, command, "finished");
    try {
      await makeFolders(join(path, FOLDER));
      await writeWhole(join(path, COMMAND), `${JSON.stringify(command, null, 2)}\n`);
    } catch (error) {
      throw new UserError(`cannot write to ${path} (${messageOf(error)}); choose another --out`);
    }
    if (existsSync(join(path, STATE))) return new TrainingFolder(path, command, "stopped");
    // Lines of steps that nothing was stored of.
    await rm(join(path, LOG_FILE), { force: true });
    return new TrainingFolder(path, command, "nothing");
  }

  /** Adds a line to the log. */
  async log(line: object): Promise<void> {
    await appendFile(join(this.path, LOG_FILE), `${JSON.stringify(line)}\n`);
  }

  /** Returns the lines of the log. */
  async readLog<T>(): Promise<T[]> {
    const text = await readFile(join(this.path, LOG_FILE), "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as T);
  }

  /** Returns what a finished training wrote of itself. */
  async record<T>(): Promise<T> {
    return (await readJson(join(this.path, RECORD_FILE))) as T;
  }

  /** Stores everything that the next steps depend on. */
  async store(trainer: Trainer): Promise<void> {
    const { steps, moments } = trainer.state();
    const tensors: NamedValues[] = [];
    for (const [name, { shape, values }] of trainer.trained) {
      const own = moments.get(name);
      if (own === undefined) continue;
      tensors.push({ name: `weight.${name}`, shape, values });
      tensors.push({ name: `first.${name}`, shape, values: own.first });
      tensors.push({ name: `second.${name}`, shape, values: own.second });
    }
    const logBytes = existsSync(join(this.path, LOG_FILE)) ? (await readFile(join(this.path, LOG_FILE))).length : 0;
    await writeSafetensors(join(this.path, STATE), tensors, "f32", {
      steps: String(steps),
      log_bytes: String(logBytes),
    });
  }

  /** Takes the stored weights, moments and number of steps; the log is cut back to where it was. */
  async restore(trainer: Trainer): Promise<void> {
    const file = join(this.path, STATE);
    const stored = new Map<string, Float32Array>();
    for (const tensor of await readSafetensors(file)) stored.set(tensor.name, await readFloats(tensor));
    const take = (name: string, values: Values["values"]) => {
      const found = stored.get(name);
      if (found?.length !== values.length) throw new UserError(`${file}: ${name} is missing or of another size`);
      return found;
    };
    const moments = new Map<string, { first: Float32Array; second: Float32Array }>();
    for (const [name, { values }] of trainer.trained) {
      const [first, second] = [take(`first.${name}`, values), take(`second.${name}`, values)];
      values.set(take(`weight.${name}`, values));
      moments.set(name, { first, second });
    }
    const { steps, log_bytes: logBytes } = await readMetadata(file);
    trainer.restore({ steps: Number(steps), moments });
    // A training that was stopped before its first step has no log.
    if (logBytes === "0") await rm(join(this.path, LOG_FILE), { force: true });
    else await truncate(join(this.path, LOG_FILE), Number(logBytes));
  }

  /** Ends the training: what it would have gone on from is not needed any more. */
  async finish(record: object): Promise<void> {
    await writeWhole(join(this.path, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
    await rm(join(this.path, FOLDER), { recursive: true, force: true });
  }
}

/** Writes under another name and renames. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

async function readJson(path: string): Promise<unknown> {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch (error) {
    throw new UserError(`cannot read ${path} (${messageOf(error)}); choose another --out`);
  }
}

/** Reads the texts in the header of a safetensors file that this program wrote. */
async function readMetadata(path: string): Promise<Readonly<Record<string, string>>> {
  const file = await open(path, "r");
  try {
    const length = Buffer.alloc(8);
    await file.read(length, 0, 8, 0);
    const header = Buffer.alloc(Number(length.readBigUInt64LE()));
    await file.read(header, 0, header.length, 8);
    const { __metadata__: metadata } = JSON.parse(header.toString()) as { __metadata__: Record<string, string> };
    return metadata;
  } finally {
    await file.close();
  }
}

/** Finds the first key in which two commands differ, for people. */
function difference(before: object, now: object): string {
  const [a, b] = [flat(before), flat(now)];
  const key = [...new Set([...a.keys(), ...b.keys()])].find((name) => a.get(name) !== b.get(name)) ?? "settings";
  return `${key} ${a.get(key) ?? "none"}, not ${b.get(key) ?? "none"}`;
}

function flat(value: object, prefix = ""): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, string][] => {
      const name = prefix === "" ? key : `${prefix}.${key}`;
      if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) return [...flat(inner, name)];
      return [[name, JSON.stringify(inner)]];
    }),
  );
}
