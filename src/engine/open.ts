/** Opens an engine on a checkpoint, in this thread. */

import { openCheckpoint } from "../checkpoints/checkpoint.js";
import { UsageError, didYouMean, messageOf, UserError } from "../errors.js";
import { OrtBackend } from "./ort-backend.js";
import { TextEngine } from "./text-engine.js";
import { TextTokenizer } from "./tokenizer.js";
import { TransformersBackend } from "./transformers-backend.js";
import type { Engine } from "./types.js";

/** Devices an engine can run on. */
export const DEVICES = ["cpu"] as const;
export type Device = (typeof DEVICES)[number];

export interface EngineOptions {
  /** A checkpoint folder on this machine. */
  readonly folder: string;
  readonly device: Device;
  /** Intra-op threads; 0 lets ONNX Runtime choose. */
  readonly threads: number;
  /** Tokens of a batch, padding included; the default is measured to be fast. */
  readonly batchTokens?: number;
}

/** @throws UsageError naming the devices there are */
export function parseDevice(name: string): Device {
  const device = DEVICES.find((known) => known === name);
  if (device === undefined) throw new UsageError(`device "${name}" is not available${didYouMean(name, DEVICES)}`);
  return device;
}

/** Loads tokenizer and weights; scores come from this thread, which is blocked while the model runs. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const checkpoint = await openCheckpoint(options.folder);
  let tokenizer: TextTokenizer;
  try {
    tokenizer = new TextTokenizer(
      checkpoint.tokenizerJson,
      checkpoint.tokenizerConfig,
      checkpoint.bosId ?? checkpoint.eosIds[0],
    );
  } catch (error) {
    throw new UserError(`${options.folder}/tokenizer.json: cannot be used as a tokenizer (${messageOf(error)})`);
  }
  const withEos = { ...checkpoint, eosIds: [...new Set([...checkpoint.eosIds, ...tokenizer.eosIds])] };
  const backend =
    withEos.kind === "llama"
      ? new OrtBackend(withEos, options.threads)
      : await TransformersBackend.open(withEos, options.threads);
  return new TextEngine(tokenizer, backend, options.batchTokens);
}
