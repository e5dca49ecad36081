/** Estimates what computing with a model costs, from its shape. */

import {
  attentionLinears,
  mlpLinears,
  type Linear,
  type ModelSpec,
} from "../../checkpoints/architectures/model-spec.js";
import type { CostModel } from "./tree-plan.js";

/** Sets the least packed tokens whose time a run of the model takes: the weights are read whatever is in it. */
const RUN_TOKENS = 48;

/** Counts the multiply-adds of one token in the linear maps of all layers. */
export function linearSize({ layers }: ModelSpec): number {
  const size = ({ inputs, outputs }: Linear) => inputs * outputs;
  return layers
    .flatMap(({ attention, mlp }) => [...attentionLinears(attention), ...mlpLinears(mlp)])
    .reduce((total, linear) => total + size(linear), 0);
}

/** Counts the multiply-adds of one query against one key, in all layers: its score, and its share of the value. */
export function pairSize({ layers }: ModelSpec): number {
  return layers.reduce((total, { attention: { heads, headSize } }) => total + 2 * heads * headSize, 0);
}

export function costModel(model: ModelSpec): CostModel {
  return { pair: pairSize(model) / linearSize(model), run: RUN_TOKENS };
}

/**
 * Returns the text length beyond which a model's rotary embedding changes with the length; infinity where it never
 * does.
 */
export function rotaryChangesAt({ layers }: ModelSpec): number {
  const lengths = layers.flatMap(({ attention: { rotary } }) => [
    rotary?.long?.longerThan ?? Infinity,
    rotary?.dynamic?.longerThan ?? Infinity,
  ]);
  return Math.min(...lengths);
}
