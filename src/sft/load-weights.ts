/** Reads the weights that a model uses into memory, as f32. */

import type { WeightsCheckpoint } from "../checkpoints/checkpoint.js";
import { readFloats } from "../checkpoints/files/tensor-values.js";
import type { Values } from "./trainer-types.js";

/** @throws UserError when a tensor is of a type that is not read, or holds NaN or an infinity */
export async function loadWeights({ tensors, used }: WeightsCheckpoint): Promise<Map<string, Values>> {
  const weights = new Map<string, Values>();
  for (const [name, tensor] of tensors) {
    if (used.has(name)) weights.set(name, { shape: tensor.shape, values: await readFloats(tensor) });
  }
  return weights;
}
