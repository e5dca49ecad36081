/** Decides where a context ends and its continuation begins, in tokens. */

import { withoutTrailingSpace, type ContextEncoder } from "./tokenizer.js";

export interface EncodedPair {
  readonly contextIds: number[];
  /** At least one token. */
  readonly continuationIds: number[];
  /** True when a token spans the boundary: the context's own encoding is not a prefix of the whole's. */
  readonly merged: boolean;
}

/**
 * Encodes a context and its continuation by the pair rule of lm-evaluation-harness: white space at the end of the
 * context moves to the continuation; context and whole are encoded; the continuation is what the whole has beyond the
 * context's length.
 *
 * Guard: when a merge across the boundary leaves the continuation without a token, both sides are taken from the
 * whole, cut after the longest part it shares with the context, so that at least one token is scored.
 */
export function encodePair(tokenizer: ContextEncoder, context: string, continuation: string): EncodedPair {
  const trimmed = withoutTrailingSpace(context);
  return splitPair(tokenizer, tokenizer.encodeContext(trimmed), trimmed, context.slice(trimmed.length) + continuation);
}

/** Applies {@link encodePair} to a context already trimmed and encoded. */
export function splitPair(
  tokenizer: ContextEncoder,
  contextIds: number[],
  trimmedContext: string,
  continuation: string,
): EncodedPair {
  const whole = tokenizer.encodeContext(trimmedContext + continuation);
  if (trimmedContext === "") return { contextIds, continuationIds: tokenizer.encode(continuation), merged: false };
  let shared = 0;
  while (shared < contextIds.length && contextIds[shared] === whole[shared]) shared++;
  const merged = shared < contextIds.length;
  const continuationIds = whole.slice(contextIds.length);
  if (continuationIds.length > 0) return { contextIds, continuationIds, merged };
  const cut = Math.min(shared, whole.length - 1);
  // Nothing shared: the whole is scored as after an empty context.
  const head = cut === 0 ? tokenizer.encodeContext("") : whole.slice(0, cut);
  return { contextIds: head, continuationIds: whole.slice(cut), merged: true };
}
