/** Causal self-attention with grouped keys and values. */

import type { Attention } from "../model-spec.js";
import { DataType } from "../onnx-proto.js";
import { cacheNames } from "./cache-names.js";
import type { Pieces } from "./pieces.js";
import { KEY_PARTS, type KeyPart, type Positions } from "./positions.js";

/** Names that every layer of a graph shares. */
export interface AttentionContext {
  readonly pieces: Pieces;
  readonly positions: Positions;
  /** The token in each slot of the attention block, of queries [B,L] and of keys [B,K], and the slot of each token [N]. */
  readonly slots: string;
  readonly keySlots: string;
  readonly places: string;
  /** Tokens whose keys and values are an output [Q]. */
  readonly keep: string;
  /** Shape tensor [B,L]. */
  readonly blockShape: string;
}

/**
 * @param x normed input, [N, hidden]
 * @param layer index of the layer, for the names of its cache
 * @returns [N, hidden]
 */
export function buildAttention(context: AttentionContext, x: string, attention: Attention, layer: number): string {
  const { pieces, positions, slots, places, blockShape } = context;
  const { g } = pieces;
  const { heads, keyValueHeads, headSize, rotary } = attention;
  const groups = heads / keyValueHeads;
  const projected = project(context, x, attention);

  const prepare = (flat: string, norm: Attention["queryNorm"], count: number) => {
    const width = count * headSize;
    const overAll = norm !== undefined && norm.kind !== "per-head" && norm.size === width && width !== headSize;
    const split = pieces.reshape(overAll ? pieces.norm(flat, norm) : flat, [-1, count, headSize]);
    const normed = overAll ? split : pieces.headNorm(split, norm);
    return rotary === undefined ? normed : positions.rotate(normed, rotary, headSize);
  };
  const query = pieces.scale(prepare(projected.query, attention.queryNorm, heads), attention.scale);
  const key = prepare(projected.key, attention.keyNorm, keyValueHeads);
  const value = pieces.reshape(projected.value, [-1, keyValueHeads, headSize]);

  // Queries that share a key/value head are laid side by side: [B,KV,G*L,D], so keys are never repeated.
  const block = pieces.reshape(g.op("Gather", [query, slots]), blockShape, [keyValueHeads, groups, headSize]);
  const grouped = g.op("Transpose", [block], { perm: { ints: [0, 2, 3, 1, 4] } });
  const batch = g.op("Slice", [blockShape, g.int64([0]), g.int64([1])]);
  const queries = pieces.reshape(grouped, batch, [keyValueHeads, -1, headSize]);
  const keys = cached(context, attention, layer, "key", key);
  const values = cached(context, attention, layer, "value", value);

  // Scores are put together, keys and values are not: those of the prefix are broadcast over the rows, and nothing that
  // is known already is copied.
  const shape = g.op("Shape", [grouped]);
  const perGroup = g.op("Slice", [shape, g.int64([0]), g.int64([4])]);
  const raw = KEY_PARTS.map((part) =>
    g.op("MatMul", [queries, g.op("Transpose", [keys[part]], { perm: { ints: [0, 1, 3, 2] } })]),
  );
  const scores = KEY_PARTS.map((part, i) => {
    let score = pieces.softcap(pieces.reshape(raw[i] as string, perGroup, [-1]), attention.softcap);
    if (attention.alibi !== undefined) {
      score = g.op("Add", [score, positions.linearBias(part, attention.alibi, keyValueHeads)]);
    }
    const mask = positions.mask(part, attention.slidingWindow);
    return mask === undefined ? score : g.op("Add", [score, mask]);
  });
  const probabilities = g.op("Softmax", [g.op("Concat", scores, { axis: { int: -1 } })], { axis: { int: -1 } });
  const ofPart = pieces.split(probabilities, positions.keyCounts(), KEY_PARTS.length, -1);
  const mixed = KEY_PARTS.map((part, i) => {
    // A part may be empty: its size of zero is meant.
    const rows = g.op("Reshape", [ofPart[i] as string, g.op("Shape", [raw[i] as string])], { allowzero: { int: 1 } });
    return g.op("MatMul", [rows, values[part]]);
  }).reduce((sum, one) => g.op("Add", [sum, one]));
  const bySlot = g.op("Transpose", [g.op("Reshape", [mixed, shape])], { perm: { ints: [0, 3, 1, 2, 4] } });
  const flat = g.op("Gather", [pieces.reshape(bySlot, [-1, heads * headSize]), places]);
  return pieces.linear(flat, attention.output);
}

/**
 * Keys or values of the prefix [1,KV,P,D], of each row's past [B,KV,S,D] and of the block [B,KV,K,D]; those that are to be
 * kept become an output.
 * @param current of the packed tokens, [N,KV,D]
 */
function cached(
  { pieces, keySlots, keep }: AttentionContext,
  { keyValueHeads, headSize }: Attention,
  layer: number,
  kind: "key" | "value",
  current: string,
): Record<KeyPart, string> {
  const { g } = pieces;
  const names = cacheNames(layer, kind);
  const byHead = { perm: { ints: [0, 2, 1, 3] } };
  const kept = g.op("Unsqueeze", [g.op("Gather", [current, keep]), g.int64([0])]);
  g.op("Transpose", [kept], byHead, names.kept);
  g.output({ name: names.kept, type: DataType.FLOAT, shape: [1, keyValueHeads, "Q", headSize] });
  g.input({ name: names.prefix, type: DataType.FLOAT, shape: [1, keyValueHeads, "P", headSize] });
  g.input({ name: names.past, type: DataType.FLOAT, shape: ["B", keyValueHeads, "S", headSize] });
  const block = g.op("Transpose", [g.op("Gather", [current, keySlots])], byHead);
  return { prefix: names.prefix, past: names.past, block };
}

/** Queries [N, heads*D], keys and values [N, KV*D]. */
function project(
  { pieces }: AttentionContext,
  x: string,
  { projection, heads, keyValueHeads, headSize, clip }: Attention,
): { query: string; key: string; value: string } {
  const { g } = pieces;
  const clipped = (y: string) =>
    clip === undefined ? y : g.op("Clip", [y, g.float32([-clip], []), g.float32([clip], [])]);
  const widths = [heads * headSize, keyValueHeads * headSize, keyValueHeads * headSize];
  switch (projection.kind) {
    case "separate":
      return {
        query: clipped(pieces.linear(x, projection.query)),
        key: clipped(pieces.linear(x, projection.key)),
        value: clipped(pieces.linear(x, projection.value)),
      };
    case "concatenated": {
      const [query, key, value] = pieces.split(
        clipped(pieces.linear(x, projection.linear)),
        g.int64(widths),
        3,
        -1,
      ) as [string, string, string];
      return { query, key, value };
    }
    case "grouped": {
      const perGroup = heads / keyValueHeads;
      const all = pieces.reshape(clipped(pieces.linear(x, projection.linear)), [
        -1,
        keyValueHeads,
        perGroup + 2,
        headSize,
      ]);
      const parts = pieces.split(all, g.int64([perGroup, 1, 1]), 3, 2);
      const [query, key, value] = parts.map((part, i) => pieces.reshape(part, [-1, widths[i] as number])) as [
        string,
        string,
        string,
      ];
      return { query, key, value };
    }
  }
}
