/** Describes a folder of requests: manifest.json, and a receipt beside the answers to each part. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../../../base/errors.js";
import { anyObject, constant, flag, integer, list, number, object, orNull, record, text, type Of } from "../../../base/schema.js"; // prettier-ignore
import { compileSchema, validated } from "../../../base/validation.js";
import { textOf } from "../../../base/utf8.js";

export const REQUESTS_SCHEMA = "amuro-eval/requests/1";

const part = object({
  name: text("part-0001 and so on."),
  file: text("Rows as JSON lines, gzip."),
  sha256: text(),
  parquet: object({ file: text("The same rows for Ray Data."), sha256: text() }),
  rows: integer("With the canaries."),
});

const requests = object(
  {
    name: text(),
    tokenizer_sha256: text("Of everything that decides which ids a text becomes."),
    window: integer(),
    vocab_size: orNull(integer()),
    eos_ids: list(integer()),
    longest: integer("Tokens of the longest prompt with its answer."),
    rows_sha256: text("Of the ids of all rows but canaries, in their order."),
    parts: list(part),
  },
  "The same for all checkpoints with one tokenizer and window.",
);

const checkpoint = object({
  name: text("As the study calls it."),
  folder: text("Of its answers, in answers/."),
  requests: text("Name of what it is asked."),
  model: text("Folder or hub id of the weights."),
  revision: orNull(text("Commit on the hub.")),
  subfolder: text("In the folder or repository; empty for none."),
  files: record(text(), "SHA-256 of files that tell it from other checkpoints."),
});

const manifest = object({
  schema: constant(REQUESTS_SCHEMA),
  version: text("Of amuro-eval."),
  command: anyObject("Options of the run."),
  requests: list(requests),
  checkpoints: list(checkpoint),
});

const receipt = object({
  checkpoint: text(),
  part: text(),
  requests_sha256: text("Of the part that was read."),
  answers_sha256: text("Of the file of answers."),
  rows: integer(),
  prompts: integer("Prompts that the rows became."),
  seconds: number(),
  engine: text(),
  version: text(),
  model: text(),
  revision: orNull(text()),
  files: record(text(), "SHA-256 of files of the model that was run."),
  dtype: orNull(text()),
  vocab_size: integer(),
  flags: record(flag(), "What else the engine was told."),
});

export type Manifest = Of<typeof manifest>;
export type RequestSet = Of<typeof requests>;
export type RequestPart = Of<typeof part>;
export type AskedCheckpoint = Of<typeof checkpoint>;
export type Receipt = Of<typeof receipt>;

const isManifest = compileSchema<Manifest>(manifest);
const isReceipt = compileSchema<Receipt>(receipt);

/** @throws UserError when the folder holds no requests, or those of another version */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, "manifest.json");
  return validated(isManifest, await readJsonFile(path, "requests export writes such a folder"), path);
}

/** @throws UserError where it is not there, or is no receipt */
export async function readReceipt(path: string): Promise<Receipt> {
  return validated(isReceipt, await readJsonFile(path, "the runner writes it when a part is answered"), path);
}

async function readJsonFile(path: string, hint: string): Promise<unknown> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(isMissing ? `${path}: no such file; ${hint}` : `${path}: ${messageOf(error)}`);
  }
  const text = textOf(content, path);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UserError(`${path}: not JSON; copy the folder again`);
  }
}
