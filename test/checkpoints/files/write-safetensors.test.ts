/** Files of weights: what is written is read again. */

import fc from "fast-check";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors } from "../../../src/checkpoints/files/safetensors.js";
import { readFloats } from "../../../src/checkpoints/files/tensor-values.js";
import { writeSafetensors } from "../../../src/checkpoints/files/write-safetensors.js";
import { tempFolder } from "../../support/temp-folder.js";

const folder = tempFolder();

const values = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) }), {
    maxLength: 20,
  })
  .map((list) => Float32Array.from(list));

test("f32 tensors come back bit for bit, bf16 ones within half of their last bit", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 4 }), async (tensors) => {
      const named = tensors.map((list, i) => ({ name: `t.${i}`, shape: [1, list.length], values: list }));
      for (const dtype of ["f32", "bf16"] as const) {
        const file = join(folder, `${dtype}.safetensors`);
        await writeSafetensors(file, named, dtype);
        const read = await readSafetensors(file);
        for (const tensor of read) {
          const { values: written, shape } = named.find(({ name }) => name === tensor.name) as (typeof named)[number];
          expect(tensor.shape).toEqual(shape);
          const floats = await readFloats(tensor);
          written.forEach((value, i) => {
            const error = Math.abs((floats[i] as number) - value);
            expect(error).toBeLessThanOrEqual(dtype === "f32" ? 0 : Math.max(2 ** -8 * Math.abs(value), 2 ** -134));
          });
        }
        expect(read.length).toBe(named.length);
      }
    }),
    { numRuns: 30 },
  );
  expect((await readdir(folder)).sort()).toEqual(["bf16.safetensors", "f32.safetensors"]);
});

// torch.tensor([...]).to(torch.bfloat16).float(), PyTorch 2.15
test("bf16 rounds to the nearest, ties to even, as PyTorch does", async () => {
  const file = join(folder, "ties.safetensors");
  const list = Float32Array.of(1.00390625, 1.01171875, 3.14159265, -0.1, 65504, 1e-40);
  await writeSafetensors(file, [{ name: "t", shape: [6], values: list }], "bf16");
  const [tensor] = await readSafetensors(file);
  const expected = [1, 1.015625, 3.140625, -0.10009765625, 65536, 9.183549615799121e-41].map(Math.fround);
  expect([...(await readFloats(tensor as NonNullable<typeof tensor>))]).toEqual(expected);
});
