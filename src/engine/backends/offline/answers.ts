/** Reads the answers to a checkpoint's requests: every file, count, id and number is checked before one is used. */

import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { messageOf, UserError } from "../../../base/errors.js";
import { canonicalJson, sha256 } from "../../../base/hash.js";
import { counted, shellWord } from "../../../base/wording.js";
import { textOf } from "../../../base/utf8.js";
import { CanaryWatch, isCanary, type CanaryFindings } from "./canaries.js";
import { readReceipt, type AskedCheckpoint, type Manifest, type Receipt, type RequestPart, type RequestSet } from "./manifest.js"; // prettier-ignore
import type { RequestRow } from "./request-row.js";
import { answerOf, parseLine, type GenerateAnswer, type RowAnswer } from "./row-answer.js";

/**
 * Holds the log-probability of each token of a continuation and of the most likely one in its place, one after the
 * other.
 */
export interface KnownScore {
  readonly values: Float64Array;
  /** Tokens of the row's prompts, in equal shares of its continuations. */
  readonly sent: number;
  readonly computed: number;
}

export interface Answers {
  readonly receipt: Receipt;
  readonly canaries: CanaryFindings;
  score(context: readonly number[], continuation: readonly number[]): KnownScore | undefined;
  generated(context: readonly number[], most: number): GenerateAnswer | undefined;
}

/**
 * @param folder with manifest.json
 * @throws UserError naming the first file, row or number that is not as it should be
 */
export async function readAnswers(folder: string, manifest: Manifest, checkpoint: AskedCheckpoint): Promise<Answers> {
  const { name } = checkpoint;
  const requests = manifest.requests.find((one) => one.name === checkpoint.requests);
  if (requests === undefined) throw new UserError(`${folder}/manifest.json has no requests "${checkpoint.requests}"`);
  const place = join(folder, "answers", checkpoint.folder);
  const missing = requests.parts.filter((part) => !existsSync(join(place, `${part.name}.json`)));
  if (missing.length > 0) {
    throw new UserError(
      `${name}: ${missing.length} of ${counted(requests.parts.length, "part")} have no answers, the first is ` +
        `${String(missing[0]?.name)} (${join(place, `${String(missing[0]?.name)}.json`)} is not there); run.py --checkpoint ${shellWord(name)} goes on`,
    );
  }
  const scores = new Map<string, KnownScore>();
  const generated = new Map<string, GenerateAnswer>();
  let first: Receipt | undefined;
  let watch: CanaryWatch | undefined;
  for (const part of requests.parts) {
    const receipt = await readReceipt(join(place, `${part.name}.json`));
    checkReceipt(receipt, { checkpoint, requests, part, first, place });
    first ??= receipt;
    watch ??= new CanaryWatch(name, receipt.dtype);
    const rows = await readPart(join(folder, part.file), part);
    const answers = await readLines(join(place, `${part.name}.jsonl.gz`), receipt.answers_sha256);
    for (const [row, answer] of pair(rows, answers, requests, join(place, `${part.name}.jsonl.gz`))) {
      if (isCanary(row)) watch.add(part.name, row.id, answer);
      else if ("ids" in answer) generated.set(keyOf(row.context, [answerLimit(row)]), answer);
      else if ("continuations" in row) noteScores(scores, row, answer);
    }
  }
  if (first === undefined || watch === undefined) throw new UserError(`${folder}/manifest.json names no parts`);
  return {
    receipt: first,
    canaries: watch.findings(),
    score: (context, continuation) => scores.get(keyOf(context, continuation)),
    generated: (context, most) => generated.get(keyOf(context, [most])),
  };
}

function noteScores(
  scores: Map<string, KnownScore>,
  { context, continuations }: Extract<RequestRow, { continuations: unknown }>,
  answer: Extract<RowAnswer, { scores: unknown }>,
): void {
  continuations.forEach((continuation, c) => {
    const share = continuations.length;
    scores.set(keyOf(context, continuation), {
      values: Float64Array.from((answer.scores[c] ?? []).flat()),
      sent: answer.sent / share,
      computed: answer.computed / share,
    });
  });
}

interface Expected {
  readonly checkpoint: AskedCheckpoint;
  readonly requests: RequestSet;
  readonly part: RequestPart;
  /** Receipt of the first part. */
  readonly first: Receipt | undefined;
  readonly place: string;
}

