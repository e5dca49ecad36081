/**
 * Every architecture against Python transformers: tiny random checkpoints with their logits, made by
 * test/golden/architectures/make.py. Each is read from safetensors and from pytorch_model.bin, with its configuration in
 * the spelling of transformers 5 and in the older one.
 */

import { readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ARCHITECTURES } from "../../src/checkpoints/architectures/index.js";
import { trainByteLevelBpe } from "../../src/checkpoints/bpe-trainer.js";
import { openRuntime } from "../../src/engine/devices.js";
import { OrtBackend } from "../../src/engine/ort-backend.js";
import { openLlama } from "../support/engines.js";
import { tempFolder } from "../support/temp-folder.js";

const GOLDEN = join(import.meta.dirname, "../golden/architectures");
const names = readdirSync(GOLDEN, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

interface Golden {
  readonly input_ids: number[];
  readonly positions: number[];
  readonly logits_f32: number[][];
  readonly greedy_ids: number[];
}

const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as unknown;

/** A folder with one kind of weights and one spelling of the configuration; the tokenizer is not used. */
async function folderOf(root: string, name: string, weights: string, config: string): Promise<string> {
  const folder = join(root, `${name}-${weights}-${config}`);
  await mkdir(folder);
  await copyFile(join(GOLDEN, name, weights), join(folder, weights));
  await copyFile(join(GOLDEN, name, config), join(folder, "config.json"));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(trainByteLevelBpe([], 0, ["<s>"])));
  return folder;
}

/** Largest difference of log-probabilities over all positions and all tokens. */
async function worstDifference(backend: OrtBackend, golden: Golden): Promise<number> {
  const vocab = golden.logits_f32[0]?.length ?? 0;
  const targets = golden.positions.flatMap((position) =>
    Array.from({ length: vocab }, (_, token) => ({ position, token })),
  );
  const { logprobs } = await backend.score([{ ids: golden.input_ids, targets }]);
  const expected = golden.logits_f32.flatMap((logits) => {
    const peak = Math.max(...logits);
    const norm = peak + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - peak), 0));
    return logits.map((logit) => logit - norm);
  });
  return Math.max(...expected.map((value, i) => Math.abs(value - (logprobs[i] ?? NaN))));
}

const root = tempFolder();

test("every supported architecture has a golden checkpoint", () => {
  const covered = new Set(
    names.map((name) => (read(join(GOLDEN, name, "config.json")) as { architectures: string[] }).architectures[0]),
  );
  for (const { name } of ARCHITECTURES) expect(covered).toContain(name);
});

describe.each(names)("%s", (name) => {
  const golden = read(join(GOLDEN, name, "golden.json")) as Golden;

  test.each([
    ["model.safetensors", "config.json"],
    ["pytorch_model.bin", "config.old.json"],
  ])("log-probabilities from %s with %s", async (weights, config) => {
    const backend = new OrtBackend(
      await openRuntime("cpu"),
      await openLlama(await folderOf(root, name, weights, config)),
      1,
    );
    expect(await worstDifference(backend, golden)).toBeLessThan(1e-4);
    await backend.close();
  });

  test("greedy continuation, with padding beside it", async () => {
    const folder = await folderOf(root, name, "model.safetensors", "config.old.json");
    const backend = new OrtBackend(await openRuntime("cpu"), { ...(await openLlama(folder)), eosIds: [] }, 1);
    const context = golden.input_ids.slice(0, 6);
    const contexts = [context.slice(0, 2), context];
    const [, generated] = await backend.generate(contexts, golden.greedy_ids.length, () => false);
    expect(generated).toEqual(golden.greedy_ids);
    await backend.close();
  });
});
