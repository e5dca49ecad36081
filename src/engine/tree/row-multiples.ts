/** Computes how many rows make a whole number of vectors in every matrix of a model. */

import { VOCABULARY_PART } from "../../checkpoints/graph/head.js";
import { innerWidth, type ModelSpec } from "../../checkpoints/architectures/model-spec.js";
import type { RowMultiples } from "./packing.js";

/** Sets how many f32 numbers the widest vector register of a CPU holds. */
const VECTOR = 16;

export function rowMultiples({ hiddenSize, layers, vocabSize }: ModelSpec): RowMultiples {
  const widths = layers.flatMap(({ attention: { heads, keyValueHeads, headSize }, mlp }) => [
    heads * headSize,
    keyValueHeads * headSize,
    innerWidth(mlp),
  ]);
  const lastPart = vocabSize % VOCABULARY_PART;
  return { tokens: Math.max(...[hiddenSize, ...widths].map(rowsFor)), asks: rowsFor(lastPart) };
}

/** Returns the fewest rows of a width that fill whole vectors. */
function rowsFor(width: number): number {
  let rows = 1;
  while ((rows * width) % VECTOR !== 0) rows *= 2;
  return rows;
}
