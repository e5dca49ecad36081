/**
 * Tests every architecture against Python transformers: tiny random checkpoints with their logits, made by
 * test/golden/architectures/make.py. Each is read from safetensors and from pytorch_model.bin, with its configuration
 * in the spelling of transformers 5 and in the older one.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ARCHITECTURES } from "../../../src/checkpoints/architectures/index.js";
import type { Sequence } from "../../../src/engine/backends/sequence.js";
import { openBackend, openLlama } from "../../support/engines.js";
import { GOLDEN, goldenFolder, readJson, worstDifference, type Golden } from "../../support/golden.js";
import { tempFolder } from "../../support/temp-folder.js";

const names = readdirSync(GOLDEN, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

const root = tempFolder();

test("every supported architecture has a golden checkpoint", () => {
  const covered = new Set(
    names.map((name) => (readJson(join(GOLDEN, name, "config.json")) as { architectures: string[] }).architectures[0]),
  );
  for (const { name } of ARCHITECTURES) expect(covered).toContain(name);
});

/** Runs on WebAssembly, too: one of each kind of position, mask and norm. */
const ON_WASM = ["bloom", "gemma2", "gpt2", "mistral", "phi3-longrope", "stablelm"];

/** Rows that share a beginning, each with two ends; the last two tokens of each are asked about. */
function rowsOf(ids: readonly number[]): Sequence[] {
  return Array.from({ length: 12 }, (_, i) => {
    const [row, end] = [Math.floor(i / 2), i % 2];
    const all = [...ids, ...ids.slice(row, row + 3), ids[end] as number, ids[5 - end] as number];
    const targets = [2, 1].map((back) => ({ position: all.length - back, token: 3 + i }));
    return { ids: all, targets };
  });
}

describe.each(names)("%s", (name) => {
  const golden = readJson(join(GOLDEN, name, "golden.json")) as Golden;

  test.each([
    ["model.safetensors", "config.json"],
    ["pytorch_model.bin", "config.old.json"],
  ])("has the log-probabilities of %s with %s", async (weights, config) => {
    const backend = await openBackend(await openLlama(await goldenFolder(root, name, weights, config)));
    expect(await worstDifference(backend, golden)).toBeLessThan(1e-4);
    await backend.close();
  });

  test("continues greedily as transformers does, with padding beside it", async () => {
    const folder = await goldenFolder(root, name, "model.safetensors", "config.old.json");
    const backend = await openBackend({ ...(await openLlama(folder)), eosIds: [] });
    const context = golden.input_ids.slice(0, 6);
    const contexts = [context.slice(0, 2), context];
    const [, generated] = await backend.generate(contexts, golden.greedy_ids.length, (steps) => steps.map(() => false));
    expect(generated).toEqual(golden.greedy_ids);
    await backend.close();
  });

  test.each(ON_WASM.includes(name) ? (["cpu", "wasm"] as const) : (["cpu"] as const))(
    "rows that share a prefix get what each gets alone, on %s",
    async (device) => {
      const checkpoint = await openLlama(await goldenFolder(root, name, "model.safetensors", "config.json", device));
      // Blocks that hold less than a row make the beginning a prefix, and rows with two ends trees.
      const memory = { blockTokens: 16, runTokens: 40 };
      const backend = await openBackend(checkpoint, { device, memory });
      const plain = await openBackend(checkpoint, { device });
      const rows = rowsOf(golden.input_ids.slice(0, 12));
      const together = await backend.score(rows);
      let difference = 0;
      for (const [i, row] of rows.entries()) {
        const alone = await plain.score([row]);
        alone.logprobs.forEach((logprob, target) => {
          difference = Math.max(difference, Math.abs(logprob - (together.logprobs[2 * i + target] as number)));
        });
      }
      expect(difference).toBeLessThan(1e-4);
      await backend.close();
      await plain.close();
    },
  );
});
