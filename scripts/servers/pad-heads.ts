/**
 * Writes a Llama checkpoint again with wider attention heads that compute the same, in f32: vLLM on a CPU takes heads
 * of 32, 64, 96, 128 and more. Rotary pairs go to the places of the same frequencies, the rest is zero, and queries
 * make up for the larger divisor of the attention scores.
 */

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckpoint } from "../../src/checkpoints/checkpoint.js";
import { writeSafetensors, type NamedValues } from "../../src/checkpoints/files/write-safetensors.js";
import { readFloats } from "../../src/checkpoints/files/tensor-values.js";

/**
 * @param folder holds config.json and the weights
 * @param tokenizerFolder holds tokenizer.json
 * @param to becomes a folder with all of it
 * @param width of the new heads: a multiple of the old width
 */
export async function padHeads(folder: string, tokenizerFolder: string, to: string, width: number): Promise<void> {
  const checkpoint = await openCheckpoint(folder, tokenizerFolder);
  if (checkpoint.kind !== "weights") throw new Error(`${folder} has no safetensors`);
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Record<string, number>;
  const old = config["head_dim"] as number;
  const times = width / old;
  if (!Number.isInteger(times)) throw new Error(`${width} is no multiple of ${old}`);
  const placeOf = (i: number) => (i < old / 2 ? i * times : (i - old / 2) * times + width / 2);
  const padded: NamedValues[] = [];
  for (const tensor of checkpoint.tensors.values()) {
    let values: Float32Array = await readFloats(tensor);
    let shape = [...tensor.shape];
    const [rows = 0, columns = 1] = shape;
    if (/[qkv]_proj\.weight$/.test(tensor.name)) {
      const heads = rows / old;
      const scale = tensor.name.includes("q_proj") ? Math.sqrt(times) : 1;
      const wider = new Float32Array(heads * width * columns);
      for (let row = 0; row < rows; row++) {
        const target = Math.floor(row / old) * width + placeOf(row % old);
        for (let c = 0; c < columns; c++) wider[target * columns + c] = scale * (values[row * columns + c] as number);
      }
      [values, shape] = [wider, [heads * width, columns]];
    } else if (tensor.name.endsWith("o_proj.weight")) {
      const wide = (columns / old) * width;
      const wider = new Float32Array(rows * wide);
      for (let row = 0; row < rows; row++) {
        for (let c = 0; c < columns; c++)
          wider[row * wide + Math.floor(c / old) * width + placeOf(c % old)] = values[row * columns + c] as number;
      }
      [values, shape] = [wider, [rows, wide]];
    }
    padded.push({ name: tensor.name, shape, values });
  }
  mkdirSync(to, { recursive: true });
  await writeSafetensors(join(to, "model.safetensors"), padded, "f32");
  writeFileSync(
    join(to, "config.json"),
    JSON.stringify({ ...config, head_dim: width, torch_dtype: "float32" }, null, 2),
  );
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) cpSync(join(tokenizerFolder, name), join(to, name));
}
