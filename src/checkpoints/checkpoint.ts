/** Opens a checkpoint folder: what it is, where its weights lie, and what identifies it. */

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../errors.js";
import { canonicalJson, hashFile, sha256 } from "../hash.js";
import { readModel } from "./architectures/index.js";
import { readChatTemplates } from "./chat-templates.js";
import { listFolder, readJson } from "./folder.js";
import { buildGraph } from "./graph/build.js";
import type { ModelSpec } from "./model-spec.js";
import { commonFolder, type TensorLocation } from "./tensors.js";
import { hasWeights, readWeightFiles } from "./weight-files.js";
import { hashWeights } from "./weight-scan.js";

interface OpenFolder {
  readonly folder: string;
  readonly tokenizerJson: Record<string, unknown>;
  readonly tokenizerConfig: Record<string, unknown>;
  /** Jinja texts by name; "default" is used where none is named. */
  readonly chatTemplates: ReadonlyMap<string, string>;
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
  /** Names of the tensors that the model reads; the others are buffers and copies. */
  readonly used: ReadonlySet<string>;
  /** Real folder of the weight files. */
  readonly weightsFolder: string;
}

/** A folder with an onnx/ export, run through transformers.js. */
export interface OnnxCheckpoint extends OpenFolder {
  readonly kind: "onnx";
}

export type Checkpoint = WeightsCheckpoint | OnnxCheckpoint;

/**
 * Opens a folder that holds config.json, tokenizer.json and weights (model.safetensors, its shards, or onnx/model*.onnx).
 * @param tokenizerFolder where the tokenizer's files are, when not with the others
 * @throws UserError naming what is missing, damaged or not supported
 */
export async function openCheckpoint(folder: string, tokenizerFolder = folder): Promise<Checkpoint> {
  const files = await listFolder(folder);
  const tokenizerFiles = tokenizerFolder === folder ? files : await listFolder(tokenizerFolder);
  const config = await readJson(folder, files, "config.json");
  if (config === undefined) throw new UserError(`${folder}: no config.json; a checkpoint folder has one`);
  const tokenizerJson = await readJson(tokenizerFolder, tokenizerFiles, "tokenizer.json");
  if (tokenizerJson === undefined) {
    throw new UserError(
      `${tokenizerFolder}: no tokenizer.json; save the tokenizer in its fast form beside the weights`,
    );
  }
  const tokenizerConfig = (await readJson(tokenizerFolder, tokenizerFiles, "tokenizer_config.json")) ?? {};
  const generation = (await readJson(folder, files, "generation_config.json")) ?? {};
  const shared = {
    folder,
    tokenizerJson,
    tokenizerConfig,
    chatTemplates: await readChatTemplates(tokenizerFolder, tokenizerFiles, tokenizerConfig),
    bosId: idsOf(generation["bos_token_id"] ?? config["bos_token_id"])[0],
    eosIds: idsOf(generation["eos_token_id"] ?? config["eos_token_id"]),
  };
  const onnxFiles = files.includes("onnx")
    ? (await listFolder(join(folder, "onnx"))).filter((name) => name.endsWith(".onnx"))
    : [];
  if (hasWeights(files) || onnxFiles.length === 0) {
    const tensors = await readWeightFiles(folder, files);
    const model = readModel(config, tensors, join(folder, "config.json"));
    const { used } = buildGraph(model, tensors, folder);
    refuseUnusedTensors(folder, tensors, used);
    return {
      ...shared,
      kind: "weights",
      model,
      tensors,
      used,
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

/** @throws UserError when a file cannot be read, or a tensor of the model holds NaN or an infinity */
export async function hashCheckpoint(checkpoint: Checkpoint): Promise<CheckpointHashes> {
  const weights: string[] = [];
  for (const file of checkpoint.weightFiles) weights.push(await hashWeights(file, readFrom(checkpoint, file)));
  return {
    weights: weights.length === 1 ? (weights[0] as string) : sha256(weights.join("\n")),
    tokenizer: sha256(canonicalJson(tokenizerParts(checkpoint))),
    config: await hashConfiguration(checkpoint.folder),
  };
}

/** The bytes of config.json and, where there is one, of generation_config.json: it says which tokens end an answer. */
async function hashConfiguration(folder: string): Promise<string> {
  const names = ["config.json", "generation_config.json"].filter((name) => existsSync(join(folder, name)));
  const hashes = await Promise.all(names.map((name) => hashFile(join(folder, name))));
  return hashes.length === 1 ? (hashes[0] as string) : sha256(hashes.join("\n"));
}

/** The tensors of the file that the model reads: buffers, such as a mask, may be infinite. */
function readFrom(checkpoint: Checkpoint, file: string): TensorLocation[] {
  if (checkpoint.kind === "onnx") return [];
  return [...checkpoint.tensors.values()].filter((tensor) => tensor.file === file && checkpoint.used.has(tensor.name));
}

/** Everything that decides which ids a model reads. */
function tokenizerParts({ tokenizerJson, tokenizerConfig, chatTemplates }: Checkpoint): object[] {
  const parts = [tokenizerJson, tokenizerConfig];
  return chatTemplates.size === 0 ? parts : [...parts, Object.fromEntries(chatTemplates)];
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
