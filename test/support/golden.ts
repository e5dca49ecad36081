/** Provides the tiny checkpoints and logits that Python made (test/golden/architectures, test/golden/lora). */

import { readFileSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { trainByteLevelBpe } from "../../scripts/pretrain-builtin/bpe-trainer.js";
import type { Backend } from "../../src/engine/backends/backend.js";

export const GOLDEN = join(import.meta.dirname, "../golden/architectures");

export interface Golden {
  readonly input_ids: number[];
  readonly positions: number[];
  readonly logits_f32: number[][];
  readonly greedy_ids: number[];
}

export const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8")) as unknown;

/**
 * Returns a folder with one kind of weights and one spelling of the configuration; the tokenizer is not used.
 * @param source where they are
 */
export async function goldenFolder(
  root: string,
  name: string,
  weights = "model.safetensors",
  config = "config.json",
  use = "",
  source = join(GOLDEN, name),
): Promise<string> {
  const folder = join(root, `${name}-${weights}-${config}${use}`);
  await mkdir(folder);
  await copyFile(join(source, weights), join(folder, weights));
  await copyFile(join(source, config), join(folder, "config.json"));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(trainByteLevelBpe([], 0, ["<s>"])));
  return folder;
}

/** Largest difference of log-probabilities over all positions and all tokens. */
export async function worstDifference(backend: Backend, golden: Golden): Promise<number> {
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
