/**
 * Reads LoRA adapters as PEFT saves them (adapter_config.json and adapter_model.safetensors or .bin): low-rank
 * additions to the linear maps of a base checkpoint, y = x W^T + b + scale * (x A^T) B^T (Hu et al. 2021,
 * arXiv:2106.09685).
 */

import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { hashFile, sha256 } from "../../base/hash.js";
import type { CheckpointHashes } from "../checkpoint.js";
import { ADAPTER_CONFIG } from "./adapter-folder.js";
import { listFolder, readJson } from "./folder.js";
import { isDerived } from "./derived.js";
import { MERGE_HINT, readLoraConfig } from "./lora-config.js";
import { mergedWeights, type MergedWeights } from "./lora-merge.js";
import { embeddingOf, HEAD, isHead, linearOf, shortPath, type LoraBase, type PlacedModule } from "./lora-places.js";
import { expectPromised, sortAdapterTensors, type AdaptedModule, type AdapterTensors } from "./lora-tensors.js";
import { readSafetensors } from "./safetensors.js";
import { readFloats } from "./tensor-values.js";
import { sameBytes } from "./tied-copies.js";
import type { TensorLocation } from "./tensors.js";
import { readTorchBin } from "./torch-bin.js";

/** Holds what an adapter adds to one stored matrix. */
export interface LowRankUpdate {
  readonly rank: number;
  readonly inputs: number;
  /** Rows of the stored matrix, all parts of a fused one together. */
  readonly outputs: number;
  /** A, [rank, inputs]. */
  readonly a: Float32Array;
  /** B times the scale, [outputs, rank]. */
  readonly b: Float32Array;
}

export interface LoraAdapter {
  readonly folder: string;
  /** By name of the base's stored weight, e.g. "model.layers.0.mlp.up_proj.weight"; none where it is merged. */
  readonly updates: ReadonlyMap<string, LowRankUpdate>;
  /** The base with the adapter in its weights, where it is more than low-rank additions to linear maps. */
  readonly merged?: MergedWeights | undefined;
  readonly weightFile: string;
  readonly configFile: string;
}

const FORMATS = [
  { file: "adapter_model.safetensors", read: readSafetensors },
  { file: "adapter_model.bin", read: readTorchBin },
] as const;
/** Lists the files that may hold an adapter's weights, best first. */
export const ADAPTER_WEIGHTS: readonly string[] = FORMATS.map(({ file }) => file);

/**
 * Reads an adapter and finds the base's matrix for each of its tensors.
 * @throws UserError when something is missing or damaged, the adapter is of a kind that is not read here, or a tensor
 *   does not belong to the base
 */
export async function readLoraAdapter(folder: string, base: LoraBase): Promise<LoraAdapter> {
  const files = await listFolder(folder);
  const config = await readJson(folder, files, ADAPTER_CONFIG);
  const format = FORMATS.find(({ file }) => files.includes(file));
  if (config === undefined || format === undefined) {
    const missing = config === undefined ? ADAPTER_CONFIG : ADAPTER_WEIGHTS.join(" or ");
    throw new UserError(`${folder}: no ${missing}; PEFT's save_pretrained writes the folder of a LoRA adapter`);
  }
  const configFile = join(folder, ADAPTER_CONFIG);
  const weightFile = join(folder, format.file);
  const { scaling, promised } = readLoraConfig(config, configFile);
  const stored = sortAdapterTensors(await format.read(weightFile), weightFile);
  expectPromised(stored, promised, weightFile);
  const tensors = await withoutBase(stored, base, weightFile);
  const modules = tensors.adapted.map((module) => placed(module, base, scaling(module.module), weightFile));
  const isPlain = modules.every(({ linear, magnitude, bias }) => linear && !(magnitude ?? bias));
  const shared = { folder, weightFile, configFile };
  if (!isPlain || tensors.whole.size > 0) {
    return { ...shared, updates: new Map(), merged: await mergedWeights(base, modules, tensors.whole) };
  }
  const updates = new Map<string, LowRankUpdate>();
  for (const { weight, A, B, rank, scale, inputs, outputs } of modules) {
    const b = (await readFloats(B)).map((value) => value * scale);
    updates.set(weight, { rank, inputs, outputs, a: await readFloats(A), b });
  }
  return { ...shared, updates };
}

