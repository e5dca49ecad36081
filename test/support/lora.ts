/**
 * LoRA adapters with seeded random matrices in PEFT's format, and copies of their base with them merged into the
 * weights.
 */

import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { WeightsCheckpoint } from "../../src/checkpoints/checkpoint.js";
import { readFloats } from "../../src/checkpoints/files/tensor-values.js";
import { randomStream } from "../../src/base/random.js";
import { encodeFloats, encodeSafetensors, type StoredDtype, type StoredTensor } from "./tiny-checkpoint.js";

export interface AdapterOptions {
  /** Stored matrices to adapt. */
  readonly weights: RegExp;
  readonly seed?: number;
  readonly rank?: number;
  readonly alpha?: number;
  readonly dtype?: StoredDtype;
  /** The base stores its matrices as [inputs, outputs] (GPT-2). */
  readonly transposed?: boolean;
  /** Merged into adapter_config.json. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Changes the tensors before they are written. */
  readonly edit?: (tensors: StoredTensor[]) => StoredTensor[];
}

/** Holds what an adapter adds to each stored matrix, in the layout of the stored matrix. */
export type Deltas = ReadonlyMap<string, Float64Array>;

export async function writeAdapter(folder: string, base: WeightsCheckpoint, options: AdapterOptions): Promise<Deltas> {
  const { rank = 3, alpha = 6, transposed = false, dtype = "F32" } = options;
  const random = randomStream("lora", options.seed ?? 1);
  // Multiples of 1/64 are the same in every storage type.
  const matrix = (rows: number, columns: number) =>
    Float32Array.from({ length: rows * columns }, () => Math.round((2 * random() - 1) * 16) / 64);
  const tensors: StoredTensor[] = [];
  const deltas = new Map<string, Float64Array>();
  for (const { name, shape } of base.tensors.values()) {
    if (!options.weights.test(name)) continue;
    const [outputs, inputs] = (transposed ? [...shape].reverse() : shape) as [number, number];
    const [a, b] = [matrix(rank, inputs), matrix(outputs, rank)];
    const module = `base_model.model.${name.replace(/\.weight$/, "")}`;
    tensors.push(
      { name: `${module}.lora_A.weight`, dtype, shape: [rank, inputs], bytes: encodeFloats(a, dtype) },
      { name: `${module}.lora_B.weight`, dtype, shape: [outputs, rank], bytes: encodeFloats(b, dtype) },
    );
    const delta = new Float64Array(outputs * inputs);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        let sum = 0;
        for (let r = 0; r < rank; r++) sum += (b[o * rank + r] as number) * (a[r * inputs + i] as number);
        delta[transposed ? i * outputs + o : o * inputs + i] = (alpha / rank) * sum;
      }
    }
    deltas.set(name, delta);
  }
  const config = { peft_type: "LORA", task_type: "CAUSAL_LM", r: rank, lora_alpha: alpha, bias: "none" };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "adapter_config.json"), JSON.stringify({ ...config, ...options.config }));
  await writeFile(join(folder, "adapter_model.safetensors"), encodeSafetensors(options.edit?.(tensors) ?? tensors));
  return deltas;
}

/** Returns a copy of the base, f32, with W + delta in place of W. */
export async function writeMerged(folder: string, base: WeightsCheckpoint, deltas: Deltas): Promise<string> {
  await cp(base.folder, folder, { recursive: true });
  const tensors: StoredTensor[] = [];
  for (const tensor of base.tensors.values()) {
    const { name, shape } = tensor;
    const delta = deltas.get(name);
    const values = (await readFloats(tensor)).map((value, i) => value + (delta?.[i] ?? 0));
    tensors.push({ name, dtype: "F32", shape, bytes: encodeFloats(values, "F32") });
  }
  await writeFile(join(folder, "model.safetensors"), encodeSafetensors(tensors));
  return folder;
}
