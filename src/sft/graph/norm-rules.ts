/** Computes gradients of RMSNorm and LayerNorm over the last axis. */

import type { NodeGradient } from "./rule.js";
import type { Tape } from "./tape.js";

/** y = x r w with r = 1/sqrt(mean(x^2) + eps): dx = r (w dy - n mean(w dy n)), n = x r. */
export function rmsNormRule(at: NodeGradient): void {
  const { g, node } = at;
  const [x, weight] = node.inputs as [string, string];
  const deviation = node.outputs[1] as string;
  const normed = g.op("Mul", [x, deviation]);
  const product = g.op("Mul", [at.gradient, normed]);
  if (at.wants(1)) at.add(1, summed(g, product, weight));
  if (!at.wants(0)) return;
  const scaled = g.op("Mul", [at.gradient, weight]);
  const centred = g.op("Sub", [scaled, g.op("Mul", [normed, weightedMean(g, product, weight)])]);
  at.add(0, g.op("Mul", [centred, deviation]));
}

/** y = n w + b with n = (x - mean) r: dx = r (w dy - mean(w dy) - n mean(w dy n)). */
export function layerNormRule(at: NodeGradient): void {
  const { g, node } = at;
  const [x, weight, bias] = node.inputs as [string, string, string?];
  const [, mean, deviation] = node.outputs as [string, string, string];
  const normed = g.op("Mul", [g.op("Sub", [x, mean]), deviation]);
  const product = g.op("Mul", [at.gradient, normed]);
  if (at.wants(1)) at.add(1, summed(g, product, weight));
  if (bias !== undefined && at.wants(2)) at.add(2, summed(g, at.gradient, bias));
  if (!at.wants(0)) return;
  const scaled = g.op("Mul", [at.gradient, weight]);
  const along = g.op("Mul", [normed, weightedMean(g, product, weight)]);
  const centred = g.op("Sub", [g.op("Sub", [scaled, weightedMean(g, at.gradient, weight)]), along]);
  at.add(0, g.op("Mul", [centred, deviation]));
}

/** Computes the mean over the last axis of x times w, [..., 1]: one pass as a product with a vector. */
function weightedMean(g: Tape, x: string, weight: string): string {
  const size = g.op("Cast", [g.op("Size", [weight])], { to: { int: 1 } });
  const column = g.op("Unsqueeze", [g.op("Div", [weight, size]), g.int64([1])]);
  return g.op("MatMul", [x, column]);
}

/** Computes the sum over all axes but the last, in the shape of a weight [size]. */
function summed(g: Tape, x: string, weight: string): string {
  const size = g.op("Shape", [weight]);
  const rows = g.op("Reshape", [x, g.op("Concat", [g.int64([-1]), size], { axis: { int: 0 } })]);
  return g.op("ReduceSum", [rows, g.int64([0])], { keepdims: { int: 0 } });
}
