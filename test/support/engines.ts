/** Engines on tiny checkpoints, taken apart so that a test can look at what runs. */

import { openCheckpoint, type WeightsCheckpoint } from "../../src/checkpoints/checkpoint.js";
import type { Backend, ScoredBatch } from "../../src/engine/backend.js";
import type { Sequence } from "../../src/engine/batch.js";
import { openRuntime, type Device } from "../../src/engine/devices.js";
import { OrtBackend } from "../../src/engine/ort-backend.js";
import { TextEngine } from "../../src/engine/text-engine.js";
import { TextTokenizer } from "../../src/engine/tokenizer.js";

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

/** Tokenizer and backend of a folder; engines with different batch budgets can share them. */
export async function openParts(folder: string, threads = 1, device: Device = "cpu"): Promise<OpenedParts> {
  const checkpoint = await openLlama(folder);
  return {
    checkpoint,
    tokenizer: new TextTokenizer(checkpoint.tokenizerJson, checkpoint.tokenizerConfig, checkpoint.bosId),
    backend: new OrtBackend(await openRuntime(device), checkpoint, threads),
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

  score(batch: readonly Sequence[]): Promise<ScoredBatch> {
    this.scored.push(batch);
    return this.inner.score(batch);
  }

  generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    isDone: (row: number, ids: readonly number[]) => boolean,
  ): Promise<number[][]> {
    this.generated.push(contexts);
    return this.inner.generate(contexts, maxNewTokens, isDone);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

export function textEngine({ tokenizer, backend }: OpenedParts, batchTokens?: number): TextEngine {
  return new TextEngine(tokenizer, backend, batchTokens);
}
