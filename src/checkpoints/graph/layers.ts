/** Builds what every graph of a model has in common: the embedding and the layers. */

import type { Layer, ModelSpec } from "../architectures/model-spec.js";
import { buildAttention, type AttentionContext } from "./attention.js";
import { buildMlp } from "./mlp.js";
import type { Pieces } from "./pieces.js";

/** Tells whether the rotary embedding of a token depends on how long its text is. */
export function dependsOnLength({ layers }: ModelSpec): boolean {
  return layers.some(({ attention: { rotary } }) => rotary?.long !== undefined || rotary?.dynamic !== undefined);
}

/** Computes token embeddings, and learned positions where the model has them: [N, hidden]. */
export function embed(
  pieces: Pieces,
  { embedding, vocabSize, hiddenSize }: ModelSpec,
  ids: string,
  positions: string,
): string {
  const { g, weights } = pieces;
  const tokens = weights.embed(embedding.weight, [vocabSize, embedding.size], ids);
  let x = pieces.scale(tokens, embedding.scale);
  if (embedding.project !== undefined) x = pieces.linear(x, embedding.project);
  if (embedding.positions !== undefined) {
    const { weight, offset, rows } = embedding.positions;
    const index = offset === 0 ? positions : g.op("Add", [positions, g.int64([offset])]);
    x = g.op("Add", [x, weights.embed(weight, [rows, hiddenSize], index)]);
  }
  return pieces.norm(x, embedding.norm);
}

/** @returns hidden states after the layer, [N, hidden] */
export function buildLayer(
  context: AttentionContext,
  x: string,
  { attention, mlp, block }: Layer,
  index: number,
): string {
  const { pieces } = context;
  const { g } = pieces;
  const runMlp = (input: string) => buildMlp(pieces, input, mlp);
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
    const output = pieces.scale(pieces.norm(inner(normed), norms[1]), block.residualScale);
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
