/**
 * Tests a real model (stories260K) against golden.json, a float64 forward pass made in another language; skipped where
 * ../shared/models is not there.
 */

import { existsSync, readFileSync } from "node:fs";
import { copyFile, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/checkpoints/files/safetensors.js";
import { encodePair } from "../../src/engine/text/pair.js";
import { TextEngine } from "../../src/engine/text/text-engine.js";
import { openParts, type OpenedParts } from "../support/engines.js";
import { largestDifference } from "../support/onnx-export.js";
import { at, ReferenceModel } from "../support/reference-forward.js";
import { tempFolder } from "../support/temp-folder.js";
import { encodeTorchBin } from "../support/torch-bin-writer.js";

const models = join(import.meta.dirname, "../../../shared/models");
const present = existsSync(models);

interface Scored {
  readonly context_ids: number[];
  readonly continuation_ids: number[];
  readonly logprobs: number[];
  readonly loglikelihood: number;
  readonly is_greedy: boolean;
  readonly context_is_prefix_of_whole: boolean;
}
interface Golden {
  readonly pairs: (Scored & { readonly context: string; readonly continuation: string; readonly no_bos: Scored })[];
  readonly greedy: { readonly prompt: string; readonly greedy_ids: number[]; readonly greedy_text: string }[];
}

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8")) as unknown;
const differences: Record<string, number> = {};
afterAll(() => {
  if (process.env["SHOW_DIFFERENCES"] !== undefined) console.log(differences);
});

/** Returns a copy without what puts <s> before a text; the weights are linked. */
async function withoutBos(folder: string, copy: string): Promise<string> {
  for (const name of await readdir(folder)) {
    if (/\.(?:safetensors|bin)$/.test(name)) await symlink(join(folder, name), join(copy, name));
    else await copyFile(join(folder, name), join(copy, name));
  }
  const tokenizer = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8")) as object;
  await writeFile(join(copy, "tokenizer.json"), JSON.stringify({ ...tokenizer, post_processor: null }));
  return copy;
}

/** Returns a copy with the weights as pytorch_model.bin, written from those of model.safetensors. */
async function asTorchBin(folder: string, copy: string): Promise<string> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".safetensors")) await copyFile(join(folder, name), join(copy, name));
  }
  const tensors = await readSafetensors(join(folder, "model.safetensors"));
  const stored = tensors.map(({ name, dtype, shape, file, offset, length }) => {
    return { name, dtype, shape, bytes: readFileSync(file).subarray(offset, offset + length) };
  });
  await writeFile(join(copy, "pytorch_model.bin"), encodeTorchBin(stored));
  return copy;
}

/** Returns the folder itself, or for the name of one with ".bin" its copy. */
function folderOf(name: string): Promise<string> {
  const folder = join(models, name.replace(/\.bin$/, ""));
  return name.endsWith(".bin") ? asTorchBin(folder, tempFolder()) : Promise.resolve(folder);
}

