/** Opens a checkpoint folder: what it is, where its weights lie, and what identifies it. */

import { readFile, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { canonicalJson, hashFile, sha256 } from "../hash.js";
import { compileSchema, validated } from "../validation.js";
import { readModel } from "./architectures/index.js";
import { buildGraph } from "./graph/build.js";
import type { ModelSpec } from "./model-spec.js";
import { commonFolder, unreadable, type TensorLocation } from "./tensors.js";
import { hasWeights, readWeightFiles } from "./weight-files.js";

interface OpenFolder {
  readonly folder: string;
  readonly tokenizerJson: Record<string, unknown>;
  readonly tokenizerConfig: Record<string, unknown>;
  /** The id that stands for an empty context when the tokenizer adds nothing itself. */
  readonly bosId: number | undefined;
  /** Ids that end a generation, from generation_config.json or config.json. */
  readonly eosIds: readonly number[];
  /** Stored type of the weights, e.g. "BF16"; the most common one where they differ. */
  readonly dtype: string;
  /** Name of the architecture, e.g. "LlamaForCausalLM". */
  readonly architecture: string;
  /** Context window in tokens. */
  readonly window: number;
  /** Number of stored parameters, where the weight files tell. */
  readonly parameters: number | undefined;
  /** Files whose content is the weights. */
  readonly weightFiles: readonly string[];
}

/** A folder with released weights, run through a graph of our own. */
export interface WeightsCheckpoint extends OpenFolder {
  readonly kind: "weights";
  readonly model: ModelSpec;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** Real folder of the weight files. */
  readonly weightsFolder: string;
}

/** A folder with an onnx/ export, run through transformers.js. */
export interface OnnxCheckpoint extends OpenFolder {
  readonly kind: "onnx";
}

export type Checkpoint = WeightsCheckpoint | OnnxCheckpoint;

const object = { type: "object" };
const isObject = compileSchema<Record<string, unknown>>(object);

/**
 * Opens a folder that holds config.json, tokenizer.json and weights (model.safetensors, its shards, or onnx/model*.onnx).
 * @throws UserError naming what is missing, damaged or not supported
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const files = await listFolder(folder);
  const config = await readJson(folder, files, "config.json");
  if (config === undefined) throw new UserError(`${folder}: no config.json; a checkpoint folder has one`);
  const tokenizerJson = await readJson(folder, files, "tokenizer.json");
  if (tokenizerJson === undefined) {
    throw new UserError(`${folder}: no tokenizer.json; save the tokenizer in its fast form beside the weights`);
  }
  const tokenizerConfig = (await readJson(folder, files, "tokenizer_config.json")) ?? {};
  const generation = (await readJson(folder, files, "generation_config.json")) ?? {};
  const shared = {
    folder,
    tokenizerJson,
    tokenizerConfig,
    bosId: idsOf(generation["bos_token_id"] ?? config["bos_token_id"])[0],
    eosIds: idsOf(generation["eos_token_id"] ?? config["eos_token_id"]),
  };
  const onnxFiles = files.includes("onnx")
    ? (await listFolder(join(folder, "onnx"))).filter((name) => name.endsWith(".onnx"))
    : [];
  if (hasWeights(files) || onnxFiles.length === 0) {
    const tensors = await readWeightFiles(folder, files);
    const model = readModel(config, tensors, join(folder, "config.json"));
    refuseUnusedTensors(folder, tensors, buildGraph(model, tensors, "score", folder).used);
    return {
      ...shared,
      kind: "weights",
      model,
      tensors,
      architecture: model.architecture,
      window: model.window,
      weightsFolder: commonFolder(tensors.values()),
      dtype: mostCommon([...tensors.values()].map((tensor) => tensor.dtype)),
      parameters: [...tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
      weightFiles: [...new Set([...tensors.values()].map((tensor) => tensor.file))].sort(),
    };
  }
  if (!onnxFiles.includes("model.onnx")) {
    throw new UserError(
      `${folder}: onnx/model.onnx is missing; found ${onnxFiles.join(", ")}, but scoring needs the f32 export`,
    );
  }
  const window = config["max_position_embeddings"] ?? config["n_positions"];
  if (typeof window !== "number")
    throw new UserError(`${folder}/config.json: no max_position_embeddings or n_positions`);
  return {
    ...shared,
    kind: "onnx",
    architecture: architectureName(config),
    window,
    dtype: "F32",
    parameters: undefined,
    weightFiles: [join(folder, "onnx", "model.onnx")],
  };
}

/** Stored beside the parameters but not a part of them: buffers, and copies of tied matrices. */
const NOT_PARAMETERS =
  /(?:^|\.)(?:rotary_emb\.inv_freq|masked_bias|(?:attn|attention)\.bias|position_ids|(?:lm_head|embed_out)\.weight)$/;

/** A tensor that no part of the graph reads means that the model computes something else. */
function refuseUnusedTensors(
  folder: string,
  tensors: ReadonlyMap<string, TensorLocation>,
  used: ReadonlySet<string>,
): void {
  const unused = [...tensors.keys()].find((name) => !used.has(name) && !NOT_PARAMETERS.test(name));
  if (unused !== undefined) {
    throw new UserError(`${folder}: tensor ${unused} is not a part of the architecture that config.json names`);
  }
}

function architectureName(config: Record<string, unknown>): string {
  const named: unknown = Array.isArray(config["architectures"]) ? config["architectures"][0] : config["model_type"];
  return typeof named === "string" ? named : "unknown";
}

/** Content hashes (SHA-256) that tell two checkpoints apart whatever their names are. */
export interface CheckpointHashes {
  readonly weights: string;
  readonly tokenizer: string;
  readonly config: string;
}

export async function hashCheckpoint(checkpoint: Checkpoint): Promise<CheckpointHashes> {
  const weights: string[] = [];
  for (const file of checkpoint.weightFiles) weights.push(await hashFile(file));
  return {
    weights: weights.length === 1 ? (weights[0] as string) : sha256(weights.join("\n")),
    tokenizer: sha256(canonicalJson([checkpoint.tokenizerJson, checkpoint.tokenizerConfig])),
    config: sha256(await readFile(join(checkpoint.folder, "config.json"))),
  };
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    const info = await stat(folder);
    if (!info.isDirectory()) throw new UserError(`${folder} is a file; give the checkpoint's folder`);
    return await readdir(folder);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreadable(folder, error);
  }
}

async function readJson(
  folder: string,
  files: readonly string[],
  name: string,
): Promise<Record<string, unknown> | undefined> {
  if (!files.includes(name)) return undefined;
  const path = join(folder, name);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserError(`${path}: not JSON (${messageOf(error)})`);
    throw unreadable(path, error);
  }
  return validated(isObject, json, path);
}

function idsOf(value: unknown): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id): id is number => typeof id === "number");
}

function mostCommon(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "unknown";
}

/** A short name for a folder, for tables. */
export function nameOfFolder(folder: string): string {
  return basename(folder);
}
