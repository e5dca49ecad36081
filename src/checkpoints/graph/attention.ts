/** Causal self-attention with grouped keys and values. */

import type { Attention } from "../model-spec.js";
import { DataType } from "../onnx-proto.js";
import { cacheNames } from "./cache-names.js";
import type { Pieces } from "./pieces.js";
import type { Positions } from "./positions.js";

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
  const keys = withPast(context, attention, layer, "key", key, batch);
  const values = withPast(context, attention, layer, "value", value, batch);

  const raw = g.op("MatMul", [queries, g.op("Transpose", [keys], { perm: { ints: [0, 1, 3, 2] } })]);
  const shape = g.op("Shape", [grouped]);
  const perGroup = g.op("Slice", [shape, g.int64([0]), g.int64([4])]);
  let scores = pieces.softcap(pieces.reshape(raw, perGroup, [-1]), attention.softcap);
  if (attention.alibi !== undefined) {
    scores = g.op("Add", [scores, positions.linearBias(attention.alibi, keyValueHeads)]);
  }
  const masked = g.op("Add", [scores, positions.mask(attention.slidingWindow)]);
  const probabilities = g.op("Softmax", [masked], { axis: { int: -1 } });
  const mixed = g.op("MatMul", [g.op("Reshape", [probabilities, g.op("Shape", [raw])]), values]);
  const bySlot = g.op("Transpose", [g.op("Reshape", [mixed, shape])], { perm: { ints: [0, 3, 1, 2, 4] } });
  const flat = g.op("Gather", [pieces.reshape(bySlot, [-1, heads * headSize]), places]);
  return pieces.linear(flat, attention.output);
}

/**
 * Keys or values of prefix, past and block, [B,KV,P+S+K,D]; those that are to be kept become an output.
 * @param current of the packed tokens, [N,KV,D]
 */
function withPast(
  { pieces, keySlots, keep }: AttentionContext,
  { keyValueHeads, headSize }: Attention,
  layer: number,
  part: "key" | "value",
  current: string,
  batch: string,
): string {
  const { g } = pieces;
  const names = cacheNames(layer, part);
  const byHead = { perm: { ints: [0, 2, 1, 3] } };
  const kept = g.op("Unsqueeze", [g.op("Gather", [current, keep]), g.int64([0])]);
  g.op("Transpose", [kept], byHead, names.kept);
  g.output({ name: names.kept, type: DataType.FLOAT, shape: [1, keyValueHeads, "Q", headSize] });
  g.input({ name: names.prefix, type: DataType.FLOAT, shape: [1, keyValueHeads, "P", headSize] });
  g.input({ name: names.past, type: DataType.FLOAT, shape: ["B", keyValueHeads, "S", headSize] });
  const everyRow = g.op("Concat", [batch, g.int64([1, 1, 1])], { axis: { int: 0 } });
  const block = g.op("Transpose", [g.op("Gather", [current, keySlots])], byHead);
  return g.op("Concat", [g.op("Expand", [names.prefix, everyRow]), names.past, block], { axis: { int: 2 } });
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
      const [query, key, value] = pieces.split(clipped(pieces.linear(x, projection.linear)), widths, -1) as [
        string,
        string,
        string,
      ];
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
      const parts = pieces.split(all, [perGroup, 1, 1], 2);
      const [query, key, value] = parts.map((part, i) => pieces.reshape(part, [-1, widths[i] as number])) as [
        string,
        string,
        string,
      ];
      return { query, key, value };
    }
  }
}
