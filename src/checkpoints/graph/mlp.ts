/** Builds the MLP of a layer: one, or several of which each token goes through a few. */

import type { DenseMlp, Experts, Mlp } from "../architectures/model-spec.js";
import type { Pieces } from "./pieces.js";

/** @returns [N, hidden] of [N, hidden] */
export function buildMlp(pieces: Pieces, x: string, mlp: Mlp): string {
  return mlp.kind === "experts" ? mixture(pieces, x, mlp) : dense(pieces, x, mlp);
}

function dense(pieces: Pieces, x: string, mlp: DenseMlp): string {
  const { g } = pieces;
  const up = pieces.linear(x, mlp.up);
  const inner =
    mlp.kind === "gated"
      ? g.op("Mul", [pieces.activate(pieces.linear(x, mlp.gate), mlp.activation), up])
      : pieces.activate(up, mlp.activation);
  return pieces.linear(inner, mlp.down);
}

/**
 * Computes a mixture of experts (Shazeer et al. 2017, arXiv:1701.06538): of the N*k pairs of token and chosen expert,
 * those of each expert are gathered, go through it, and are put back in order. An expert that no token chose is given
 * no rows.
 */
function mixture(pieces: Pieces, x: string, { router, chosen, normalised, experts, shared }: Experts): string {
  const { g } = pieces;
  const likings = g.op("Softmax", [pieces.linear(x, router)], { axis: { int: -1 } });
  const [values, indices] = [g.fresh("liking"), g.fresh("expert")];
  g.node("TopK", [likings, g.int64([chosen])], [values, indices], { axis: { int: -1 } });
  const pairs = pieces.reshape(indices, [-1]);
  const outputs: string[] = [];
  const order: string[] = [];
  experts.forEach((expert, index) => {
    const isOurs = g.op("Equal", [pairs, g.int64([index], true)]);
    const ours = pieces.reshape(g.op("NonZero", [isOurs]), [-1]);
    const rows = g.op("Gather", [x, g.op("Div", [ours, g.int64([chosen], true)])]);
    outputs.push(dense(pieces, rows, expert));
    order.push(ours);
  });
  const place = inverse(pieces, g.op("Concat", order, { axis: { int: 0 } }));
  const byPair = g.op("Gather", [g.op("Concat", outputs, { axis: { int: 0 } }), place]);
  // [1,N,1,k] times [1,N,k,hidden]: the weighted sum over the chosen experts of each token.
  const size = router.inputs;
  const mixed = g.op("MatMul", [
    pieces.reshape(normalised ? shares(pieces, values, chosen) : values, [1, -1, 1, chosen]),
    pieces.reshape(byPair, [1, -1, chosen, size]),
  ]);
  const output = pieces.reshape(mixed, [-1, size]);
  if (shared === undefined) return output;
  // A product with ones gives the weight to every place of the row.
  const ones = g.float32(new Float32Array(size).fill(1), [1, size]);
  const weight = g.op("Gemm", [g.op("Sigmoid", [pieces.linear(x, shared.weight)]), ones]);
  return g.op("Add", [output, g.op("Mul", [weight, dense(pieces, x, shared.expert)])]);
}

/**
 * Divides each row by its sum; the sum is a product with a matrix of ones, which gives it to every place of the row.
 */
function shares({ g }: Pieces, values: string, chosen: number): string {
  const ones = g.float32(new Float32Array(chosen * chosen).fill(1), [chosen, chosen]);
  return g.op("Div", [values, g.op("Gemm", [values, ones])]);
}

/** Returns the permutation that undoes another. */
function inverse({ g }: Pieces, permutation: string): string {
  const count = g.op("Size", [permutation]);
  const numbers = g.op("Range", [g.int64([0], true), count, g.int64([1], true)]);
  return g.op("ScatterElements", [numbers, permutation, numbers]);
}
