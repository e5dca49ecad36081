/** Engines on tiny checkpoints, taken apart so that a test can look at what runs. */

import { openCheckpoint, type WeightsCheckpoint } from "../../src/checkpoints/checkpoint.js";
import type { LoraAdapter } from "../../src/checkpoints/files/lora.js";
import type { Backend, OnStep, OnWork, ScoredSequences } from "../../src/engine/backends/backend.js";
import { openRuntime, type Device } from "../../src/engine/backends/devices.js";
import { planMemory, type MemoryPlan } from "../../src/engine/backends/memory.js";
import { OrtBackend } from "../../src/engine/backends/ort-backend.js";
import type { Sequence } from "../../src/engine/backends/sequence.js";
import { TextEngine } from "../../src/engine/text/text-engine.js";
import { TextTokenizer } from "../../src/engine/text/tokenizer.js";

export interface OpenedParts {
  readonly checkpoint: WeightsCheckpoint;
  readonly tokenizer: TextTokenizer;
  readonly backend: OrtBackend;
}

export async function openLlama(folder: string): Promise<WeightsCheckpoint> {
  const checkpoint = await openCheckpoint(folder);
  if (checkpoint.kind !== "weights") throw new Error(`${folder} has no weights`);
  return checkpoint;
}

/** Returns a backend with the memory that planMemory gives it, but for what `memory` says. */
export async function openBackend(
  checkpoint: WeightsCheckpoint,
  { threads = 1, device = "cpu", memory = {}, adapters = [] }: BackendOptions = {},
): Promise<OrtBackend> {
  const plan = { ...planMemory(checkpoint), ...memory };
  return new OrtBackend(await openRuntime(device), checkpoint, threads, plan, adapters);
}

export interface BackendOptions {
  readonly threads?: number;
  readonly device?: Device;
  readonly memory?: Partial<MemoryPlan>;
  readonly adapters?: readonly LoraAdapter[];
}

/** Tokenizer and backend of a folder. */
export async function openParts(folder: string, options: BackendOptions = {}): Promise<OpenedParts> {
  const checkpoint = await openLlama(folder);
  return {
    checkpoint,
    tokenizer: new TextTokenizer(checkpoint.tokenizerJson, checkpoint.tokenizerConfig, checkpoint.bosId),
    backend: await openBackend(checkpoint, options),
  };
}

/** Passes everything on to the real backend and keeps what was run. */
export class WatchedBackend implements Backend {
  readonly window: number;
  readonly eosIds: readonly number[];
  readonly scored: (readonly Sequence[])[] = [];
  readonly generated: (readonly (readonly number[])[])[] = [];

  constructor(private readonly inner: Backend) {
    this.window = inner.window;
    this.eosIds = inner.eosIds;
  }

  score(sequences: readonly Sequence[], onWork?: OnWork, known?: ReadonlySet<number>): Promise<ScoredSequences> {
    this.scored.push(sequences);
    return this.inner.score(sequences, onWork, known);
  }

  generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork?: OnWork,
    known?: ReadonlyMap<number, number>,
  ): Promise<number[][]> {
    this.generated.push(contexts);
    return this.inner.generate(contexts, maxNewTokens, onStep, onWork, known);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

export function textEngine({ tokenizer, backend }: OpenedParts): TextEngine {
  return new TextEngine(tokenizer, backend);
}