/** Hashes of a base with an adapter: each covers the base's file and the adapter's. */
export async function hashAdapted(base: CheckpointHashes, adapter: LoraAdapter): Promise<CheckpointHashes> {
  const both = async (hash: string, file: string) => sha256(`${hash}\n${await hashFile(file)}`);
  return {
    weights: await both(base.weights, adapter.weightFile),
    tokenizer: base.tokenizer,
    config: await both(base.config, adapter.configFile),
  };
}

/** Places a module of an adapter in its base. @throws UserError when the base has no such linear map or embedding */
function placed(stored: AdaptedModule, base: LoraBase, scaling: { rank: number; scale: number }, path: string) {
  const { module, A, B, isEmbedding } = stored;
  const found = isEmbedding ? embeddingOf(base, module) : linearOf(base, module);
  if (found === undefined) {
    const kind = isEmbedding ? "is not the embedding" : "is no linear map";
    throw new UserError(
      `${path}: tensor ${A.name} adapts ${module}, which ${kind} of the base; the adapter is another checkpoint's`,
    );
  }
  const result: PlacedModule = { ...stored, ...found, ...scaling };
  expectShape(A, [result.rank, result.inputs], path);
  expectShape(B, [result.outputs, result.rank], path);
  for (const vector of [stored.magnitude, stored.bias]) if (vector) expectElements(vector, result.outputs, path);
  return result;
}

/** Leaves out what an adapter has equal to its base: PEFT writes an adapted head or embedding beside the adapter. */
async function withoutBase(
  { adapted, whole }: AdapterTensors,
  { tensors, model }: LoraBase,
  path: string,
): Promise<AdapterTensors> {
  const stored = new Map([...tensors.values()].map((tensor) => [shortPath(tensor.name), tensor]));
  const kept = new Map<string, TensorLocation>();
  for (const [name, tensor] of whole) {
    const short = shortPath(name);
    const own = stored.get(short) ?? (isHead(short) ? tensors.get(model.head.linear.weight) : undefined);
    if (own === undefined) {
      throw new UserError(
        `${path}: tensor ${tensor.name} is no addition to a module and no tensor of the base; ${MERGE_HINT}`,
      );
    }
    expectShape(tensor, own.shape, path);
    if (await sameValues(own, tensor)) continue;
    if (tensor.name.includes(".base_layer.weight")) {
      throw new UserError(
        `${path}: tensor ${tensor.name} is not equal to the base's ${own.name}; the adapter is another checkpoint's`,
      );
    }
    kept.set(isHead(short) ? HEAD : own.name, tensor);
  }
  return { adapted, whole: kept };
}

async function sameValues(a: TensorLocation, b: TensorLocation): Promise<boolean> {
  if (await sameBytes(a, b)) return true;
  if (a.dtype === b.dtype && !isDerived(a) && !isDerived(b)) return false;
  const [one, other] = [await readFloats(a), await readFloats(b)];
  return one.every((value, i) => value === other[i]);
}

function expectShape({ name, shape }: TensorLocation, expected: readonly number[], path: string): void {
  if (shape.join() === expected.join()) return;
  throw new UserError(
    `${path}: tensor ${name} has shape [${shape.join(", ")}] where the base and the rank in ${ADAPTER_CONFIG} need ` +
      `[${expected.join(", ")}]; the adapter is another checkpoint's, or the two files do not belong together`,
  );
}

function expectElements({ name, shape }: TensorLocation, expected: number, path: string): void {
  if (shape.reduce((product, size) => product * size, 1) === expected) return;
  throw new UserError(
    `${path}: tensor ${name} has shape [${shape.join(", ")}] where the base has ${expected} outputs; the adapter is another checkpoint's`,
  );
}
