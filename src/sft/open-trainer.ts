/** Opens a trainer on a checkpoint's folder, or on a configuration and weights in memory. */

import { openCheckpoint, type WeightsCheckpoint } from "../checkpoints/checkpoint.js";
import { readModel } from "../checkpoints/architectures/index.js";
import type { ModelSpec } from "../checkpoints/architectures/model-spec.js";
import type { TensorLocation } from "../checkpoints/files/tensors.js";
import { UserError } from "../base/errors.js";
import { loadWeights } from "./load-weights.js";
import type { TrainerOptions, Values } from "./trainer-types.js";
import { Trainer } from "./trainer.js";

type TrainerSource =
  /** A checkpoint as openCheckpoint takes it. */
  | { readonly folder: string }
  /** The content of config.json, and every weight under the name that checkpoints of this architecture store it by. */
  | { readonly config: Readonly<Record<string, unknown>>; readonly weights: ReadonlyMap<string, Values> };

/**
 * @throws UserError when the checkpoint has no weights of its own (an ONNX export), is damaged, or onnxruntime-node is
 *   missing
 */
export async function openTrainer(
  source: TrainerSource,
  options: Omit<TrainerOptions, "model" | "weights"> = {},
): Promise<Trainer> {
  return Trainer.open({ ...(await modelAndWeights(source)), ...options });
}

async function modelAndWeights(
  source: TrainerSource,
): Promise<{ readonly model: ModelSpec; readonly weights: ReadonlyMap<string, Values> }> {
  if ("config" in source) return { model: modelOf(source.config, source.weights), weights: source.weights };
  const checkpoint = await trainable(source.folder);
  return { model: checkpoint.model, weights: await loadWeights(checkpoint) };
}

/** @throws UserError when the folder holds an ONNX export, which is not trained */
export async function trainable(
  folder: string,
  tokenizerFolder = folder,
  ignoredConfigKeys: readonly string[] = [],
): Promise<WeightsCheckpoint> {
  const checkpoint = await openCheckpoint(folder, tokenizerFolder, ignoredConfigKeys);
  if (checkpoint.kind === "onnx") {
    throw new UserError(
      `${folder} holds an ONNX export, which cannot be trained; give the folder with its model.safetensors`,
    );
  }
  return checkpoint;
}

function modelOf(config: Readonly<Record<string, unknown>>, weights: ReadonlyMap<string, Values>): ModelSpec {
  const located = [...weights].map(([name, { shape, values }]): [string, TensorLocation] => [
    name,
    { name, dtype: "F32", shape, file: "", offset: 0, length: values.byteLength },
  ]);
  return readModel(config, new Map(located), "config");
}
