/**
 * Reads LoRA adapters as PEFT saves them (adapter_config.json and adapter_model.safetensors or .bin): low-rank
 * additions to the linear maps of a base checkpoint, y = x W^T + b + scale * (x A^T) B^T (Hu et al. 2021,
 * arXiv:2106.09685).
 */

import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { hashFile, sha256 } from "../../base/hash.js";
import type { CheckpointHashes } from "../checkpoint.js";
import { listFolder, readJson } from "./folder.js";
import { MERGE_HINT, readLoraConfig } from "./lora-config.js";
import { layerLinears, type Linear, type ModelSpec } from "../architectures/model-spec.js";
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
  /** By name of the base's stored weight, e.g. "model.layers.0.mlp.up_proj.weight". */
  readonly updates: ReadonlyMap<string, LowRankUpdate>;
  readonly weightFile: string;
  readonly configFile: string;
}

export const ADAPTER_CONFIG = "adapter_config.json";
const FORMATS = [
  { file: "adapter_model.safetensors", read: readSafetensors },
  { file: "adapter_model.bin", read: readTorchBin },
] as const;
/** Lists the files that may hold an adapter's weights, best first. */
export const ADAPTER_WEIGHTS: readonly string[] = FORMATS.map(({ file }) => file);

const TENSOR = /^base_model\.model\.(.+)\.lora_([AB])(?:\.default)?\.weight$/;
/** Matches a module's path, of which releases keep more or less. */
const PATH = /^(?:(?:model|transformer|gpt_neox|language_model|decoder)\.)+/;

/**
 * Reads an adapter and finds the base's matrix for each of its tensors.
 * @throws UserError when something is missing or damaged, the adapter is more than low-rank additions, or a tensor does
 *   not belong to a linear map of the base
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
  const scaling = readLoraConfig(config, configFile);
  const linears = new Map(adaptableLinears(base.model).map((linear) => [shortPath(moduleOf(linear)), linear]));
  const updates = new Map<string, LowRankUpdate>();
  for (const [module, { A, B }] of pairs(await withoutBase(await format.read(weightFile), base), weightFile)) {
    const linear = linears.get(shortPath(module));
    if (linear === undefined) {
      throw new UserError(
        `${weightFile}: tensor ${A.name} adapts ${module}, which is no linear map of the base; the adapter is another checkpoint's`,
      );
    }
    const { rank, scale } = scaling(module);
    const { weight, inputs } = linear;
    const outputs = linear.slice?.totalOutputs ?? linear.outputs;
    expectShape(A, [rank, inputs], weightFile);
    expectShape(B, [outputs, rank], weightFile);
    const b = (await readFloats(B)).map((value) => value * scale);
    updates.set(weight, { rank, inputs, outputs, a: await readFloats(A), b });
  }
  return { folder, updates, weightFile, configFile };
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

/** Holds the base of an adapter: its model and where its tensors lie. */
export interface LoraBase {
  readonly model: ModelSpec;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
}

/**
 * Leaves out what an adapter has equal to its base: PEFT writes an adapted head or embedding of the base beside the
 * adapter.
 */
async function withoutBase(tensors: readonly TensorLocation[], base: LoraBase): Promise<TensorLocation[]> {
  const stored = new Map([...base.tensors.values()].map((tensor) => [shortPath(tensor.name), tensor]));
  const kept: TensorLocation[] = [];
  for (const tensor of tensors) {
    const name = /^base_model\.model\.(.+)$/.exec(tensor.name)?.[1]?.replace(".base_layer.", ".");
    const own = name === undefined || TENSOR.test(tensor.name) ? undefined : stored.get(shortPath(name));
    if (own === undefined || !(await sameBytes(own, tensor))) kept.push(tensor);
  }
  return kept;
}

/** Returns lora_A and lora_B of each module. */
function pairs(
  tensors: readonly TensorLocation[],
  path: string,
): [module: string, pair: { A: TensorLocation; B: TensorLocation }][] {
  const modules = new Map<string, Partial<Record<"A" | "B", TensorLocation>>>();
  for (const tensor of tensors) {
    const [, module, which] = TENSOR.exec(tensor.name) ?? [];
    if (module === undefined) {
      throw new UserError(`${path}: tensor ${tensor.name} is not lora_A or lora_B of a module; ${MERGE_HINT}`);
    }
    modules.set(module, { ...modules.get(module), [which as "A" | "B"]: tensor });
  }
  if (modules.size === 0) throw new UserError(`${path}: no tensors; save the adapter again`);
  return [...modules].map(([module, { A, B }]) => {
    if (A === undefined || B === undefined) {
      throw new UserError(`${path}: ${module} has no lora_${A === undefined ? "A" : "B"}; save the adapter again`);
    }
    return [module, { A, B }];
  });
}

function expectShape({ name, shape }: TensorLocation, expected: readonly number[], path: string): void {
  if (shape.join() === expected.join()) return;
  throw new UserError(
    `${path}: tensor ${name} has shape [${shape.join(", ")}] where the base and the rank in ${ADAPTER_CONFIG} need ` +
      `[${expected.join(", ")}]; the adapter is another checkpoint's, or the two files do not belong together`,
  );
}

function moduleOf({ weight }: Linear): string {
  return weight.replace(/\.weight$/, "");
}

function shortPath(module: string): string {
  return module.replace(PATH, "");
}

/** Returns every linear map but a head that is tied to the embedding: PEFT would adapt only one of the two. */
function adaptableLinears(model: ModelSpec): Linear[] {
  const { embedding, projectOut, head } = model;
  const outside = [embedding.project, projectOut, head.linear].filter((linear) => linear !== undefined);
  return [...layerLinears(model), ...outside].filter(({ weight }) => weight !== embedding.weight);
}
