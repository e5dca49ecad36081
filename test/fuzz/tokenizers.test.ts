/** Damaged tokenizer files: each makes a tokenizer that gives ids, or is refused in one line, quickly. */

import fc from "fast-check";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readJson } from "../../src/checkpoints/files/folder.js";
import { readTokenizer } from "../../src/checkpoints/tokenizers/read-tokenizer.js";
import { openTokenizer } from "../../src/engine/text/tokenizer.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError } from "../support/user-error.js";
import { byteEdits, edited, editedJson, jsonEdits } from "./mutations.js";

const CASES = Math.ceil(Number(process.env["FUZZ_CASES"] ?? 1500) / 5);
const SEED = Number(process.env["FUZZ_SEED"] ?? 2026);
/** Milliseconds of processor time for one case. */
const MAX_TIME = 1000;
const TIMEOUT = 180_000 + CASES * 30;
const ROOT = join(import.meta.dirname, "../golden/tokenizer-files");
const TEXTS = ["The happy cat", "a  b\n\n", "Déjà vu 東京 🙂", "<|im_end|>x</s>", ""];
/** Holds the files of each case, all of which are damaged in turn. */
const FILES = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? readdirSync(join(ROOT, entry.name)).map((file) => [entry.name, file] as const) : [],
);

const root = tempFolder();

/** Returns what a folder makes of the texts: the ids of each. */
async function idsOf(folder: string): Promise<number[][]> {
  const files = readdirSync(folder);
  const parts = await readTokenizer(folder, files, (await readJson(folder, files, "config.json")) ?? {});
  const shared = { folder, chatTemplates: new Map(), bosId: 0, eosIds: [0], kind: "served", vocabSize: undefined } as const;
  const tokenizer = openTokenizer({ ...parts, ...shared });
  return TEXTS.map((text) => tokenizer.encodeContext(text));
} // prettier-ignore

async function check(name: string, file: string, content: Uint8Array | string): Promise<void> {
  const folder = join(root, name);
  cpSync(join(ROOT, name), folder, { recursive: true });
  await writeFile(join(folder, file), content);
  const started = process.cpuUsage();
  let failure: unknown;
  try {
    for (const ids of await idsOf(folder)) {
      expect(ids.every((id) => Number.isSafeInteger(id) && id >= 0)).toBe(true);
      expect(ids.length).toBeGreaterThan(0);
    }
  } catch (error) {
    failure = error;
  }
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(MAX_TIME);
  if (failure !== undefined) expectUserError(failure, folder);
}

test("a tokenizer with damaged bytes, or cut, opens or is refused", { timeout: TIMEOUT }, async () => {
  const numbers = [0, 1, 2, 4, 8, 0x0a, 0x12, 0x1a, 0x22, 0x7f, 0x80, 0xff, ...Buffer.from('{}[]",:')];
  const property = fc.asyncProperty(fc.constantFrom(...FILES), byteEdits(numbers), async ([name, file], edits) => {
    await check(name, file, edited(readFileSync(join(ROOT, name, file)), edits));
  });
  await fc.assert(property, { numRuns: CASES, seed: SEED });
});

test("a tokenizer with other values and keys opens or is refused", { timeout: TIMEOUT }, async () => {
  const json = FILES.filter(([, file]) => file.endsWith(".json"));
  const property = fc.asyncProperty(fc.constantFrom(...json), jsonEdits, async ([name, file], edits) => {
    const value = JSON.parse(readFileSync(join(ROOT, name, file), "utf8")) as Record<string, unknown>;
    await check(name, file, JSON.stringify(editedJson(value, edits)));
  });
  await fc.assert(property, { numRuns: CASES, seed: SEED });
});
