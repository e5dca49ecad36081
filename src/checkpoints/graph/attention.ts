/** Causal self-attention with grouped keys and values. */

import type { Attention } from "../model-spec.js";
import { DataType } from "../onnx-proto.js";
import type { Pieces } from "./pieces.js";
import type { Positions } from "./positions.js";

/** Names that every layer of a graph shares. */
export interface AttentionContext {
  readonly pieces: Pieces;
  readonly positions: Positions;
  /** Shape tensor [B, T] and its first element [B]. */
  readonly batchAndLength: string;
  readonly batch: string;
  /** With a past, keys and values of earlier calls are inputs and those of all calls outputs. */
  readonly withPast: boolean;
}

/**
 * @param x normed input, [B*T, hidden]
 * @param layer index of the layer, for the names of its cache
 * @returns [B*T, hidden]
 */
export function buildAttention(context: AttentionContext, x: string, attention: Attention, layer: number): string {
  const { pieces, positions, batchAndLength, batch } = context;
  const { g } = pieces;
  const { heads, keyValueHeads, headSize, rotary } = attention;
  const groups = heads / keyValueHeads;
  const projected = project(context, x, attention);

  const prepare = (flat: string, norm: Attention["queryNorm"], count: number) => {
    const width = count * headSize;
    const overAll = norm !== undefined && norm.kind !== "per-head" && norm.size === width && width !== headSize;
    const split = pieces.reshape(overAll ? pieces.norm(flat, norm) : flat, batchAndLength, [count, headSize]);
    const normed = overAll ? split : pieces.headNorm(split, norm);
    return rotary === undefined ? normed : positions.rotate(normed, rotary, headSize);
  };

  // Queries that share a key/value head are laid side by side: [B,KV,G*T,D], so keys are never repeated.
  const scaled = pieces.scale(prepare(projected.query, attention.queryNorm, heads), attention.scale);
  const byGroup = pieces.reshape(scaled, batchAndLength, [keyValueHeads, groups, headSize]);
  const grouped = g.op("Transpose", [byGroup], { perm: { ints: [0, 2, 3, 1, 4] } });
  const query = pieces.reshape(grouped, batch, [keyValueHeads, -1, headSize]);
  const byHead = { perm: { ints: [0, 2, 1, 3] } };
  let key = g.op("Transpose", [prepare(projected.key, attention.keyNorm, keyValueHeads)], byHead);
  let value = g.op("Transpose", [pieces.reshape(projected.value, batchAndLength, [keyValueHeads, headSize])], byHead);
  if (context.withPast) {
    key = appendPast(pieces, attention, `${layer}.key`, key);
    value = appendPast(pieces, attention, `${layer}.value`, value);
  }

  const raw = g.op("MatMul", [query, g.op("Transpose", [key], { perm: { ints: [0, 1, 3, 2] } })]);
  const shape = g.op("Shape", [grouped]);
  const perGroup = g.op("Slice", [shape, g.int64([0]), g.int64([4])]);
  let scores = pieces.softcap(pieces.reshape(raw, perGroup, [-1]), attention.softcap);
  if (attention.alibi !== undefined) {
    scores = g.op("Add", [scores, positions.linearBias(attention.alibi, keyValueHeads)]);
  }
  const masked = g.op("Add", [scores, positions.mask(attention.slidingWindow)]);
  const probabilities = g.op("Softmax", [masked], { axis: { int: -1 } });
  const mixed = g.op("MatMul", [g.op("Reshape", [probabilities, g.op("Shape", [raw])]), value]);
  const byPosition = g.op("Transpose", [g.op("Reshape", [mixed, shape])], { perm: { ints: [0, 3, 1, 2, 4] } });
  return pieces.linear(pieces.reshape(byPosition, [-1, heads * headSize]), attention.output);
}

/** Queries [B*T, heads*D], keys and values [B*T, KV*D]. */
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

/** Appends this call's keys or values to the past ones, and hands both on as an output. */
function appendPast({ g }: Pieces, { keyValueHeads, headSize }: Attention, name: string, current: string): string {
  const shape = (length: string) => ["B", keyValueHeads, length, headSize];
  g.input({ name: `past.${name}`, type: DataType.FLOAT, shape: shape("P") });
  const all = g.op("Concat", [`past.${name}`, current], { axis: { int: 2 } }, `present.${name}`);
  g.output({ name: all, type: DataType.FLOAT, shape: shape("S") });
  return all;
}
