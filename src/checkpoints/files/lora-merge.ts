/**
 * Merges an adapter into its base: what its modules add, trained biases and whole matrices. The base's files stay as
 * they are; the changed tensors are computed when the model is loaded.
 */

import { withLinears, type ModelSpec } from "../architectures/model-spec.js";
import { buildGraph } from "../graph/build.js";
import type { ModelWeights } from "../model-weights.js";
import { typedAsRead } from "./derived.js";
import { HEAD, isTied, type LoraBase, type PlacedModule } from "./lora-places.js";
import type { Merge } from "./merge.js";
import { floatParts, readFloats } from "./tensor-values.js";
import type { TensorLocation } from "./tensors.js";

export type MergedWeights = Pick<ModelWeights, "model" | "tensors" | "used">;

/**
 * @param whole tensors of the adapter that take the place of the base's of that name
 * @throws UserError when a number is NaN or infinite
 */
export async function mergedWeights(
  base: LoraBase,
  modules: readonly PlacedModule[],
  whole: ReadonlyMap<string, TensorLocation>,
): Promise<MergedWeights> {
  const tensors = new Map(base.tensors);
  let model = base.model;
  const { weight: table } = model.embedding;
  const touched = new Set([...modules.map(({ weight }) => weight), ...whole.keys()]);
  // What is trained of two tied matrices is not the other's any more, as in PEFT.
  if (isTied(model) && (touched.has(HEAD) || touched.has(table))) {
    tensors.set(HEAD, { ...storedIn(tensors, table), name: HEAD });
    model = { ...model, head: { ...model.head, linear: { ...model.head.linear, weight: HEAD } } };
  }
  for (const [name, tensor] of whole) {
    await expectFinite(tensor);
    tensors.set(name, { ...tensor, name });
  }
  for (const module of modules) {
    const { weight, magnitude } = module;
    const lowRank = await lowRankSum(module);
    merge(tensors, weight, { lowRank, ...(magnitude && { magnitude: await readFloats(magnitude) }) });
    model = await withBias(model, tensors, module);
  }
  const { used } = buildGraph(model, typedAsRead(tensors), base.folder);
  return { model, tensors, used };
}

async function lowRankSum({ A, B, rank, inputs, outputs, scale, linear, isEmbedding }: PlacedModule) {
  const b = (await readFloats(B)).map((value) => value * scale);
  return { rank, inputs, outputs, a: await readFloats(A), b, turned: isEmbedding || linear?.transposed === true };
}

/** Adds the trained bias of a module to that of its linear map, or gives the map one. */
async function withBias(
  model: ModelSpec,
  tensors: Map<string, TensorLocation>,
  { bias, linear, scale, weight }: PlacedModule,
): Promise<ModelSpec> {
  if (bias === undefined) return model;
  if (linear?.bias !== undefined) {
    const plus = (await readFloats(bias)).map((value) => value * scale);
    merge(tensors, linear.bias, { plus });
    return model;
  }
  await expectFinite(bias);
  const name = weight.replace(/weight$/, "bias");
  tensors.set(name, { ...bias, name, merge: { times: scale } });
  return withLinears(model, (one) => (one.weight === weight ? { ...one, bias: name } : one));
}

function merge(tensors: Map<string, TensorLocation>, name: string, change: Merge): void {
  tensors.set(name, { ...storedIn(tensors, name), merge: change });
}

function storedIn(tensors: ReadonlyMap<string, TensorLocation>, name: string): TensorLocation {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`${name} is a part of the model and is not stored`);
  return tensor;
}

async function expectFinite(tensor: TensorLocation): Promise<void> {
  const parts = floatParts(tensor);
  while ((await parts.next()).done !== true);
}
