import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BLOCK_FORMATS } from "../../../src/checkpoints/files/block-formats.js";
import { readFloats } from "../../../src/checkpoints/files/tensor-values.js";
import { readGguf } from "../../../src/checkpoints/gguf/header.js";

const FOLDER = join(import.meta.dirname, "../../golden/gguf");

test("every block format is decoded as PyPI's gguf decodes it, bit for bit", async () => {
  const { tensors } = await readGguf(join(FOLDER, "quantised.gguf"));
  const expected = new Uint32Array(new Uint8Array(readFileSync(join(FOLDER, "quantised.f32"))).buffer);
  let at = 0;
  for (const tensor of tensors) {
    const values = await readFloats(tensor);
    const bits = new Uint32Array(values.buffer);
    expect([...bits], tensor.dtype).toEqual([...expected.subarray(at, at + bits.length)]);
    at += bits.length;
  }
  expect(at).toBe(expected.length);
  expect(tensors.map(({ dtype }) => dtype).sort()).toEqual(Object.keys(BLOCK_FORMATS).sort());
});
