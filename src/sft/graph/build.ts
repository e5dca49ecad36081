/** Builds the graph that trains a model: forward from the pieces that score, loss, and the gradient of every weight. */

import type { AttentionContext, AttentionLayout } from "../../checkpoints/graph/attention.js";
import { buildLayer, dependsOnLength, embed } from "../../checkpoints/graph/layers.js";
import { Pieces } from "../../checkpoints/graph/pieces.js";
import { Positions } from "../../checkpoints/graph/positions.js";
import type { ModelSpec } from "../../checkpoints/architectures/model-spec.js";
import { DataType } from "../../checkpoints/graph/onnx-proto.js";
import { differentiate } from "./backward.js";
import { buildLoss } from "./loss.js";
import { Tape } from "./tape.js";
import { TrainedLowRank, type LowRankOptions } from "./trained-low-rank.js";
import { TrainedWeights } from "./trained-weights.js";

export interface TrainingGraph {
  /** An ONNX model. */
  readonly bytes: Uint8Array;
  /** Shapes of the weights, which are inputs under their stored names. */
  readonly weights: ReadonlyMap<string, readonly number[]>;
  /** Shapes of an adapter's matrices, likewise; empty where there is none. */
  readonly adapters: ReadonlyMap<string, readonly number[]>;
  /** Name of the output that is the gradient of each trained parameter. */
  readonly gradients: ReadonlyMap<string, string>;
}

/**
 * Builds the training graph. The tokens are B rows of L slots, N = B*L, padding included; a row holds one text after
 * the other, and a text sees itself only. The gradients are those of the sum over R rows of loss_weights times
 * cross-entropy.
 *
 * Inputs, int64 unless said: input_ids [N]; positions [N], each text's own from 0; slots [B,L] = 0 .. N-1; seen_until
 * [B,L], the last slot of the text that a slot is in; rows [R], tokens whose successor counts; labels [R], those
 * successors; loss_weights, f32 [R]; lengths, f32 [N], length of each token's text, only in models whose rotary
 * embedding depends on it; every weight, f32 under its stored name. Outputs: loss, f32 []; the gradients.
 * @param stored shape of a stored tensor
 * @param lowRank an adapter that is trained instead of the weights
 * @param withGradients false for a graph that has the loss only
 * @throws TypeError naming an op that no gradient rule is known of
 */
export function buildTrainingGraph(
  model: ModelSpec,
  stored: (name: string) => readonly number[] | undefined,
  { lowRank, withGradients = true }: { readonly lowRank?: LowRankOptions; readonly withGradients?: boolean } = {},
): TrainingGraph {
  const g = new Tape();
  const weights = new TrainedWeights(g, stored);
  const adapter = new TrainedLowRank(g, lowRank);
  const pieces = new Pieces(g, weights, adapter);
  const int64 = (name: string, ...shape: (string | number)[]) => g.input({ name, type: DataType.INT64, shape });
  const ids = int64("input_ids", "N");
  const positions = int64("positions", "N");
  const slots = int64("slots", "B", "L");
  const seenUntil = int64("seen_until", "B", "L");
  const rows = int64("rows", "R");
  const labels = int64("labels", "R");
  const lossWeights = g.input({ name: "loss_weights", type: DataType.FLOAT, shape: ["R"] });
  const lengths = "lengths";
  if (dependsOnLength(model)) g.input({ name: lengths, type: DataType.FLOAT, shape: ["N"] });
  const context: AttentionContext = {
    pieces,
    positions: new Positions(pieces, { positions, slots, keySlots: slots, seenUntil, lengths }),
    layout: rowLayout(pieces, slots),
  };
  let x = embed(pieces, model, ids, positions);
  model.layers.forEach((layer, index) => {
    x = buildLayer(context, x, layer, index);
  });
  let last = pieces.norm(g.op("Gather", [x, rows]), model.finalNorm);
  if (model.projectOut !== undefined) last = pieces.linear(last, model.projectOut);
  const { linear, scale, softcap } = model.head;
  const logits = pieces.softcap(pieces.scale(pieces.linear(last, linear), scale), softcap);
  const forward = [...g.nodes];
  const logitsGradient = buildLoss(g, logits, { labels, weights: lossWeights });
  const trained = lowRank === undefined ? weights.shapes : adapter.shapes;
  const seeds = new Map([[logits, logitsGradient]]);
  const gradients = withGradients ? differentiate(g, forward, seeds, trained.keys()) : new Map<string, string>();
  for (const [name, gradient] of gradients) {
    g.output({ name: gradient, type: DataType.FLOAT, shape: trained.get(name) as readonly number[] });
  }
  return {
    bytes: g.encode(),
    weights: new Map([...weights.shapes, ...weights.fixedShapes]),
    adapters: adapter.shapes,
    gradients,
  };
}

/** Lays rows out as they are: nothing is gathered, so nothing needs to be scattered back. */
function rowLayout(pieces: Pieces, slots: string): AttentionLayout {
  const { g } = pieces;
  const blockShape = g.op("Shape", [slots]);
  const inRows = (x: string, to: readonly number[]) => pieces.reshape(x, blockShape, to);
  return {
    blockShape,
    inRows,
    packed: (x) => x,
    seen: (current, { keyValueHeads, headSize }) =>
      new Map([
        ["block", g.op("Transpose", [inRows(current, [keyValueHeads, headSize])], { perm: { ints: [0, 2, 1, 3] } })],
      ]),
  };
}
