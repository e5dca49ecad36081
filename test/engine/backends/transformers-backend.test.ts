/** Tests a folder with an onnx/ export, run by transformers.js, against the same weights as safetensors. */

import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { openEngine } from "../../../src/engine/open.js";
import type { Engine, GenerateRequest, ScoreRequest } from "../../../src/engine/types.js";
import { UserError } from "../../../src/base/errors.js";
import { exportOnnx, largestDifference } from "../../support/onnx-export.js";
import { at } from "../../support/reference-forward.js";
import { tempFolder } from "../../support/temp-folder.js";
import { UNPRINTABLE_IDS, writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";

const root = tempFolder();
const source = join(root, "source");
const exported = join(root, "exported");
const open = (folder: string) => openEngine({ folder, device: "cpu", threads: 1 });

const SCORING: ScoreRequest[] = [
  { segments: ["The happy cat"], continuations: [" was", " was very happy"], mode: "sequence" },
  { segments: [""], continuations: ["Once upon a time"], mode: "sequence" },
  { segments: ["Question: is it true?\n", "Answer:"], continuations: [" A", " B"], mode: "first-token" },
  { segments: ["naïve 東京 "], continuations: ["x", "yz", "🙂"], mode: "sequence" },
];
const GENERATING: GenerateRequest[] = [
  { segments: ["The happy cat"], maxNewTokens: 12, stop: [] },
  { segments: ["Once upon a time there was"], maxNewTokens: 12, stop: ["a", "e"] },
  { segments: [""], maxNewTokens: 5, stop: [] },
  { segments: ["Déjà vu"], maxNewTokens: 12, stop: [] },
];

let llama: Engine;
let onnx: Engine;
beforeAll(async () => {
  await writeTinyCheckpoint(source, { seed: 61, tied: false, muted: UNPRINTABLE_IDS });
  await exportOnnx(source, exported);
  llama = await open(source);
  onnx = await open(exported);
});
afterAll(async () => {
  await llama.close();
  await onnx.close();
});

test("the folder opens as an export with the configuration's window", async () => {
  expect(await openCheckpoint(exported)).toMatchObject({ kind: "onnx", window: 128, dtype: "F32" });
  expect(onnx.window).toBe(llama.window);
});

test("its log-likelihoods agree with ours", async () => {
  const expected = await llama.score(SCORING);
  const results = await onnx.score(SCORING);
  results.forEach((result, i) => {
    const twin = at(expected, i);
    expect(result).toMatchObject({ contextTokens: twin.contextTokens });
    result.continuations.forEach((score, c) => {
      const other = at(twin.continuations, c);
      expect(largestDifference(score.tokenLogprobs, other.tokenLogprobs)).toBeLessThan(1e-4);
      expect(largestDifference(score.alternatives ?? [], other.alternatives ?? [])).toBeLessThan(1e-4);
      expect(score.greedy).toBe(other.greedy);
    });
  });
});

test("its greedy texts agree with ours", async () => {
  const texts = await llama.generate(GENERATING);
  expect(await onnx.generate(GENERATING)).toEqual(texts);
  expect(new Set(texts.map(({ tokens }) => tokens)).size).toBeGreaterThan(1);
});

test("generation ends at the end-of-sequence ids", async () => {
  const free = await llama.generate([at(GENERATING, 0)]);
  const folder = await exportOnnx(source, join(root, "ending"));
  // The first id that the free text does not begin with.
  const ids = (await llama.encode([{ segments: [""], continuations: [free[0]?.text ?? ""], mode: "sequence" }]))[0];
  const eos = ids?.continuations[0]?.ids[3] ?? -1;
  await writeFile(join(folder, "generation_config.json"), JSON.stringify({ eos_token_id: eos }));
  const withSafetensors = await writeTinyCheckpoint(join(root, "ending-source"), {
    seed: 61,
    tied: false,
    muted: UNPRINTABLE_IDS,
    generationConfig: { eos_token_id: eos },
  });
  const [ended, expected] = [await open(folder), await open(withSafetensors)];
  const results = await ended.generate(GENERATING);
  expect(results).toEqual(await expected.generate(GENERATING));
  expect(at(results, 0).tokens).toBeLessThan(12);
  await ended.close();
  await expected.close();
});

test("sampling and penalties of generation_config.json change nothing: texts are greedy", async () => {
  const folder = await exportOnnx(source, join(root, "penalised"), {
    do_sample: true,
    temperature: 5,
    repetition_penalty: 3,
    no_repeat_ngram_size: 1,
    min_new_tokens: 30,
    suppress_tokens: [40, 41, 42, 43, 44],
    num_beams: 4,
    eos_token_id: 1,
  });
  const engine = await open(folder);
  expect(await engine.generate(GENERATING)).toEqual(await llama.generate(GENERATING));
  await engine.close();
});

describe("the folder's name", () => {
  test.each(["with space", "two--dashes", "ünï@main", "step=100"])("may be %j", async (name) => {
    const folder = await exportOnnx(source, join(root, name));
    const engine = await open(folder);
    const [result] = await engine.score([at(SCORING, 1)]);
    const [expected] = await llama.score([at(SCORING, 1)]);
    expect(result?.continuations[0]?.logprob).toBeCloseTo(expected?.continuations[0]?.logprob ?? NaN, 3);
    await engine.close();
  });

  test("may be the same in two places that are opened at once", async () => {
    const other = await writeTinyCheckpoint(join(root, "other"), { seed: 62, tied: false });
    const folders = [
      await exportOnnx(source, join(root, "one", "model")),
      await exportOnnx(other, join(root, "two", "model")),
    ];
    const engines = await Promise.all(folders.map((folder) => open(folder)));
    const scores = await Promise.all(engines.map((engine) => engine.score([at(SCORING, 1)])));
    const [first, second] = scores.map((results) => at(results, 0).continuations[0]?.logprob ?? NaN);
    const expected = (await llama.score([at(SCORING, 1)]))[0]?.continuations[0]?.logprob;
    expect(first).toBeCloseTo(expected ?? NaN, 3);
    expect(Math.abs((first ?? 0) - (second ?? 0))).toBeGreaterThan(0.01);
    await Promise.all(engines.map((engine) => engine.close()));
  });
});

describe("an export that cannot be used is refused by name", () => {
  test("without the f32 model", async () => {
    const folder = await exportOnnx(source, join(root, "quantised"));
    await rename(join(folder, "onnx", "model.onnx"), join(folder, "onnx", "model_q4.onnx"));
    const refused = open(folder);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(`${folder}: onnx/model.onnx is missing; found model_q4.onnx`);
  });

  test("a damaged graph is refused", async () => {
    const folder = await exportOnnx(source, join(root, "damaged"));
    await writeFile(join(folder, "onnx", "model.onnx"), "not a model");
    const refused = open(folder);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(folder);
  });

  test("of an architecture transformers.js does not know", async () => {
    const folder = await exportOnnx(source, join(root, "unheard"));
    await writeFile(
      join(folder, "config.json"),
      JSON.stringify({ architectures: ["UnheardForCausalLM"], model_type: "unheard", max_position_embeddings: 64 }),
    );
    await expect(open(folder)).rejects.toThrow(UserError);
  });

  test("an export without a window is refused", async () => {
    const folder = await exportOnnx(source, join(root, "windowless"));
    await writeFile(join(folder, "config.json"), JSON.stringify({ model_type: "llama" }));
    await expect(open(folder)).rejects.toThrow(/config\.json: no max_position_embeddings or n_positions/);
  });
});
