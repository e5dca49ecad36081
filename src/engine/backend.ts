/** What runs token ids through a checkpoint. Engines put text on top of it. */

import type { Sequence } from "./batch.js";

/** Log-probabilities (nats) and argmax ids, one entry per target, sequence by sequence in the order given. */
export interface ScoredBatch {
  readonly logprobs: ArrayLike<number>;
  readonly argmax: ArrayLike<number>;
}

export interface Backend {
  /** Context window in tokens. */
  readonly window: number;
  /** Ids that end a generation. */
  readonly eosIds: readonly number[];
  /** Runs sequences of any lengths together; padding never changes a result. */
  score(batch: readonly Sequence[]): Promise<ScoredBatch>;
  /**
   * Greedy continuations of contexts, at most `maxNewTokens[row]` tokens each.
   * @param isDone called after each new token of a row with all its new ids; true ends the row
   */
  generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    isDone: (row: number, ids: readonly number[]) => boolean,
  ): Promise<number[][]>;
  close(): Promise<void>;
}
