/** Opens an engine on a checkpoint, in this thread. */

import { openCheckpoint, type OnnxCheckpoint } from "../checkpoints/checkpoint.js";
import { readLoraAdapter } from "../checkpoints/lora.js";
import { UserError } from "../errors.js";
import type { Backend } from "./backend.js";
import { openRuntime, type Device } from "./devices.js";
import { planMemory } from "./memory.js";
import { OrtBackend } from "./ort-backend.js";
import { TextEngine } from "./text-engine.js";
import { openTokenizer } from "./tokenizer.js";
import type { Engine } from "./types.js";

export interface EngineOptions {
  /** A checkpoint folder on this machine. */
  readonly folder: string;
  /** Where its tokenizer is, when not with the weights. */
  readonly tokenizerFolder?: string;
  readonly device: Device;
  /** Intra-op threads; 0 lets ONNX Runtime choose. */
  readonly threads: number;
  /** Bytes of memory the engine may take; the default is that of planMemory. */
  readonly memory?: number;
  /** Folders of LoRA adapters to the checkpoint. */
  readonly adapters?: readonly string[];
}

/** Loads tokenizer, weights and adapters; scores come from this thread, which is blocked while the model runs. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const checkpoint = await openCheckpoint(options.folder, options.tokenizerFolder);
  const tokenizer = openTokenizer(checkpoint, options.tokenizerFolder);
  const withEos = { ...checkpoint, eosIds: [...new Set([...checkpoint.eosIds, ...tokenizer.eosIds])] };
  if (withEos.kind === "onnx") {
    return new TextEngine(tokenizer, await openExport(withEos, options));
  }
  const memory = planMemory(withEos, options.memory);
  const folders = options.adapters ?? [];
  const adapters = await Promise.all(folders.map((folder) => readLoraAdapter(folder, withEos.model)));
  const backend = new OrtBackend(await openRuntime(options.device), withEos, options.threads, memory, adapters);
  const adapted = adapters.map((adapter) => {
    const engine = new TextEngine(tokenizer, backend.adapted(adapter));
    return [adapter.folder, engine] as const;
  });
  return new TextEngine(tokenizer, backend, new Map(adapted));
}

/** transformers.js is loaded only for a folder with an onnx/ export; it needs onnxruntime-node. */
async function openExport(checkpoint: OnnxCheckpoint, { device, threads }: EngineOptions): Promise<Backend> {
  if (device !== "cpu")
    throw new UserError(`${checkpoint.folder}: an onnx/ export runs on the device cpu, not on ${device}`);
  const { TransformersBackend } = await import("./transformers-backend.js");
  return TransformersBackend.open(checkpoint, threads);
}
