/** NaN and infinite weights are found while the files are hashed, wherever they lie, and named. */

import fc from "fast-check";
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hashCheckpoint, openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import type { TensorDtype, TensorLocation } from "../../../src/checkpoints/files/tensors.js";
import { hashWeights } from "../../../src/checkpoints/files/weight-scan.js";
import { sha256 } from "../../../src/base/hash.js";
import { tempFolder } from "../../support/temp-folder.js";
import { encodeSafetensors, tinyConfig, tinyTensors, writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";
import { encodeTorchBin } from "../../support/torch-bin-writer.js";
import { expectUserError, failureOf } from "../../support/user-error.js";

const root = tempFolder();
const path = join(root, "weights");
const CHUNK = 1 << 20;

const SIZES = { F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 } as const;
type Float = keyof typeof SIZES;

/** Little-endian bits of what is no number, and of the numbers next to it. */
const BITS: Record<Float, { nan: number[]; infinite: number[]; finite: number[] }> = {
  F32: { nan: [0x7fc00000, 0x7f800001, 0xffffffff], infinite: [0x7f800000, 0xff800000], finite: [0x7f7fffff, 0xff7fffff, 1, 0x80000000] },
  F16: { nan: [0x7e00, 0x7c01, 0xffff], infinite: [0x7c00, 0xfc00], finite: [0x7bff, 0xfbff, 1, 0x8000] },
  BF16: { nan: [0x7fc0, 0x7f81, 0xffff], infinite: [0x7f80, 0xff80], finite: [0x7f7f, 0xff7f, 1, 0x8000] },
  F8_E4M3: { nan: [0x7f, 0xff], infinite: [], finite: [0x7e, 0xfe, 1, 0x80] },
  F8_E5M2: { nan: [0x7d, 0x7f, 0xfe], infinite: [0x7c, 0xfc], finite: [0x7b, 0xfb, 1, 0x80] },
}; // prettier-ignore

const located = (name: string, dtype: TensorDtype, offset: number, elements: number): TensorLocation => ({
  name,
  dtype,
  shape: [elements],
  file: path,
  offset,
  length: elements * (SIZES[dtype as Float] | 0 || 1),
});

function put(bytes: Buffer, dtype: Float, at: number, bits: number): void {
  if (dtype === "F32") bytes.writeUInt32LE(bits, at);
  else if (SIZES[dtype] === 1) bytes.writeUInt8(bits, at);
  else bytes.writeUInt16LE(bits, at);
}

describe.each(Object.keys(SIZES) as Float[])("%s", (dtype) => {
  const size = SIZES[dtype];
  const finite = BITS[dtype].finite;

  /** Bytes that are finite numbers however they are laid out, with the largest ones inside the tensor. */
  function fileOf(offset: number, elements: number, after = 5): Buffer {
    const bytes = Buffer.alloc(offset + elements * size + after, 0x11);
    for (let i = 0; i < elements; i++) put(bytes, dtype, offset + i * size, finite[i % finite.length] ?? 0);
    return bytes;
  }

  // Odd offsets, both halves of a word, a tail of half a word, and elements that lie across two reads.
  const places: [offset: number, elements: number, index: number][] = [
    [0, 1, 0], [0, 5, 4], [8, 7, 0], [8, 7, 3], [3, 9, 8], [1, 9, 0], [2, 10_000, 4999], [2, 10_000, 9999],
    [CHUNK - 3 * size - 1, 20, 2], [CHUNK - 3 * size - 1, 20, 3], [CHUNK - 3 * size + 1, 20, 2], [CHUNK - 2 * size, 20, 1],
    [CHUNK - 2 * size, 20, 2], [CHUNK, 3, 0], [7, 3 * CHUNK / size, 2 * CHUNK / size], [7, 3 * CHUNK / size, 3 * CHUNK / size - 1],
  ]; // prettier-ignore
  test.each(places)("is found in a tensor at byte %d of %d elements, element %d", async (offset, elements, index) => {
    const bytes = fileOf(offset, elements);
    const tensor = located("some.weight", dtype, offset, elements);
    await writeFile(path, bytes);
    expect(await hashWeights(path, [tensor])).toBe(sha256(bytes));
    for (const [kind, all] of [
      ["NaN", BITS[dtype].nan],
      ["-?Infinity", BITS[dtype].infinite],
    ] as const) {
      for (const bits of all) {
        put(bytes, dtype, offset + index * size, bits);
        await writeFile(path, bytes);
        const failure = await failureOf(() => hashWeights(path, [tensor]));
        expectUserError(
          failure,
          path,
          new RegExp(`tensor some\\.weight holds ${kind} at element ${index} of ${elements};`),
        );
      }
    }
    // The same bytes outside of any tensor are nobody's business.
    expect(await hashWeights(path, [])).toBe(sha256(bytes));
  });

  test("any of several tensors, wherever they lie", async () => {
    const layout = fc.array(fc.record({ gap: fc.nat(9), elements: fc.nat(40) }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(layout, fc.nat(), fc.nat(), fc.nat(6), async (parts, which, where, tail) => {
        let offset = 0;
        const tensors = parts.map(({ gap, elements }, i) => {
          const tensor = located(`t${i}`, dtype, offset + gap, elements);
          offset += gap + elements * size;
          return tensor;
        });
        const bytes = Buffer.alloc(offset + tail, 0x11);
        await writeFile(path, bytes);
        expect(await hashWeights(path, tensors)).toBe(sha256(bytes));
        const chosen = tensors[which % tensors.length];
        if (chosen === undefined || chosen.length === 0) return;
        const index = where % (chosen.length / size);
        put(bytes, dtype, chosen.offset + index * size, BITS[dtype].nan[0] ?? 0);
        await writeFile(path, bytes);
        expectUserError(
          await failureOf(() => hashWeights(path, tensors)),
          `tensor ${chosen.name} holds NaN at element ${index} of`,
        );
      }),
      { numRuns: 200, seed: 8 },
    );
  });
});

test("integers are not looked at", async () => {
  const bytes = Buffer.alloc(64, 0xff);
  await writeFile(path, bytes);
  expect(await hashWeights(path, [located("a", "I64", 0, 8), located("b", "U8", 0, 64)])).toBe(sha256(bytes));
});

test("a file that is gone is one line", async () => {
  const gone = join(root, "gone");
  expectUserError(await failureOf(() => hashWeights(gone, [])), gone, /ENOENT/);
});

describe("a checkpoint", () => {
  const NAN = new Uint8Array(Float32Array.of(NaN).buffer);
  const spoilt = (name: string, at: number) => {
    const tensors = tinyTensors(tinyConfig());
    tensors.find((tensor) => tensor.name === name)?.bytes.set(NAN, 4 * at);
    return tensors;
  };
  const name = "model.layers.1.mlp.up_proj.weight";

  test("with NaN in model.safetensors is refused when it is hashed", async () => {
    const folder = await writeTinyCheckpoint(join(root, "safetensors"));
    const hashes = await hashCheckpoint(await openCheckpoint(folder));
    expect(hashes.weights).toBe(sha256(readFileSync(join(folder, "model.safetensors"))));
    await writeFile(join(folder, "model.safetensors"), encodeSafetensors(spoilt(name, 77)));
    const failure = await failureOf(async () => hashCheckpoint(await openCheckpoint(folder)));
    expectUserError(
      failure,
      folder,
      `tensor ${name} holds NaN at element 77 of 1792; what such a model computes means nothing`,
    );
  });

  test("with NaN in pytorch_model.bin is refused when it is hashed", async () => {
    const folder = await writeTinyCheckpoint(join(root, "bin"));
    await rename(join(folder, "model.safetensors"), join(root, "aside"));
    await writeFile(join(folder, "pytorch_model.bin"), encodeTorchBin(spoilt(name, 1791)));
    const failure = await failureOf(async () => hashCheckpoint(await openCheckpoint(folder)));
    expectUserError(failure, join(folder, "pytorch_model.bin"), `tensor ${name} holds NaN at element 1791 of 1792`);
  });

  test("with NaN in the second shard is refused when it is hashed", async () => {
    const folder = await writeTinyCheckpoint(join(root, "shards"), { shards: 2 });
    const second = "model-00002-of-00002.safetensors";
    const own = spoilt(name, 0).filter((_, i) => i % 2 === 1);
    expect(own.map((tensor) => tensor.name)).toContain(name);
    await writeFile(join(folder, second), encodeSafetensors(own));
    const failure = await failureOf(async () => hashCheckpoint(await openCheckpoint(folder)));
    expectUserError(failure, join(folder, second), `tensor ${name} holds NaN at element 0 of 1792`);
  });

  test("with an infinite buffer beside its weights is not refused: the model does not read it", async () => {
    const folder = await writeTinyCheckpoint(join(root, "buffer"));
    const bytes = new Uint8Array(Float32Array.of(-Infinity).buffer);
    const buffer = { name: "model.layers.0.self_attn.rotary_emb.inv_freq", dtype: "F32", shape: [1], bytes };
    const content = encodeSafetensors([...tinyTensors(tinyConfig()), buffer]);
    await writeFile(join(folder, "model.safetensors"), content);
    expect((await hashCheckpoint(await openCheckpoint(folder))).weights).toBe(sha256(content));
  });
});
