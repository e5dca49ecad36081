/** Chooses the next token of each row: the most likely one, or one that is drawn. */

import { randomStream, type Random } from "../../base/random.js";
import type { Draw } from "../backends/backend.js";
import type { PackedOutput, Wanted } from "./packed-model.js";

export class NextTokens {
  /** What a run of the model has to give. */
  readonly wanted: Wanted;
  private readonly streams = new Map<number, Random>();

  /** @param draws by row; undefined where all are greedy */
  constructor(private readonly draws: readonly (Draw | undefined)[] | undefined) {
    this.wanted = { keep: true, choose: true, draw: draws !== undefined };
  }

  /**
   * Returns the next token of a row.
   * @param asked place of the row among those that the run was asked for
   */
  of(row: number, asked: number, { argmax, logits }: Pick<PackedOutput, "argmax" | "logits">): number {
    const draw = this.draws?.[row];
    if (draw === undefined) return Number(argmax[asked]);
    const stream = this.streams.get(row) ?? randomStream("token", draw.seed);
    this.streams.set(row, stream);
    const columns = argmax.length;
    return drawnToken(logits, { first: asked, step: columns }, draw.temperature, stream());
  }
}

/**
 * Draws a token from softmax(logits / temperature): the first whose cumulative probability is above a uniform number.
 * @param logits of which every `step`-th from `first` on is a token's
 * @param uniform in [0, 1)
 */
export function drawnToken(
  logits: Float32Array,
  { first, step }: { readonly first: number; readonly step: number },
  temperature: number,
  uniform: number,
): number {
  let largest = -Infinity;
  for (let at = first; at < logits.length; at += step) largest = Math.max(largest, logits[at] as number);
  const weights = Float64Array.from({ length: Math.ceil((logits.length - first) / step) }, (_, token) =>
    Math.exp(((logits[first + token * step] as number) - largest) / temperature),
  );
  let [left, last] = [uniform * weights.reduce((sum, own) => sum + own, 0), 0];
  for (const [token, own] of weights.entries()) {
    if (own > 0) last = token;
    left -= own;
    if (left < 0) return token;
  }
  // Rounding may leave a rest after the last token.
  return last;
}
