/** Damaged adapters and indexes of shards: each is read or refused in one line, quickly. */

import fc from "fast-check";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLoraAdapter } from "../../src/checkpoints/files/lora.js";
import { readWeightFiles } from "../../src/checkpoints/files/weight-files.js";
import { openLlama } from "../support/engines.js";
import { goldenFolder } from "../support/golden.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError } from "../support/user-error.js";
import { byteEdits, edited, editedJson, jsonEdits } from "./mutations.js";

const CASES = Math.ceil(Number(process.env["FUZZ_CASES"] ?? 1500) / 20);
const SEED = Number(process.env["FUZZ_SEED"] ?? 2026);
/** Milliseconds of processor time for one case. */
const MAX_TIME = 1000;
const TIMEOUT = 180_000 + CASES * 30;
const ADAPTERS = join(import.meta.dirname, "../golden/lora");
/** Holds adapters of each kind, with the checkpoint that each belongs to. */
const NAMES = [["llama", "llama"], ["llama-dora", "llama"], ["llama-saved", "llama"], ["gpt2-dora-bias", "gpt2"]] as const; // prettier-ignore
const INDEX = "model.safetensors.index.json";
const root = tempFolder();

/** @returns what became of the case */
async function readOrRefused(folder: string, read: () => Promise<unknown>): Promise<"read" | "refused"> {
  const started = process.cpuUsage();
  let failure: unknown;
  try {
    await read();
  } catch (error) {
    failure = error;
  }
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(MAX_TIME);
  if (failure === undefined) return "read";
  expectUserError(failure, folder);
  return "refused";
}

test("a damaged adapter opens or is refused", { timeout: TIMEOUT }, async () => {
  const met = new Set<string>();
  const bases = new Map<string, Awaited<ReturnType<typeof openLlama>>>();
  for (const name of new Set(NAMES.map(([, base]) => base)))
    bases.set(name, await openLlama(await goldenFolder(root, name)));
  const files = NAMES.flatMap(([name, base]) =>
    readdirSync(join(ADAPTERS, name))
      .filter((file) => file.startsWith("adapter_"))
      .map((file) => [name, base, file] as const),
  );
  const edits = fc.oneof(fc.tuple(byteEdits([...Buffer.from('{}[]",:0')]), fc.constant([])), fc.tuple(fc.constant([]), jsonEdits)); // prettier-ignore
  const property = fc.asyncProperty(fc.constantFrom(...files), edits, async ([name, base, file], [bytes, json]) => {
    const folder = join(root, name);
    cpSync(join(ADAPTERS, name), folder, { recursive: true });
    const content = readFileSync(join(ADAPTERS, name, file));
    const isJson = file.endsWith(".json") && json.length > 0;
    const value = isJson ? (JSON.parse(content.toString("utf8")) as Record<string, unknown>) : {};
    await writeFile(join(folder, file), isJson ? JSON.stringify(editedJson(value, json)) : edited(content, bytes));
    const checkpoint = bases.get(base) as Awaited<ReturnType<typeof openLlama>>;
    met.add(await readOrRefused(folder, () => readLoraAdapter(folder, checkpoint)));
  });
  await fc.assert(property, { numRuns: CASES, seed: SEED });
  expect([...met].sort()).toEqual(["read", "refused"]);
});

test("a damaged index of shards opens or is refused", { timeout: TIMEOUT }, async () => {
  const met = new Set<string>();
  const folder = join(root, "shards");
  mkdirSync(folder);
  const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const source = join(import.meta.dirname, "../golden/architectures");
  ["llama", "gpt2"].forEach((name, i) => {
    copyFileSync(join(source, name, "model.safetensors"), join(folder, String(shards[i])));
  });
  const names = ["lm_head.weight", "model.norm.weight", "transformer.wte.weight", "transformer.ln_f.bias"];
  const index = {
    metadata: { total_size: 1 },
    weight_map: Object.fromEntries(names.map((name, i) => [name, shards[i >> 1]])),
  };
  const property = fc.asyncProperty(jsonEdits, byteEdits([...Buffer.from('{}[]",:./')]), fc.boolean(), async (json, bytes, asText) => {
    const text = JSON.stringify(asText ? index : editedJson(index, json));
    await writeFile(join(folder, INDEX), asText ? edited(Buffer.from(text), bytes) : text);
    met.add(await readOrRefused(folder, () => readWeightFiles(folder, readdirSync(folder))));
  }); // prettier-ignore
  await fc.assert(property, { numRuns: CASES, seed: SEED });
  expect([...met].sort()).toEqual(["read", "refused"]);
});
