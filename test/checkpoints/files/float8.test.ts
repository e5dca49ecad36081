/** Tests the 8-bit floats of safetensors against those of torch. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../../src/checkpoints/checkpoint.js";
import { FLOAT8_VALUES, isFloat8 } from "../../../src/checkpoints/files/float8.js";
import { tempFolder } from "../../support/temp-folder.js";
import {
  encodeSafetensors, tinyConfig, tinyTensors, writeTinyCheckpoint, type TinyOptions,
} from "../../support/tiny-checkpoint.js"; // prettier-ignore
import { expectUserError, failureOf } from "../../support/user-error.js";
import golden from "../../golden/float8/golden.json" with { type: "json" };

const root = tempFolder();

test.each(["F8_E4M3", "F8_E5M2"] as const)("every code of %s has its value", (dtype) => {
  const values = Array.from(FLOAT8_VALUES[dtype], (value) => (Number.isFinite(value) ? value : null));
  expect(values).toEqual(golden.values[dtype]);
  // Torch's table has the negative zero as JSON's -0.0.
  expect(Object.is(values[0x80], -0)).toBe(true);
});

test("infinities and NaN are where the formats have them", () => {
  expect(Array.from(FLOAT8_VALUES.F8_E4M3).filter(Number.isNaN)).toHaveLength(2);
  expect([FLOAT8_VALUES.F8_E5M2[0x7c], FLOAT8_VALUES.F8_E5M2[0xfc]]).toEqual([Infinity, -Infinity]);
  expect(Array.from(FLOAT8_VALUES.F8_E5M2).filter(Number.isNaN)).toHaveLength(6);
});

test("no other type is one", () => {
  expect(["F8_E4M3", "F8_E5M2", "F16", "U8"].map(isFloat8)).toEqual([true, true, false, false]);
});

describe("8-bit weights with scales beside them are refused", () => {
  const scaled = async (name: string, quantisation: object | undefined, scale: string) => {
    const options: TinyOptions = {
      dtype: "F8_E4M3",
      ...(quantisation && { config: { quantization_config: quantisation } }),
    };
    const folder = await writeTinyCheckpoint(join(root, name), options);
    const bytes = new Uint8Array(Float32Array.of(0.5).buffer);
    const scales = { name: `model.layers.0.mlp.up_proj.${scale}`, dtype: "F32", shape: [1, 1], bytes };
    const tensors = [...tinyTensors(tinyConfig(options), options), scales];
    await writeFile(join(folder, "model.safetensors"), encodeSafetensors(tensors));
    return { folder, failure: await failureOf(() => openCheckpoint(folder)) };
  };

  test.each<[string, object]>([
    ["compressed-tensors", { quant_method: "compressed-tensors", format: "float-quantized" }],
    ["blocks", { quant_method: "fp8", weight_block_size: [128, 128], fmt: "e4m3" }],
  ])("%s, by the key of config.json", async (name, quantisation) => {
    const { folder, failure } = await scaled(name, quantisation, "weight_scale_inv");
    expectUserError(
      failure,
      folder,
      "quantized weights (quantization_config) are not supported; use a copy in bf16 or f32, or one as GGUF",
    );
  });

  test("where config.json does not say it, by the tensor of the scales", async () => {
    for (const scale of ["weight_scale_inv", "weight_scale"]) {
      const { folder, failure } = await scaled(scale, undefined, scale);
      expectUserError(failure, folder, `tensor model.layers.0.mlp.up_proj.${scale} is not a part of the architecture`);
    }
  });
});
