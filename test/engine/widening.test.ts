/** Tests weights of 16 and 8 bits that are made f32 in turn, where they do not fit into memory as f32. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planMemory } from "../../src/engine/backends/memory.js";
import type { Sequence } from "../../src/engine/backends/sequence.js";
import { openBackend, openLlama, type BackendOptions } from "../support/engines.js";
import { GOLDEN, goldenFolder, readJson, type Golden } from "../support/golden.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const root = tempFolder();
const MB = 2 ** 20;

/** Stores the f32 numbers of a safetensors file as bf16: their first 16 bits. */
function halve(path: string): void {
  const file = readFileSync(path);
  const data = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, data)) as Record<
    string,
    { dtype: string; data_offsets: number[] }
  >;
  for (const [name, tensor] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    expect(tensor.dtype).toBe("F32");
    tensor.dtype = "BF16";
    tensor.data_offsets = tensor.data_offsets.map((offset) => offset / 2);
  }
  const text = JSON.stringify(header);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(text.length));
  const values = new Uint16Array(file.buffer.slice(file.byteOffset + data, file.byteOffset + file.length));
  const halves = values.filter((_, i) => i % 2 === 1);
  writeFileSync(path, Buffer.concat([start, Buffer.from(text), Buffer.from(halves.buffer)]));
}

/** Rows that share a beginning, each asked about its last three tokens. */
function rowsOf(ids: readonly number[]): Sequence[] {
  return Array.from({ length: 6 }, (_, i) => {
    const all = [...ids, ...ids.slice(i, i + 5)];
    return { ids: all, targets: [3, 2, 1].map((back) => ({ position: all.length - back, token: 3 + i })) };
  });
}

async function scored(folder: string, ids: readonly number[], options: BackendOptions): Promise<readonly number[]> {
  const backend = await openBackend(await openLlama(folder), options);
  const { logprobs } = await backend.score(rowsOf(ids));
  await backend.close();
  return [...logprobs];
}

async function expectSame(folder: string, ids: readonly number[]): Promise<void> {
  const once = await scored(folder, ids, {});
  const memory = { widening: "in-turn" } as const;
  for (const limits of [{}, { runTokens: 1, blockTokens: 1 }]) {
    const inTurn = await scored(folder, ids, { memory: { ...memory, ...limits } });
    inTurn.forEach((logprob, i) => {
      expect(Math.abs(logprob - (once[i] as number))).toBeLessThan(1e-5);
    });
  }
  const twoThreads = await scored(folder, ids, { memory: { ...memory, prefixBytes: 0 }, threads: 2 });
  expect(twoThreads).toEqual(await scored(folder, ids, { memory }));
}

describe("weights that are made f32 in turn give the scores of weights that are made f32 once", () => {
  // One of each way in which matrices are stored: turned, joined, of experts, shared with the embedding, in two heads.
  test.each(["apertus", "bloom", "falcon-new", "gemma3_text", "gpt2", "gpt_neox", "mixtral", "opt-350m", "qwen2_moe"])(
    "%s in bf16",
    async (name) => {
      const folder = await goldenFolder(root, name);
      halve(join(folder, "model.safetensors"));
      await expectSame(folder, (readJson(join(GOLDEN, name, "golden.json")) as Golden).input_ids.slice(0, 12));
    },
  );

  test.each(["F16", "F8_E4M3", "F32"] as const)("a llama in %s", async (dtype) => {
    const folder = await writeTinyCheckpoint(join(root, dtype), { dtype, tied: false });
    await expectSame(folder, [5, 9, 12, 40, 7, 8, 22, 30]);
  });
});

describe("the memory that weights take", () => {
  test("is that of f32 where it fits, of what is stored where only this fits, and is refused beyond", async () => {
    const checkpoint = await openLlama(await writeTinyCheckpoint(join(root, "sizes"), { dtype: "BF16" }));
    const [first] = [...checkpoint.tensors.values()];
    if (first === undefined) throw new Error("no tensors");
    const layers = Array.from({ length: 10 }, (_, layer) => [`${layer}`, { ...first, shape: [25 * MB], length: 50 * MB }] as const); // prettier-ignore
    const large = { ...checkpoint, tensors: new Map(layers) };
    expect(planMemory(large, 1325 * MB).widening).toBe("once");
    const inTurn = planMemory(large, 1300 * MB);
    expect(inTurn.widening).toBe("in-turn");
    expect(inTurn.prefixBytes).toBeGreaterThan(planMemory(large, 950 * MB).prefixBytes);
    expect(planMemory(large, undefined, 1300 * MB).widening).toBe("in-turn");
    expect(() => planMemory(large, 920 * MB)).toThrow(
      /needs 924 MB of memory: 600 MB for the weights as they are stored \(1000 MB in f32\), .*; --memory allows 920 MB$/,
    );
    const wide = layers.map(
      ([name, tensor]) => [name, { ...tensor, dtype: "F32" as const, length: 100 * MB }] as const,
    );
    const f32 = { ...large, tensors: new Map(wide) };
    expect(() => planMemory(f32, 1300 * MB)).toThrow(/1000 MB for the weights in f32, .*; --memory allows 1300 MB$/);
  });
});
