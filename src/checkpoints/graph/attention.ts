/** Computes causal self-attention with grouped keys and values. */

import type { Attention } from "../architectures/model-spec.js";
import type { Pieces } from "./pieces.js";
import type { KeyPart, Positions } from "./positions.js";

/** Says how the tokens, which are packed elsewhere, stand in rows around attention. */
export interface AttentionLayout {
  /** Shape tensor [B,L]: rows, and slots of a row. */
  readonly blockShape: string;
  /** From packed tokens [N,...sizes] to rows [B,L,...to]. */
  readonly inRows: (x: string, to: readonly number[]) => string;
  /** From slots [B*L,width] back to packed tokens [N,width]. */
  readonly packed: (x: string) => string;
  /**
   * Keys or values of all that queries may see, by where they lie: each [B,KV,n,D], or [1,KV,n,D] if rows share them.
   * @param current of the packed tokens, [N,KV,D]
   */
  readonly seen: (
    current: string,
    attention: Attention,
    layer: number,
    kind: "key" | "value",
  ) => ReadonlyMap<KeyPart, string>;
}

/** Holds what every layer of a graph shares. */
export interface AttentionContext {
  readonly pieces: Pieces;
  readonly positions: Positions;
  readonly layout: AttentionLayout;
}

/**
 * @param x normed input, [N, hidden]
 * @param layer index of the layer, for the names of its cache
 * @returns [N, hidden]
 */
export function buildAttention(context: AttentionContext, x: string, attention: Attention, layer: number): string {
  const { pieces, positions, layout } = context;
  const { g } = pieces;
  const { heads, keyValueHeads, headSize, rotary } = attention;
  const groups = heads / keyValueHeads;
  const projected = project(context, x, attention);
  const { clip } = attention;
  const clipped = (y: string) =>
    clip === undefined ? y : g.op("Clip", [y, g.float32([-clip], []), g.float32([clip], [])]);

  const prepare = (flat: string, norm: Attention["queryNorm"], count: number) => {
    const width = count * headSize;
    const overAll = norm !== undefined && norm.kind !== "per-head" && norm.size === width && width !== headSize;
    const split = pieces.reshape(overAll ? pieces.norm(flat, norm) : flat, [-1, count, headSize]);
    const normed = clipped(overAll ? split : pieces.headNorm(split, norm));
    return rotary === undefined ? normed : positions.rotate(normed, rotary, headSize);
  };
  const prepared = prepare(projected.query, attention.queryNorm, heads);
  const query = pieces.scale(positions.queryScaled(prepared, attention.queryScale), attention.scale);
  const key = prepare(projected.key, attention.keyNorm, keyValueHeads);
  const value = pieces.reshape(clipped(projected.value), [-1, keyValueHeads, headSize]);

  // Queries that share a key/value head are laid side by side: [B,KV,G*L,D], so keys are never repeated.
  const block = layout.inRows(query, [keyValueHeads, groups, headSize]);
  const grouped = g.op("Transpose", [block], { perm: { ints: [0, 2, 3, 1, 4] } });
  const batch = g.op("Slice", [layout.blockShape, g.int64([0]), g.int64([1])]);
  const queries = pieces.reshape(grouped, batch, [keyValueHeads, -1, headSize]);
  const keys = layout.seen(key, attention, layer, "key");
  const values = layout.seen(value, attention, layer, "value");

  // Scores are put together, keys and values are not: those of the prefix are broadcast over the rows, and nothing that
  // is known already is copied.
  const shape = g.op("Shape", [grouped]);
  const perGroup = g.op("Slice", [shape, g.int64([0]), g.int64([4])]);
  const parts = [...keys].map(([part, key]) => {
    const raw = g.op("MatMul", [queries, g.op("Transpose", [key], { perm: { ints: [0, 1, 3, 2] } })]);
    let score = pieces.softcap(pieces.reshape(raw, perGroup, [-1]), attention.softcap);
    if (attention.alibi !== undefined) {
      score = g.op("Add", [score, positions.linearBias(part, attention.alibi, keyValueHeads)]);
    }
    const mask = positions.mask(part, attention.slidingWindow);
    return { part, raw, score: mask === undefined ? score : g.op("Add", [score, mask]) };
  });
  const lastAxis = { axis: { int: -1 } };
  const scores = parts.map(({ score }) => score);
  const together = scores.length === 1 ? (scores[0] as string) : g.op("Concat", scores, lastAxis);
  const all = g.op("Softmax", [together], lastAxis);
  const probabilities = parts.length === 1 ? [all] : pieces.split(all, positions.keyCounts(), parts.length, -1);
  const mixed = parts
    .map(({ part, raw }, i) => {
      // A part may be empty: its size of zero is meant.
      const rows = g.op("Reshape", [probabilities[i] as string, g.op("Shape", [raw])], { allowzero: { int: 1 } });
      return g.op("MatMul", [rows, values.get(part) as string]);
    })
    .reduce((sum, one) => g.op("Add", [sum, one]));
  const bySlot = g.op("Transpose", [g.op("Reshape", [mixed, shape])], { perm: { ints: [0, 3, 1, 2, 4] } });
  const flat = layout.packed(pieces.reshape(bySlot, [-1, heads * headSize]));
  return pieces.linear(flat, attention.output);
}

/** Queries [N, heads*D], keys and values [N, KV*D]. */
function project(
  { pieces }: AttentionContext,
  x: string,
  { projection, heads, keyValueHeads, headSize }: Attention,
): { query: string; key: string; value: string } {
  const { g } = pieces;
  const widths = [heads * headSize, keyValueHeads * headSize, keyValueHeads * headSize];
  switch (projection.kind) {
    case "separate":
      return {
        query: pieces.linear(x, projection.query),
        key: pieces.linear(x, projection.key),
        value: pieces.linear(x, projection.value),
      };
    case "concatenated": {
      const [query, key, value] = pieces.split(pieces.linear(x, projection.linear), g.int64(widths), 3, -1) as [
        string,
        string,
        string,
      ];
      return { query, key, value };
    }
    case "grouped": {
      const perGroup = heads / keyValueHeads;
      const all = pieces.reshape(pieces.linear(x, projection.linear), [-1, keyValueHeads, perGroup + 2, headSize]);
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
