/** Tests a checkpoint that is trained from a GGUF file, and opened again from what was written. */

import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadWeights } from "../../src/sft/load-weights.js";
import { configText, copyAround } from "../../src/sft/output.js";
import { Trainer } from "../../src/sft/trainer.js";
import { openBackend, openLlama } from "../support/engines.js";
import { tempFolder } from "../support/temp-folder.js";

const GGUF = join(import.meta.dirname, "../golden/gguf");
const NAMES = readdirSync(GGUF).filter((name) => name.endsWith(".gguf") && name !== "quantised.gguf");
const IDS = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7];
/** Says where test/golden/gguf/tuned.py is to find what was written. */
const root = process.env["TUNED_FROM_GGUF"] ?? tempFolder();

test.each(NAMES)("a checkpoint that is trained from %s scores from its folder what it does in memory", async (name) => {
  const file = join(GGUF, name);
  const checkpoint = await openLlama(file);
  const trainer = await Trainer.open({ model: checkpoint.model, weights: await loadWeights(checkpoint), threads: 1 });
  const text = { ids: IDS };
  const before = await trainer.evaluate([text]);
  await trainer.step([text], 1e-3);
  await trainer.step([text], 1e-3);
  const { loss } = await trainer.evaluate([text]);
  expect(loss).toBeLessThan(before.loss);
  // A folder may be named like its file.
  const out = join(root, name);
  await copyAround(out, { folder: file, tokenizerFolder: file, checkpoint }, "f32");
  await trainer.save(join(out, "model.safetensors"), "f32");
  await trainer.close();
  await writeFile(join(out, "loss.json"), JSON.stringify({ ids: IDS, loss }));

  const written = await openLlama(out);
  // Its class, which transformers takes for Qwen 2 whatever is named, adds a token that the small vocabulary lacks.
  const added = (checkpoint.tokenizerJson as { readonly added_tokens: readonly object[] }).added_tokens;
  const defaults =
    name === "qwen2.gguf" ? [expect.objectContaining({ content: "<|endoftext|>", id: 64 }) as object] : [];
  const tokenizerJson = { ...checkpoint.tokenizerJson, added_tokens: [...added, ...defaults] };
  expect(written).toMatchObject({ tokenizerJson, architecture: checkpoint.architecture });
  const backend = await openBackend(written);
  const targets = IDS.slice(1).map((token, position) => ({ position, token }));
  const { logprobs } = await backend.score([{ ids: IDS, targets }]);
  const mean = -logprobs.reduce((sum, value) => sum + value, 0) / logprobs.length;
  expect(Math.abs(mean - loss)).toBeLessThan(1e-5);
  await backend.close();
});

test("a number that transformers takes only with a decimal point is written with one", () => {
  const text = configText({
    final_logit_softcapping: 30,
    rms_norm_eps: 1e-5,
    text_config: { clip_qkv: 8 },
    num_layers: 2,
  });
  expect(text.match(/: [\d.e-]+/g)).toEqual([": 30.0", ": 0.00001", ": 8.0", ": 2"]);
});
