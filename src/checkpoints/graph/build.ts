/**
 * Builds the ONNX graph of a checkpoint in memory. The weights stay in their files: the graph's initializers point into
 * them, and 16-bit weights are widened to f32 when the session is created, or in turn where that is asked for.
 */

import type { ModelSpec } from "../architectures/model-spec.js";
import { DataType, GraphBuilder } from "./onnx-proto.js";
import type { TensorLocation } from "../files/tensors.js";
import type { AttentionContext } from "./attention.js";
import { cacheNames } from "./cache-names.js";
import { cachedLayout } from "./cached-layout.js";
import { buildHead } from "./head.js";
import { buildLayer, dependsOnLength, embed } from "./layers.js";
import { LowRank } from "./low-rank.js";
import { Pieces } from "./pieces.js";
import { Positions } from "./positions.js";
import { type Widening, Weights } from "./weights.js";

export interface GraphOptions {
  /** Stored weights that adapters add to; the graph then takes {@link lowRankInputs} for each of them. */
  readonly adapted?: ReadonlySet<string>;
  /** True for a graph whose prefix is never empty: what is beyond the input prefix_length [1] is not seen. */
  readonly padded?: boolean;
  /** When 16-bit and 8-bit weights are made f32; once when left out. */
  readonly widening?: Widening;
}

/**
 * Builds the graph of a model. One graph scores, makes prefixes and generates, so that the weights, which ONNX Runtime
 * rearranges for speed, are in memory once.
 *
 * Tokens are packed: N tokens of all texts one after the other go through the linear maps without padding. Only around
 * attention they are laid out as a block of B rows of L slots; a row is a tree of texts with common beginnings, in
 * preorder, so that a token sees those before it in its row whose `seen_until` is not before its own slot.
 * All rows follow the same prefix; each may also have a past of its own.
 *
 * Inputs, int64 unless said: input_ids [N]; positions [N]; slots [B,L], the token in each slot (any token where a row
 * is shorter); key_slots [B,K], the same and more slots that are not seen; places [N], the slot b*L+l of each token;
 * seen_until [B,K]; past_positions [B,S]; prefix.{l}.key|value, f32 [1,KV,P,D]; past.{l}.key|value, f32 [B,KV,S,D];
 * rows [R], tokens whose successor is asked for; targets [M,2], pairs of an index into rows and a token id; choose [C],
 * indices into rows; draw [D], likewise; keep [Q], tokens whose keys and values are wanted; lengths, f32 [N], only in
 * models whose rotary embedding depends on the length of the text.
 *
 * Outputs: logprobs [M] and best [R], the largest log-probability of each row, in nats; argmax [C]; logits [V,D];
 * kept.{l}.key|value [1,KV,Q,D].
 * @param source the checkpoint's folder, for messages
 * @returns the bytes of an ONNX model, and the names of the stored tensors it uses
 * @throws UserError when a tensor is missing, or its shape or type is not what the model needs
 */
export function buildGraph(
  model: ModelSpec,
  tensors: ReadonlyMap<string, TensorLocation>,
  source: string,
  { adapted = new Set(), padded = false, widening = "once" }: GraphOptions = {},
): { readonly bytes: Uint8Array; readonly used: ReadonlySet<string> } {
  const g = new GraphBuilder();
  const weights = new Weights(g, tensors, source, widening);
  const pieces = new Pieces(g, weights, new LowRank(g, adapted));
  const int64 = (name: string, ...shape: (string | number)[]) => g.input({ name, type: DataType.INT64, shape });
  const ids = int64("input_ids", "N");
  const positions = int64("positions", "N");
  const slots = int64("slots", "B", "L");
  const keySlots = int64("key_slots", "B", "K");
  const places = int64("places", "N");
  const seenUntil = int64("seen_until", "B", "K");
  const pastPositions = int64("past_positions", "B", "S");
  const rows = int64("rows", "R");
  const targets = int64("targets", "M", 2);
  const choose = int64("choose", "C");
  const draw = int64("draw", "D");
  const keep = int64("keep", "Q");
  const lengths = "lengths";
  const prefixLength = "prefix_length";
  if (padded) int64(prefixLength, 1);
  if (dependsOnLength(model)) g.input({ name: lengths, type: DataType.FLOAT, shape: ["N"] });

  const context: AttentionContext = {
    pieces,
    positions: new Positions(pieces, {
      positions,
      slots,
      keySlots,
      seenUntil,
      earlier: { pastPositions, prefixKeys: cacheNames(0, "key").prefix, ...(padded && { prefixLength }) },
      lengths,
    }),
    layout: cachedLayout(pieces, { slots, keySlots, places, keep }),
  };
  let x = embed(pieces, model, ids, positions);
  model.layers.forEach((layer, index) => {
    x = buildLayer(context, x, layer, index);
  });

  // Only the wanted positions reach the final norm and the LM head.
  let last = pieces.norm(g.op("Gather", [x, rows]), model.finalNorm);
  if (model.projectOut !== undefined) last = pieces.linear(last, model.projectOut);
  buildHead(pieces, model, last, { targets, choose, draw });
  return { bytes: g.encode(), used: weights.used };
}