describe.skipIf(!present).each([
  ["stories260K-hf", "stories260K-hf"],
  ["stories260K-hf.bin", "stories260K-hf"],
  ["stories260K-hf-bf16.bin", "stories260K-hf-bf16"],
  ["stories260K-hf-sharded", "stories260K-hf"],
  ["stories260K-hf-bf16", "stories260K-hf-bf16"],
  ["stories260K-hf-f16", "stories260K-hf-f16"],
])("%s", (name, goldenOf) => {
  const golden = present ? (readJson(join(models, goldenOf, "golden.json")) as Golden) : { pairs: [], greedy: [] };
  const bare = tempFolder();
  const variants = new Map<string, OpenedParts>();
  beforeAll(async () => {
    const folder = await folderOf(name);
    variants.set("with <s>", await openParts(folder, { threads: 2 }));
    variants.set("no_bos", await openParts(await withoutBos(folder, bare), { threads: 2 }));
  });
  afterAll(() => Promise.all([...variants.values()].map(({ backend }) => backend.close())));
  const opened = (variant: string) => variants.get(variant) as OpenedParts;

  test.each(["with <s>", "no_bos"])("token ids and log-probabilities of every pair, %s", async (variant) => {
    const { tokenizer, backend } = opened(variant);
    const engine = new TextEngine(tokenizer, backend);
    const requests = golden.pairs.map(({ context, continuation }) => ({
      segments: [context],
      continuations: [continuation],
      mode: "sequence" as const,
    }));
    const [encoded, results] = [await engine.encode(requests), await engine.score(requests)];
    let most = 0;
    golden.pairs.forEach((pair, i) => {
      const expected = variant === "no_bos" ? pair.no_bos : pair;
      const { contextIds, continuations } = at(encoded, i);
      const score = at(at(results, i).continuations, 0);
      expect(contextIds).toEqual(expected.context_ids);
      expect(at(continuations, 0).ids).toEqual(expected.continuation_ids);
      most = Math.max(most, largestDifference(score.tokenLogprobs, expected.logprobs));
      expect(Math.abs(score.logprob - expected.loglikelihood)).toBeLessThan(1e-4 * expected.logprobs.length);
      expect(score.greedy).toBe(expected.is_greedy);
      expect(score.merged).toBe(!expected.context_is_prefix_of_whole);
    });
    differences[`${name}, ${variant}`] = most;
    expect(golden.pairs.length).toBeGreaterThan(10);
    expect(most).toBeLessThan(1e-4);
  });

  test("greedy texts are those of transformers", async () => {
    const { tokenizer, backend } = opened("with <s>");
    const results = await new TextEngine(tokenizer, backend).generate(
      golden.greedy.map(({ prompt, greedy_ids }) => ({
        segments: [prompt],
        maxNewTokens: greedy_ids.length,
        stop: [],
      })),
    );
    expect(results.map(({ text }) => text)).toEqual(golden.greedy.map(({ greedy_text }) => greedy_text));
    expect(golden.greedy.length).toBeGreaterThan(3);
  });

  test.each(["with <s>", "no_bos"])(
    "a merge that leaves nothing to score is cut out of the whole, %s",
    async (variant) => {
      const { tokenizer, backend } = opened(variant);
      const [context, continuation] = ["The cat was very hap", "py."];
      const pair = encodePair(tokenizer, context, continuation);
      expect(pair.merged).toBe(true);
      expect(pair.continuationIds.length).toBeGreaterThan(0);
      expect([...pair.contextIds, ...pair.continuationIds]).toEqual(tokenizer.encodeContext(context + continuation));
      const [result] = await new TextEngine(tokenizer, backend).score([
        { segments: [context], continuations: [continuation], mode: "sequence" },
      ]);
      expect(result?.continuations[0]).toMatchObject({ merged: true });
      const reference = new ReferenceModel(opened(variant).checkpoint).score(pair.contextIds, pair.continuationIds);
      expect(largestDifference(result?.continuations[0]?.tokenLogprobs ?? [], reference.logprobs)).toBeLessThan(1e-4);
    },
  );
});

describe.skipIf(!present)("stories260K", () => {
  test("continues <s> with all 256 greedy ids", async () => {
    const golden = readJson(join(models, "stories260K.golden.json")) as { prompt_ids: number[]; greedy_ids: number[] };
    const { backend } = await openParts(join(models, "stories260K-hf"), { threads: 2 });
    const [ids] = await backend.generate([golden.prompt_ids], golden.greedy_ids.length, (steps) =>
      steps.map(() => false),
    );
    expect(ids).toEqual(golden.greedy_ids);
    expect(ids).toHaveLength(256);
    await backend.close();
  });

  test("the float64 forward pass of these tests gives golden.json's log-probabilities", async () => {
    const { checkpoint } = await openParts(join(models, "stories260K-hf"));
    const golden = readJson(join(models, "stories260K-hf", "golden.json")) as Golden;
    const reference = new ReferenceModel(checkpoint);
    const most = golden.pairs.map(({ context_ids, continuation_ids, logprobs }) =>
      largestDifference(reference.score(context_ids, continuation_ids).logprobs, logprobs),
    );
    differences["float64 reference"] = Math.max(...most);
    expect(Math.max(...most)).toBeLessThan(1e-9);
  });
});
