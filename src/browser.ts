/**
 * Runs the engine in a browser: a checkpoint's files as bytes, scored and continued by the graphs that also run in
 * Node, on onnxruntime-web. Nothing here reads a file system. The model runs in the thread that calls: call from a
 * worker to keep a page responsive.
 */

import type * as OnnxRuntime from "onnxruntime-web";
import { configuredTemplates } from "./checkpoints/tokenizers/configured-templates.js";
import { withAddedTokens } from "./checkpoints/tokenizers/added-tokens.js";
import { modelWeights, type ModelWeights } from "./checkpoints/model-weights.js";
import { headerBytes, headerTensors } from "./checkpoints/files/safetensors-header.js";
import { planMemory } from "./engine/backends/memory.js";
import { OrtBackend } from "./engine/backends/ort-backend.js";
import type { Runtime } from "./engine/backends/runtime.js";
import { TextEngine } from "./engine/text/text-engine.js";
import { openTokenizer } from "./engine/text/tokenizer.js";
import type { Engine } from "./engine/types.js";
import { messageOf, UserError } from "./base/errors.js";
import { compileSchema, validated } from "./base/validation.js";

export { UserError } from "./base/errors.js";
export type * from "./engine/types.js";

/** Holds files of a checkpoint by name. */
export type CheckpointFiles = ReadonlyMap<string, Uint8Array>;

const WEIGHTS = "model.safetensors";
const TEMPLATE = "chat_template.jinja";
const NEEDED = ["config.json", "tokenizer.json", WEIGHTS];
const OPTIONAL = ["tokenizer_config.json", "generation_config.json", TEMPLATE];

/**
 * Fetches a checkpoint with one file of weights.
 * @param folder URL under which its files are, such as https://example.org/models/smollm2
 * @returns the bytes of config.json, tokenizer.json, model.safetensors and what else is there, by name
 * @throws UserError naming the file that is not there
 */
export async function fetchCheckpoint(folder: string): Promise<CheckpointFiles> {
  const base = folder.endsWith("/") ? folder : `${folder}/`;
  const files = new Map<string, Uint8Array>();
  await Promise.all(
    [...NEEDED, ...OPTIONAL].map(async (name) => {
      const response = await fetch(base + name);
      if (response.ok) files.set(name, new Uint8Array(await response.arrayBuffer()));
      else if (NEEDED.includes(name)) throw new UserError(`${base}${name}: the server answers ${response.status}`);
    }),
  );
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

function open(
  files: CheckpointFiles,
  { runtime: { InferenceSession, Tensor }, device = "wasm", memory, name = "the checkpoint" }: BrowserEngineOptions,
): Engine {
  const missing = NEEDED.find((file) => !files.has(file));
  if (missing !== undefined) throw new UserError(`${name}: no ${missing}`);
  const bytes = files.get(WEIGHTS) as Uint8Array;
  const path = `${name}/${WEIGHTS}`;
  const header = bytes.subarray(8, 8 + headerBytes(bytes, bytes.length, path));
  const located = headerTensors(header, path, WEIGHTS, bytes.length);
  const config = jsonOf(files, "config.json", name);
  const generation = jsonOf(files, "generation_config.json", name);
  const weights = modelWeights(name, config, generation, new Map(located.map((tensor) => [tensor.name, tensor])));
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
        : new Map([["default", new TextDecoder().decode(template)]]),
  });
  const onnx: Runtime<ModelWeights> = {
    Tensor,
    takesEmpty: device === "wasm",
    createSession: (graphOf) =>
      InferenceSession.create(graphOf(weights.tensors), {
        executionProviders: [device],
        logSeverityLevel: 3,
        externalData: [{ path: WEIGHTS, data: bytes }],
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
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new UserError(`${name}/${file}: not JSON (${messageOf(error)})`);
  }
  return validated(isObject, json, `${name}/${file}`);
}
