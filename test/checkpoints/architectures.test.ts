/**
 * Every architecture against Python transformers: tiny random checkpoints with their logits, made by
 * test/golden/architectures/make.py. Each is read from safetensors and from pytorch_model.bin, with its configuration in
 * the spelling of transformers 5 and in the older one.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ARCHITECTURES } from "../../src/checkpoints/architectures/index.js";
import { openBackend, openLlama } from "../support/engines.js";
import { GOLDEN, goldenFolder, readJson, worstDifference, type Golden } from "../support/golden.js";
import { tempFolder } from "../support/temp-folder.js";

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

describe.each(names)("%s", (name) => {
  const golden = readJson(join(GOLDEN, name, "golden.json")) as Golden;

  test.each([
    ["model.safetensors", "config.json"],
    ["pytorch_model.bin", "config.old.json"],
  ])("log-probabilities from %s with %s", async (weights, config) => {
    const backend = await openBackend(await openLlama(await goldenFolder(root, name, weights, config)));
    expect(await worstDifference(backend, golden)).toBeLessThan(1e-4);
    await backend.close();
  });

  test("greedy continuation, with padding beside it", async () => {
    const folder = await goldenFolder(root, name, "model.safetensors", "config.old.json");
    const backend = await openBackend({ ...(await openLlama(folder)), eosIds: [] });
    const context = golden.input_ids.slice(0, 6);
    const contexts = [context.slice(0, 2), context];
    const [, generated] = await backend.generate(contexts, golden.greedy_ids.length, (steps) => steps.map(() => false));
    expect(generated).toEqual(golden.greedy_ids);
    await backend.close();
  });
});
