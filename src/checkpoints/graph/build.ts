/**
 * Builds the ONNX graph of a checkpoint in memory. The weights stay in their files: the graph's initializers point into
 * them, and 16-bit weights are widened to f32 when the session is created.
 */

import type { Layer, ModelSpec } from "../model-spec.js";
import { DataType, GraphBuilder } from "../onnx-proto.js";
import type { TensorLocation } from "../tensors.js";
import { buildAttention, type AttentionContext } from "./attention.js";
import { LowRank } from "./low-rank.js";
import { Pieces } from "./pieces.js";
import { Positions } from "./positions.js";
import { Weights } from "./weights.js";

/**
 * The two graphs over one set of weights.
 * - `score`: input_ids [B,T], positions [B,T], rows [N] (indices into B*T), targets [M,2] (row of N, token id)
 *   -> logprobs [M] in nats, argmax [N].
 * - `generate`: input_ids [B,T], positions [B,T], key_positions [B,P+T], rows [B], past.{l}.key|value [B,KV,P,D]
 *   -> argmax [B], present.{l}.key|value [B,KV,P+T,D].
 *
 * A key is visible to a query when its position is not greater than the query's. Padding has a position larger than
 * any real one, so no separate mask is needed.
 */
export type GraphKind = "score" | "generate";

/**
 * Builds the graph of the given kind.
 * @param source the checkpoint's folder, for messages
 * @param adapted stored weights that adapters add to; the graph then takes {@link lowRankInputs} for each of them
 * @returns the bytes of an ONNX model, and the names of the stored tensors it uses
 * @throws UserError when a tensor is missing, or its shape or type is not what the model needs
 */
export function buildGraph(
  model: ModelSpec,
  tensors: ReadonlyMap<string, TensorLocation>,
  kind: GraphKind,
  source: string,
  adapted: ReadonlySet<string> = new Set(),
): { readonly bytes: Uint8Array; readonly used: ReadonlySet<string> } {
  const g = new GraphBuilder();
  const weights = new Weights(g, tensors, source);
  const pieces = new Pieces(g, weights, new LowRank(g, adapted));
  const keys = kind === "score" ? "positions" : "key_positions";
  g.input({ name: "input_ids", type: DataType.INT64, shape: ["B", "T"] });
  g.input({ name: "positions", type: DataType.INT64, shape: ["B", "T"] });
  if (kind === "generate") g.input({ name: keys, type: DataType.INT64, shape: ["B", "S"] });
  g.input({ name: "rows", type: DataType.INT64, shape: ["N"] });

  const batchAndLength = g.op("Shape", ["input_ids"]);
  const context: AttentionContext = {
    pieces,
    positions: new Positions(pieces, "positions", keys),
    batchAndLength,
    batch: g.op("Gather", [batchAndLength, g.int64([0])]),
    withPast: kind === "generate",
  };
  let x = embed(pieces, model);
  model.layers.forEach((layer, index) => {
    x = buildLayer(context, x, layer, index);
  });

  // Only the wanted positions reach the final norm and the LM head.
  let last = pieces.norm(g.op("Gather", [x, "rows"]), model.finalNorm);
  if (model.projectOut !== undefined) last = pieces.linear(last, model.projectOut);
  const { head } = model;
  const logits = pieces.softcap(pieces.scale(pieces.linear(last, head.linear), head.scale), head.softcap);
  if (kind === "score") {
    g.input({ name: "targets", type: DataType.INT64, shape: ["M", 2] });
    g.op("GatherND", [g.op("LogSoftmax", [logits], { axis: { int: -1 } }), "targets"], {}, "logprobs");
    g.output({ name: "logprobs", type: DataType.FLOAT, shape: ["M"] });
  }
  g.op("ArgMax", [logits], { axis: { int: -1 }, keepdims: { int: 0 } }, "argmax");
  g.output({ name: "argmax", type: DataType.INT64, shape: ["N"] });
  return { bytes: g.encode(), used: weights.used };
}

/** Token embeddings, and learned positions where the model has them: [B*T, hidden]. */
function embed(pieces: Pieces, { embedding, vocabSize, hiddenSize }: ModelSpec): string {
  const { g, weights } = pieces;
  const tokens = weights.embed(embedding.weight, [vocabSize, embedding.size], "input_ids");
  let x = pieces.scale(pieces.reshape(tokens, [-1, embedding.size]), embedding.scale);
  if (embedding.project !== undefined) x = pieces.linear(x, embedding.project);
  if (embedding.positions !== undefined) {
    const { weight, offset, rows } = embedding.positions;
    // Padding's position lies outside the table; any row will do for it.
    const inside = g.op("Min", [g.op("Add", ["positions", g.int64([offset])]), g.int64([rows - 1])]);
    x = g.op("Add", [x, pieces.reshape(weights.embed(weight, [rows, hiddenSize], inside), [-1, hiddenSize])]);
  }
  return pieces.norm(x, embedding.norm);
}

function buildLayer(context: AttentionContext, x: string, { attention, mlp, block }: Layer, index: number): string {
  const { pieces } = context;
  const { g } = pieces;
  const runMlp = (input: string) => {
    const up = pieces.linear(input, mlp.up);
    const inner =
      mlp.kind === "gated"
        ? g.op("Mul", [pieces.activate(pieces.linear(input, mlp.gate), mlp.activation), up])
        : pieces.activate(up, mlp.activation);
    return pieces.linear(inner, mlp.down);
  };
  if (block.kind === "parallel") {
    const normed = pieces.norm(x, block.attentionNorm);
    const attended = buildAttention(context, normed, attention, index);
    const fed = runMlp(block.mlpNorm === undefined ? normed : pieces.norm(x, block.mlpNorm));
    return g.op("Add", [g.op("Add", [x, attended]), fed]);
  }
  const step = (
    input: string,
    inner: (normed: string) => string,
    norms: [typeof block.mlpNorm, typeof block.mlpNorm, typeof block.mlpNorm],
  ) => {
    const normed = pieces.norm(input, norms[0]);
    const output = pieces.norm(inner(normed), norms[1]);
    const residual = block.residualFromNorm === true ? normed : input;
    return pieces.norm(g.op("Add", [residual, output]), norms[2]);
  };
  const { attentionNorm, attentionOutputNorm, attentionResidualNorm, mlpNorm, mlpOutputNorm, mlpResidualNorm } = block;
  const middle = step(x, (normed) => buildAttention(context, normed, attention, index), [
    attentionNorm,
    attentionOutputNorm,
    attentionResidualNorm,
  ]);
  return step(middle, runMlp, [mlpNorm, mlpOutputNorm, mlpResidualNorm]);
}
