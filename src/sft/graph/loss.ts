/** Computes the loss: cross-entropy of the next token, and its gradient with respect to the logits. */

import { DataType } from "../../checkpoints/graph/onnx-proto.js";
import type { Tape } from "./tape.js";

export interface LossInputs {
  /** The right token of each row, int64 [R]. */
  readonly labels: string;
  /** What each row's loss is multiplied by, f32 [R]. */
  readonly weights: string;
}

/**
 * Adds the output `loss`, f32 []: sum over rows of weight * (log-sum-exp of the logits - logit of the label), in nats.
 * @param logits [R, vocabulary]
 * @returns the gradient of the loss with respect to the logits: weight * (softmax - one-hot)
 */
export function buildLoss(g: Tape, logits: string, { labels, weights }: LossInputs): string {
  const logProbabilities = g.op("LogSoftmax", [logits], { axis: { int: -1 } });
  const column = (x: string) => g.op("Unsqueeze", [x, g.int64([1])]);
  const index = column(labels);
  const weight = column(weights);
  const found = g.op("GatherElements", [logProbabilities, index], { axis: { int: 1 } });
  g.op("Neg", [g.op("ReduceSum", [g.op("Mul", [found, weight])], { keepdims: { int: 0 } })], {}, "loss");
  g.output({ name: "loss", type: DataType.FLOAT, shape: [] });
  const minusOne = g.op("Sub", [g.op("Mul", [weight, g.float32([0], [])]), g.float32([1], [])]);
  const difference = g.op("ScatterElements", [g.op("Exp", [logProbabilities]), index, minusOne], {
    axis: { int: 1 },
    reduction: { string: "add" },
  });
  return g.op("Mul", [difference, weight]);
}
