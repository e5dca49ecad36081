/** Answers a folder of requests with checkpoints of this machine, reading and writing what run.py reads and writes. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { hashFile, sha256 } from "../../src/base/hash.js";
import { readManifest, type AskedCheckpoint, type Receipt, type RequestPart } from "../../src/engine/backends/offline/manifest.js"; // prettier-ignore
import type { RequestRow } from "../../src/engine/backends/offline/request-row.js";
import { writeWhole } from "../../src/store/results-folder.js";
import { openParts, type OpenedParts } from "./engines.js";

/** @param folders of the weights, by checkpoint; the manifest's where left out */
export async function answerRequests(folder: string, folders: Readonly<Record<string, string>> = {}): Promise<void> {
  const manifest = await readManifest(folder);
  for (const checkpoint of manifest.checkpoints) {
    const model = folders[checkpoint.name] ?? checkpoint.model;
    const parts = await openParts(model);
    const requests = manifest.requests.find(({ name }) => name === checkpoint.requests);
    for (const part of requests?.parts ?? []) {
      const answers = [];
      for (const row of readRows(folder, part)) answers.push(await answerRow(parts, row));
      await writeAnswers(folder, checkpoint, part, answers, {
        vocab_size: parts.checkpoint.model.vocabSize,
        files: { "config.json": await hashFile(join(model, "config.json")) },
      });
    }
    await parts.backend.close();
  }
}

export function readRows(folder: string, { file }: RequestPart): RequestRow[] {
  return linesOf(join(folder, file)) as RequestRow[];
}

/** Values of JSON lines in a gzip file. */
export function linesOf(path: string): unknown[] {
  const lines = gunzipSync(readFileSync(path)).toString("utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** Writes a part's answers, or lines as they are, and the receipt that goes with them. */
export async function writeAnswers(
  folder: string,
  checkpoint: AskedCheckpoint,
  part: RequestPart,
  answers: readonly unknown[],
  more: Partial<Receipt>,
): Promise<void> {
  const place = join(folder, "answers", checkpoint.folder, part.name);
  const lines = answers.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  const packed = gzipSync(`${lines.join("\n")}\n`);
  await writeWhole(`${place}.jsonl.gz`, packed);
  const before = existsSync(`${place}.json`) ? (JSON.parse(readFileSync(`${place}.json`, "utf8")) as Receipt) : {};
  const receipt = {
    checkpoint: checkpoint.name,
    part: part.name,
    requests_sha256: part.sha256,
    rows: answers.length,
    prompts: answers.length,
    seconds: 0,
    engine: "vllm",
    version: "0.0.test",
    model: checkpoint.model,
    revision: null,
    files: {},
    dtype: "float32",
    vocab_size: 0,
    flags: {},
    ...before,
    answers_sha256: sha256(packed),
    ...more,
  };
  await writeWhole(`${place}.json`, JSON.stringify(receipt));
}

async function answerRow({ backend }: OpenedParts, row: RequestRow): Promise<object> {
  const { id, context } = row;
  const count = { id, sent: context.length, computed: context.length };
  if ("max_new_tokens" in row) {
    const [ids] = await backend.generate([context], row.max_new_tokens, (steps) => steps.map(() => false));
    return { ...count, ids };
  }
  const sequences = row.continuations.map((continuation) => ({
    ids: [...context, ...continuation.slice(0, -1)],
    targets: continuation.map((token, i) => ({ position: context.length - 1 + i, token })),
  }));
  const { logprobs, best } = await backend.score(sequences);
  let next = 0;
  const scores = row.continuations.map((continuation) => continuation.map(() => [logprobs[next], best[next++]]));
  return { ...count, scores };
}
