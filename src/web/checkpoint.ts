/**
 * Opens checkpoints in a browser: their files as bytes, scored and continued by the graphs that also run in Node, on
 * onnxruntime-web. Nothing here reads a file system.
 */

import type * as OnnxRuntime from "onnxruntime-web";
import { configuredTemplates } from "../checkpoints/tokenizers/configured-templates.js";
import { withAddedTokens } from "../checkpoints/tokenizers/added-tokens.js";
import { modelWeights, type ModelWeights } from "../checkpoints/model-weights.js";
import { headerBytes, headerTensors } from "../checkpoints/files/safetensors-header.js";
import { isWeightIndex } from "../checkpoints/files/weight-index.js";
import { planMemory } from "../engine/backends/memory.js";
import { OrtBackend } from "../engine/backends/ort-backend.js";
import type { Runtime } from "../engine/backends/runtime.js";
import { TextEngine } from "../engine/text/text-engine.js";
import { openTokenizer } from "../engine/text/tokenizer.js";
import type { Engine } from "../engine/types.js";
import { messageOf, UserError } from "../base/errors.js";
import { compileSchema, validated } from "../base/validation.js";
import { textOf } from "../base/utf8.js";

/** Holds files of a checkpoint by name. */
export type CheckpointFiles = ReadonlyMap<string, Uint8Array>;

const WEIGHTS = "model.safetensors";
const INDEX = `${WEIGHTS}.index.json`;
const TEMPLATE = "chat_template.jinja";
const NEEDED = ["config.json", "tokenizer.json"];
const OPTIONAL = ["tokenizer_config.json", "generation_config.json", TEMPLATE];

/** Tells whether a checkpoint's file is one that is read here. */
export function isCheckpointFile(name: string): boolean {
  return [...NEEDED, ...OPTIONAL, INDEX].includes(name) || name.endsWith(".safetensors");
}

/**
 * Fetches a checkpoint: one file of weights, or the shards that an index names.
 * @param folder URL under which its files are, such as https://example.org/models/smollm2
 * @returns the bytes of config.json, tokenizer.json, the weights and what else is there, by name
 * @throws UserError naming the file that is not there
 */
export async function fetchCheckpoint(folder: string): Promise<CheckpointFiles> {
  const base = folder.endsWith("/") ? folder : `${folder}/`;
  const files = new Map<string, Uint8Array>();
  /** Returns how the server answers where it does not give the file. */
  const read = async (name: string): Promise<number | undefined> => {
    const response = await fetch(base + name);
    if (!response.ok) return response.status;
    files.set(name, new Uint8Array(await response.arrayBuffer()));
    return undefined;
  };
  const need = async (name: string) => {
    const status = await read(name);
    if (status !== undefined) throw new UserError(`${base}${name}: the server answers ${status}`);
  };
  await Promise.all([...NEEDED.map(need), ...OPTIONAL.map(read)]);
  if ((await read(INDEX)) === undefined) await Promise.all(shardsOf(files, base).map(need));
  else await need(WEIGHTS);
  return files;
}

/** Holds options of {@link openEngine}. */
export interface BrowserEngineOptions {
  /** The imported module: "onnxruntime-web", or "onnxruntime-web/webgpu" for that device. */
  readonly runtime: Pick<typeof OnnxRuntime, "InferenceSession" | "Tensor">;
  /** Where the model runs (wasm). */
  readonly device?: "wasm" | "webgpu";
  /** Bytes that the whole may take; chosen by the size of the model when left out. */
  readonly memory?: number;
  /** What messages call the checkpoint ("the checkpoint"). */
  readonly name?: string;
}

/**
 * Opens a checkpoint for scoring and generation.
 * @param files its files by name, as {@link fetchCheckpoint} returns them
 * @returns an engine that runs in this thread until it is closed
 * @throws UserError when a file is missing, damaged or not supported
 */
export function openEngine(files: CheckpointFiles, options: BrowserEngineOptions): Promise<Engine> {
  // A promise also of what is thrown before anything is awaited.
  return Promise.resolve().then(() => open(files, options));
}

/**
 * Reads what a checkpoint is, without its weights.
 * @param files of the files of weights the beginning is enough, given the sizes of the whole files
 * @param sizes bytes of the files of which only the beginning is there
 * @throws UserError when a file is missing, damaged or not supported
 */
export function checkpointWeights(
  files: CheckpointFiles,
  name: string,
  sizes: ReadonlyMap<string, number> = new Map(),
): ModelWeights {
  const missing = NEEDED.find((file) => !files.has(file));
  if (missing !== undefined) throw new UserError(`${name}: no ${missing}`);
  const located = shardsOf(files, name).flatMap((file) => {
    const path = `${name}/${file}`;
    const bytes = files.get(file);
    if (bytes === undefined) throw new UserError(`${name}: no ${file}`);
    const size = sizes.get(file) ?? bytes.length;
    const header = bytes.subarray(8, 8 + headerBytes(bytes, size, path));
    return headerTensors(header, path, file, size);
  });
  const config = jsonOf(files, "config.json", name);
  const generation = jsonOf(files, "generation_config.json", name);
  return modelWeights(name, config, generation, new Map(located.map((tensor) => [tensor.name, tensor])));
}

/** Lists the files of weights: the one, or those that the index names. */
function shardsOf(files: CheckpointFiles, name: string): string[] {
  if (files.has(WEIGHTS) || !files.has(INDEX)) return [WEIGHTS];
  const { weight_map } = validated(isWeightIndex, jsonOf(files, INDEX, name), `${name}/${INDEX}`);
  return [...new Set(Object.values(weight_map))].sort();
}

function open(
  files: CheckpointFiles,
  { runtime: { InferenceSession, Tensor }, device = "wasm", memory, name = "the checkpoint" }: BrowserEngineOptions,
): Engine {
  const weights = checkpointWeights(files, name);
  const tokenizerConfig = jsonOf(files, "tokenizer_config.json", name);
  const template = files.get(TEMPLATE);
  const tokenizer = openTokenizer({
    ...weights,
    kind: "weights",
    tokenizerJson: withAddedTokens(jsonOf(files, "tokenizer.json", name), tokenizerConfig, {}, name),
    tokenizerConfig,
    chatTemplates:
      template === undefined
        ? configuredTemplates(tokenizerConfig, name)
        : new Map([["default", textOf(template, `${name}/chat_template.jinja`)]]),
  });
  const onnx: Runtime<ModelWeights> = {
    Tensor,
    takesEmpty: device === "wasm",
    createSession: (graphOf) =>
      InferenceSession.create(graphOf(weights.tensors), {
        executionProviders: [device],
        logSeverityLevel: 3,
        externalData: [...new Set([...weights.tensors.values()].map(({ file }) => file))].map((path) => ({
          path,
          data: files.get(path) as Uint8Array,
        })),
      }),
  };
  const checkpoint = { ...weights, eosIds: [...new Set([...weights.eosIds, ...tokenizer.eosIds])] };
  return new TextEngine(tokenizer, new OrtBackend(onnx, checkpoint, 0, planMemory(weights, memory)));
}

const isObject = compileSchema<Record<string, unknown>>({ type: "object" });

/** Reads a file's JSON object, empty where the file is not there. */
function jsonOf(files: CheckpointFiles, file: string, name: string): Record<string, unknown> {
  const bytes = files.get(file);
  if (bytes === undefined) return {};
  const text = textOf(bytes, `${name}/${file}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${name}/${file}: not JSON (${messageOf(error)})`);
  }
  return validated(isObject, json, `${name}/${file}`);
}
