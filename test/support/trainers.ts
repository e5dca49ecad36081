/** Trainers on the tiny golden checkpoints. */

import { join } from "node:path";
import { readModel } from "../../src/checkpoints/architectures/index.js";
import { readSafetensors } from "../../src/checkpoints/files/safetensors.js";
import { readFloats } from "../../src/checkpoints/files/tensor-values.js";
import { Trainer } from "../../src/sft/trainer.js";
import type { TrainerOptions, Values } from "../../src/sft/trainer-types.js";
import { GOLDEN, readJson } from "./golden.js";

/** Returns a trainer on one thread on a checkpoint of test/golden/architectures. */
export async function goldenTrainer(
  name: string,
  options: Omit<TrainerOptions, "model" | "weights"> = {},
): Promise<Trainer> {
  const tensors = await readSafetensors(join(GOLDEN, name, "model.safetensors"));
  const json = readJson(join(GOLDEN, name, "config.json")) as Record<string, unknown>;
  const model = readModel(json, new Map(tensors.map((tensor) => [tensor.name, tensor])), name);
  const weights = new Map<string, Values>();
  for (const tensor of tensors) {
    weights.set(tensor.name, { shape: tensor.shape, values: await readFloats(tensor) });
  }
  return Trainer.open({ model, weights, threads: 1, ...options });
}