/** @throws UserError where a part was answered by another model, or in another way, than it should be */
function checkReceipt(receipt: Receipt, { checkpoint, requests, part, first, place }: Expected): void {
  const path = join(place, `${part.name}.json`);
  if (receipt.checkpoint !== checkpoint.name || receipt.part !== part.name)
    throw new UserError(`${path} is of ${receipt.checkpoint} ${receipt.part}, not of ${checkpoint.name} ${part.name}`);
  if (receipt.requests_sha256 !== part.sha256)
    throw new UserError(`${path}: these are answers to other requests than those of ${part.file}; run it again`);
  if (receipt.rows !== part.rows)
    throw new UserError(`${path}: ${counted(receipt.rows, "answer")} to ${counted(part.rows, "row")}; run it again`);
  for (const [file, digest] of Object.entries(checkpoint.files)) {
    if ((receipt.files[file] ?? digest) === digest) continue;
    throw new UserError(
      `${path}: the model that answered has another ${file} than ${checkpoint.name}; run it with the folder of this checkpoint`,
    );
  }
  if (requests.vocab_size !== null && receipt.vocab_size !== requests.vocab_size) {
    throw new UserError(
      `${path}: the model that answered has ${counted(receipt.vocab_size, "token")}, ${checkpoint.name} has ${requests.vocab_size}`,
    );
  }
  const how = ({ engine, version, dtype, flags, revision }: Receipt) =>
    `${engine} ${version}, ${String(dtype)}, ${String(revision)}, ${canonicalJson(flags)}`;
  if (first !== undefined && how(first) !== how(receipt)) {
    throw new UserError(
      `${path}: answered by ${how(receipt)}, and ${first.part} by ${how(first)}; run all parts of a checkpoint alike`,
    );
  }
}

/** @throws UserError where the file is not that of the manifest */
async function readPart(path: string, { sha256: expected, rows }: RequestPart): Promise<RequestRow[]> {
  const read = (await readLines(path, expected)).map(({ line }) => JSON.parse(line) as RequestRow);
  if (read.length === rows) return read;
  throw new UserError(`${path}: ${counted(read.length, "row")}, the manifest says ${rows}`);
}

interface Line {
  readonly line: string;
  readonly number: number;
}

/** @throws UserError where the file is cut off, or not the one of which the hash is known */
async function readLines(path: string, expected: string): Promise<Line[]> {
  let packed: Buffer;
  try {
    packed = await readFile(path);
  } catch (error) {
    throw new UserError(`${path} cannot be read (${messageOf(error)}); copy the folder again`);
  }
  let content: Buffer;
  try {
    content = gunzipSync(packed);
  } catch (error) {
    throw new UserError(`${path} is cut off or damaged (${messageOf(error)}); copy it again`);
  }
  if (sha256(packed) !== expected)
    throw new UserError(`${path} is not the file that was written: its SHA-256 is another; copy it again`);
  return textOf(content, path)
    .split("\n")
    .flatMap((line, i) => (line === "" ? [] : [{ line, number: i + 1 }]));
}

/** @throws UserError where a row has no answer or two, or an answer no row */
function* pair(
  rows: readonly RequestRow[],
  lines: readonly Line[],
  { vocab_size: vocabSize }: RequestSet,
  path: string,
): Generator<[RequestRow, RowAnswer]> {
  const open = new Map(rows.map((row) => [row.id, row]));
  for (const { line, number } of lines) {
    const source = `${path}, line ${number}`;
    const answer = parseLine(line, source);
    const row = open.get(answer.id);
    if (row === undefined) {
      const isKnown = rows.some(({ id }) => id === answer.id);
      throw new UserError(
        `${source}: ${isKnown ? "a second answer to" : "an answer to nothing that was asked:"} ${answer.id}`,
      );
    }
    open.delete(answer.id);
    yield [row, answerOf(row, answer, vocabSize ?? undefined, source)];
  }
  const [left] = open.keys();
  if (left !== undefined)
    throw new UserError(`${path}: ${counted(open.size, "row")} without an answer, the first is ${left}; run it again`);
}

function answerLimit(row: RequestRow): number {
  return "max_new_tokens" in row ? row.max_new_tokens : 0;
}

/** Names a context with what follows it. */
function keyOf(context: readonly number[], continuation: readonly number[]): string {
  return sha256(`${context.join(",")}|${continuation.join(",")}`).slice(0, 32);
}
