/** Finds the matrix of the base that a module of an adapter belongs to. */

import { layerLinears, type Linear, type ModelSpec } from "../architectures/model-spec.js";
import type { AdaptedModule } from "./lora-tensors.js";
import type { TensorLocation } from "./tensors.js";

/** Holds the base of an adapter: its model and where its tensors lie. */
export interface LoraBase {
  readonly folder: string;
  readonly model: ModelSpec;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
}

/** Says which matrix a module adds to, and of what shape. */
export interface AdaptedPlace {
  /** Name of the stored matrix. */
  readonly weight: string;
  readonly inputs: number;
  /** Rows of the stored matrix, all parts of a fused one together. */
  readonly outputs: number;
  /** The linear map; undefined for an embedding, and for a head that the base ties to its embedding. */
  readonly linear: Linear | undefined;
}

export type PlacedModule = AdaptedModule & AdaptedPlace & { readonly rank: number; readonly scale: number };

/** Matches a module's path, of which releases keep more or less. */
const PATH = /^(?:(?:model|transformer|gpt_neox|language_model|decoder)\.)+/;
/** Names the matrix of a head that the base ties to its embedding, where an adapter gives it values of its own. */
export const HEAD = "lm_head.weight";

export function shortPath(module: string): string {
  return module.replace(PATH, "");
}

/** Tells whether a tensor is the matrix of a head as transformers names it. */
export function isHead(name: string): boolean {
  return /^(?:lm_head|embed_out)\.weight$/.test(name);
}

export function isTied({ head, embedding }: ModelSpec): boolean {
  return head.linear.weight === embedding.weight;
}

/** Returns the linear map of a module; none where the base has no such module. */
export function linearOf({ model }: LoraBase, module: string): AdaptedPlace | undefined {
  const { embedding, projectOut, head, vocabSize } = model;
  const name = `${shortPath(module)}.weight`;
  if (isTied(model) && isHead(name)) {
    return { weight: HEAD, inputs: head.linear.inputs, outputs: vocabSize, linear: undefined };
  }
  const outside = [embedding.project, projectOut, head.linear].filter((linear) => linear !== undefined);
  const linear = [...layerLinears(model), ...outside].find(
    ({ weight }) => weight !== embedding.weight && shortPath(weight) === name,
  );
  if (linear === undefined) return undefined;
  const { weight, inputs, outputs, slice } = linear;
  return { weight, inputs, outputs: slice?.totalOutputs ?? outputs, linear };
}

/** Returns the table of embeddings: a stored matrix of [inputs, outputs]. */
export function embeddingOf({ model: { embedding, vocabSize } }: LoraBase, module: string): AdaptedPlace | undefined {
  const { weight, size } = embedding;
  if (shortPath(weight) !== `${shortPath(module)}.weight`) return undefined;
  return { weight, inputs: vocabSize, outputs: size, linear: undefined };
}
