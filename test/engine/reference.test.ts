/** Tests every storage form and architecture option of a Llama folder, against a float64 forward pass. */

import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Device } from "../../src/engine/backends/devices.js";
import type { ScoreRequest } from "../../src/engine/types.js";
import { openLlama, openParts, textEngine } from "../support/engines.js";
import { at, ReferenceModel } from "../support/reference-forward.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint, type TinyOptions } from "../support/tiny-checkpoint.js";

const CONFIGURATIONS: Record<string, TinyOptions> = {
  "f32, grouped queries, tied head": {},
  "f32, one key head per query head, untied head": { kvHeads: 4, tied: false, seed: 2 },
  "f32, multi-query, three shards": { kvHeads: 1, shards: 3, tied: false, seed: 3 },
  "f32, no explicit key/value heads or head width": {
    kvHeads: 4,
    seed: 4,
    config: { num_key_value_heads: null, head_dim: null },
  },
  "f32, heads wider than hidden / heads": { headDim: 12, seed: 5 },
  "f32, biases, one layer": { attentionBias: true, mlpBias: true, layers: 1, seed: 6 },
  "f32, other rotary base and epsilon": { seed: 7, config: { rope_theta: 500_000, rms_norm_eps: 1e-3 } },
  "f32 at odd byte offsets": { seed: 8, headerPadding: 1 },
  "f32, hub cache of symbolic links": { seed: 9, layout: "links", shards: 2 },
  "f32, three shards in as many folders, tied head": { seed: 17, layout: "scattered", shards: 3 },
  "f64, tied head": { dtype: "F64", seed: 18 },
  "f64, untied head, shards in several folders": {
    dtype: "F64",
    tied: false,
    layout: "scattered",
    shards: 2,
    seed: 19,
  },
  "bf16, untied head": { dtype: "BF16", tied: false, seed: 10 },
  "bf16, shards, tied head": { dtype: "BF16", shards: 2, seed: 11 },
  "bf16 at odd byte offsets, biases": { dtype: "BF16", headerPadding: 3, attentionBias: true, seed: 12 },
  "f16, tied head": { dtype: "F16", seed: 13 },
  "f16 at odd byte offsets, untied head, symbolic links": {
    dtype: "F16",
    headerPadding: 1,
    tied: false,
    layout: "links",
    seed: 14,
  },
  "f8 e4m3, shards, tied head": { dtype: "F8_E4M3", shards: 2, seed: 15 },
  "f8 e5m2, untied head, biases": { dtype: "F8_E5M2", headerPadding: 3, tied: false, attentionBias: true, seed: 16 },
};

/** Storage forms that are checked on other devices, too: WebAssembly, and those that DEVICES names (webgpu, say). */
const ELSEWHERE = [
  "f32, grouped queries, tied head",
  "bf16, shards, tied head",
  "f16 at odd byte offsets, untied head, symbolic links",
  "f8 e4m3, shards, tied head",
];
const DEVICES = ["cpu", "wasm", ...(process.env["DEVICES"]?.split(",") ?? [])] as Device[];
const RUNS = Object.entries(CONFIGURATIONS).flatMap(([name, options]) =>
  (ELSEWHERE.includes(name) ? DEVICES : DEVICES.slice(0, 1)).map((device) => [name, device, options] as const),
);

const REQUESTS: ScoreRequest[] = [
  { segments: ["The happy cat"], continuations: [" was very happy"], mode: "sequence" },
  { segments: [""], continuations: ["Once upon a time", "A"], mode: "sequence" },
  {
    segments: ["Question: is the answer true or false?\nAnswer:"],
    continuations: [" true", " false"],
    mode: "sequence",
  },
  { segments: ["Which is a colour? A. red B. seven\n", "Answer: "], continuations: ["A", "B", "C"], mode: "sequence" },
  { segments: ["Déjà vu — 3.14, ß, 東京"], continuations: [" naïve 🙂 end\n"], mode: "sequence" },
];
const PROMPTS = ["The happy cat", "Question: is it true?\nAnswer:", ""];
const NEW_TOKENS = 12;

const root = tempFolder();
const worst = new Map<string, number>();
afterAll(() => {
  if (process.env["SHOW_DIFFERENCES"] !== undefined) console.log(worst);
});

describe.each(RUNS)("%s, on %s", (name, device, options) => {
  const folder = join(root, device, name.replaceAll(/\W+/g, "-"), "snapshot");

  test("token log-probabilities are those of the float64 forward pass", async () => {
    const parts = await openParts(await writeTinyCheckpoint(folder, options), { device });
    const reference = new ReferenceModel(parts.checkpoint);
    const engine = textEngine(parts);
    const results = await engine.score(REQUESTS);
    const encoded = await engine.encode(REQUESTS);
    await engine.close();
    let difference = 0;
    results.forEach(({ continuations }, r) => {
      const { contextIds, continuations: ids } = at(encoded, r);
      continuations.forEach((score, c) => {
        const expected = reference.score(contextIds, at(ids, c).ids);
        expect(score.tokenLogprobs).toHaveLength(expected.logprobs.length);
        expect(score.greedy).toBe(expected.greedy);
        expect(score.logprob).toBeCloseTo(
          expected.logprobs.reduce((a, b) => a + b),
          3,
        );
        expected.logprobs.forEach((logprob, i) => {
          difference = Math.max(difference, Math.abs(logprob - at(score.tokenLogprobs, i)));
        });
      });
    });
    worst.set(`${name}, on ${device}`, difference);
    expect(difference).toBeLessThan(1e-4);
  });

  test("greedy continuations are those of the float64 forward pass", async () => {
    const parts = await openParts(folder, { device });
    const reference = new ReferenceModel(parts.checkpoint);
    const engine = textEngine(parts);
    const results = await engine.generate(
      PROMPTS.map((prompt) => ({ segments: [prompt], maxNewTokens: NEW_TOKENS, stop: [] })),
    );
    await engine.close();
    results.forEach(({ text, tokens }, i) => {
      const context = parts.tokenizer.encodeContext(at(PROMPTS, i));
      const ids = reference.greedy(context, NEW_TOKENS, parts.checkpoint.eosIds);
      expect(tokens).toBe(ids.length);
      expect(text).toBe(parts.tokenizer.decodeAfter(context, ids));
    });
  });
});

test("a change of one weight moves the scores as it moves the reference", async () => {
  const perturb = { tensor: "model.layers.1.mlp.down_proj.weight", index: 17, by: 0.25 };
  const folders = [
    await writeTinyCheckpoint(join(root, "whole")),
    await writeTinyCheckpoint(join(root, "moved"), { perturb }),
  ];
  const request: ScoreRequest = { segments: ["The cat"], continuations: [" was happy"], mode: "sequence" };
  const moves = await Promise.all(
    folders.map(async (folder) => {
      const engine = textEngine(await openParts(folder));
      const [result] = await engine.score([request]);
      const [encoded] = await engine.encode([request]);
      await engine.close();
      const ids = encoded?.continuations[0]?.ids ?? [];
      const expected = new ReferenceModel(await openLlama(folder)).score(encoded?.contextIds ?? [], ids);
      return { engine: result?.continuations[0]?.logprob ?? NaN, reference: expected.logprobs.reduce((a, b) => a + b) };
    }),
  );
  const [before, after] = [at(moves, 0), at(moves, 1)];
  expect(Math.abs(after.reference - before.reference)).toBeGreaterThan(1e-3);
  expect(after.engine - before.engine).toBeCloseTo(after.reference - before.reference, 4);
});
