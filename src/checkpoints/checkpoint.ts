/** Opens a checkpoint folder: what it is, where its weights lie, and what identifies it. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError, UserError } from "../base/errors.js";
import { canonicalJson, hashFile, hashValue, sha256 } from "../base/hash.js";
import { isGgufFile } from "./gguf/gguf-names.js";
import { openGguf, tokenizerOf, type GgufCheckpoint } from "./gguf/open-gguf.js";
import { configuredTemplates } from "./tokenizers/configured-templates.js";
import { readChatTemplates } from "./tokenizers/chat-templates.js";
import { readTokenizer } from "./tokenizers/read-tokenizer.js";
import { refuseAdapter } from "./files/adapter-folder.js";
import { listFolder, readJson } from "./files/folder.js";
import { modelWeights, specialIds, type ModelWeights } from "./model-weights.js";
import type { TensorLocation } from "./files/tensors.js";
import { hasWeights, readWeightFiles } from "./files/weight-files.js";
import { withoutCopies } from "./files/tied-copies.js";
import { hashWeights } from "./files/weight-scan.js";

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
  /** Keys of config.json that are passed over, as the user wants it. */
  readonly ignoredConfigKeys: readonly string[];
  /** config.json and generation_config.json; of a GGUF file, what they would say. */
  readonly configuration: Configuration;
}

export interface Configuration {
  readonly config: Readonly<Record<string, unknown>>;
  readonly generation: Readonly<Record<string, unknown>>;
}

/** Describes a folder with released weights, run through a graph of our own. */
export interface WeightsCheckpoint extends Omit<OpenFolder, "parameters">, ModelWeights {
  readonly kind: "weights";
}

/** Describes a folder with an onnx/ export, run through transformers.js. */
export interface OnnxCheckpoint extends OpenFolder {
  readonly kind: "onnx";
}

export type Checkpoint = WeightsCheckpoint | OnnxCheckpoint;

/**
 * Opens a GGUF file, or a folder that holds config.json, a tokenizer and weights (model.safetensors, its shards, or
 * onnx/model*.onnx).
 * @param tokenizerFolder where the tokenizer's files are, when not with the others
 * @param ignoredConfigKeys keys of config.json that are passed over, see readModel
 * @throws UserError naming what is missing, damaged or not supported
 */
export async function openCheckpoint(
  folder: string,
  tokenizerFolder = folder,
  ignoredConfigKeys: readonly string[] = [],
): Promise<Checkpoint> {
  if (isGgufFile(folder)) return openGgufCheckpoint(folder, tokenizerFolder, ignoredConfigKeys);
  const files = await listFolder(folder);
  refuseAdapter(folder, files);
  const tokenizerFiles = tokenizerFolder === folder ? files : await listFolder(tokenizerFolder);
  const config = await readJson(folder, files, "config.json");
  if (config === undefined) throw new UserError(`${folder}: no config.json; a checkpoint folder has one`);
  const { tokenizerJson, tokenizerConfig } = await readTokenizer(tokenizerFolder, tokenizerFiles, config);
  const generation = (await readJson(folder, files, "generation_config.json")) ?? {};
  const shared = {
    folder,
    tokenizerJson,
    tokenizerConfig,
    chatTemplates: await readChatTemplates(tokenizerFolder, tokenizerFiles, tokenizerConfig),
    ...specialIds(config, generation),
    ignoredConfigKeys,
    configuration: { config, generation },
  };
  const onnxFiles = files.includes("onnx")
    ? (await listFolder(join(folder, "onnx"))).filter((name) => name.endsWith(".onnx"))
    : [];
  if (hasWeights(files) || onnxFiles.length === 0) {
    const tensors = await withoutCopies(await readWeightFiles(folder, files));
    return {
      ...shared,
      ...modelWeights(folder, config, generation, tensors, ignoredConfigKeys),
      kind: "weights",
      weightFiles: [...new Set([...tensors.values()].map((tensor) => tensor.file))].sort(),
    };
  }
  if (ignoredConfigKeys.length > 0) {
    throw new UsageError(
      `--ignore-config-key: ${folder} is an ONNX export, of which no key is refused; leave the option out`,
    );
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

async function openGgufCheckpoint(
  path: string,
  tokenizerFolder: string,
  ignoredConfigKeys: readonly string[],
): Promise<WeightsCheckpoint> {
  const gguf = await openGguf(path);
  const { tokenizerJson, tokenizerConfig, chatTemplates } = await tokenizerBeside(gguf, path, tokenizerFolder);
  return {
    ...modelWeights(path, gguf.config, {}, gguf.tensors, ignoredConfigKeys),
    kind: "weights",
    folder: path,
    tokenizerJson,
    tokenizerConfig,
    chatTemplates,
    dtype: `${gguf.fileType} (GGUF)`,
    weightFiles: [...new Set([...gguf.tensors.values()].map((tensor) => tensor.file))].sort(),
    configuration: { config: gguf.config, generation: {} },
    ignoredConfigKeys,
  };
}

/** Returns the tokenizer of a GGUF file, or of a folder that is given for it. */
async function tokenizerBeside(gguf: GgufCheckpoint, path: string, folder: string) {
  if (folder === path) {
    const made = tokenizerOf(gguf, path);
    return { ...made, chatTemplates: configuredTemplates(made.tokenizerConfig, path) };
  }
  const files = await listFolder(folder);
  const read = await readTokenizer(folder, files, {});
  return { ...read, chatTemplates: await readChatTemplates(folder, files, read.tokenizerConfig) };
}

function architectureName(config: Record<string, unknown>): string {
  const named: unknown = Array.isArray(config["architectures"]) ? config["architectures"][0] : config["model_type"];
  return typeof named === "string" ? named : "unknown";
}

/** Holds the content hashes (SHA-256) that tell two checkpoints apart whatever their names are. */
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
    config: await hashConfiguration(checkpoint),
  };
}

/**
 * Hashes the bytes of config.json and, where there is one, of generation_config.json: it says which tokens end an
 * answer. Keys that are passed over make it another configuration.
 */
async function hashConfiguration({ folder, ignoredConfigKeys, configuration }: Checkpoint): Promise<string> {
  if (isGgufFile(folder)) return hashValue({ ...configuration, ignored: [...ignoredConfigKeys].sort() });
  const names = ["config.json", "generation_config.json"].filter((name) => existsSync(join(folder, name)));
  const hashes = await Promise.all(names.map((name) => hashFile(join(folder, name))));
  if (ignoredConfigKeys.length > 0) hashes.push(hashValue({ ignored: [...ignoredConfigKeys].sort() }));
  return hashes.length === 1 ? (hashes[0] as string) : sha256(hashes.join("\n"));
}

/** Returns the tensors of the file that the model reads: buffers, such as a mask, may be infinite. */
function readFrom(checkpoint: Checkpoint, file: string): TensorLocation[] {
  if (checkpoint.kind === "onnx") return [];
  return [...checkpoint.tensors.values()].filter((tensor) => tensor.file === file && checkpoint.used.has(tensor.name));
}

/** Returns everything that decides which ids a model reads. */
function tokenizerParts({ tokenizerJson, tokenizerConfig, chatTemplates }: Checkpoint): object[] {
  const parts = [tokenizerJson, tokenizerConfig];
  return chatTemplates.size === 0 ? parts : [...parts, Object.fromEntries(chatTemplates)];
}
