/** Tests the gradient rule of each op against finite differences. */

import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { DataType } from "../../../src/checkpoints/graph/onnx-proto.js";
import { randomStream } from "../../../src/base/random.js";
import { differentiate } from "../../../src/sft/graph/backward.js";
import { RULES } from "../../../src/sft/graph/rules.js";
import { Tape } from "../../../src/sft/graph/tape.js";

interface Case {
  /** Ops whose rules the case uses. */
  readonly ops: readonly string[];
  /** Shapes of the operands with gradients; those of `weights` are known to the tape as a model's weights are. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly weights?: readonly string[];
  readonly build: (g: Tape) => string;
  /** Shape of what is built. */
  readonly output: readonly number[];
}

const transB = { transB: { int: 1 } };
const axis = (value: number) => ({ axis: { int: value } });
const norm = { ...axis(-1), epsilon: { float: 1e-5 } };
const x23 = { x: [2, 3] };

const CASES: Readonly<Record<string, Case>> = {
  "x W^T + b": { ops: ["Gemm"], inputs: { x: [4, 3], w: [2, 3], b: [2] }, weights: ["w", "b"], build: (g) => g.op("Gemm", ["x", "w", "b"], transB), output: [4, 2] },
  "x W + y": { ops: ["Gemm"], inputs: { x: [4, 3], w: [3, 2], y: [4, 2] }, weights: ["w"], build: (g) => g.op("Gemm", ["x", "w", "y"]), output: [4, 2] },
  "matrix products of blocks": { ops: ["MatMul"], inputs: { x: [2, 2, 3, 4], y: [2, 2, 4, 2] }, build: (g) => g.op("MatMul", ["x", "y"]), output: [2, 2, 3, 2] },
  "a weight added to rows": { ops: ["Add"], inputs: { x: [4, 3], w: [3] }, weights: ["w"], build: (g) => g.op("Add", ["x", "w"]), output: [4, 3] },
  "one value used twice": { ops: ["Add", "Mul"], inputs: x23, build: (g) => g.op("Add", [g.op("Mul", ["x", "x"]), "x"]), output: [2, 3] },
  difference: { ops: ["Sub"], inputs: { x: [2, 3], y: [2, 3] }, build: (g) => g.op("Sub", ["x", "y"]), output: [2, 3] },
  "weights of heads, side by side": { ops: ["Mul", "Concat", "Unsqueeze"], inputs: { x: [4, 2, 3], v: [3], w: [3] }, weights: ["v", "w"],
    build: (g) => g.op("Mul", ["x", g.op("Concat", ["v", "w"].map((name) => g.op("Unsqueeze", [name, g.int64([0])])), axis(0))]), output: [4, 2, 3] },
  "a weight with one added": { ops: ["Add", "Mul"], inputs: { x: [4, 3], w: [3] }, weights: ["w"], build: (g) => g.op("Mul", ["x", g.op("Add", ["w", g.float32([1], [])])]), output: [4, 3] },
  softmax: { ops: ["Softmax"], inputs: x23, build: (g) => g.op("Softmax", ["x"], axis(-1)), output: [2, 3] },
  sigmoid: { ops: ["Sigmoid"], inputs: x23, build: (g) => g.op("Sigmoid", ["x"]), output: [2, 3] },
  silu: { ops: ["Sigmoid", "Mul"], inputs: x23, build: (g) => g.op("Mul", ["x", g.op("Sigmoid", ["x"])]), output: [2, 3] },
  tanh: { ops: ["Tanh"], inputs: x23, build: (g) => g.op("Tanh", ["x"]), output: [2, 3] },
  erf: { ops: ["Erf"], inputs: x23, build: (g) => g.op("Erf", ["x"]), output: [2, 3] },
  relu: { ops: ["Relu"], inputs: x23, build: (g) => g.op("Relu", ["x"]), output: [2, 3] },
  clip: { ops: ["Clip"], inputs: { x: [5, 4] }, build: (g) => g.op("Clip", ["x", g.float32([-0.5], []), g.float32([0.5], [])]), output: [5, 4] },
  exp: { ops: ["Exp"], inputs: x23, build: (g) => g.op("Exp", ["x"]), output: [2, 3] },
  softplus: { ops: ["Softplus"], inputs: x23, build: (g) => g.op("Softplus", ["x"]), output: [2, 3] },
  // The exponential keeps the divisor away from zero.
  quotient: { ops: ["Div", "Exp"], inputs: { x: [2, 3], y: [2, 3] }, build: (g) => g.op("Div", ["x", g.op("Exp", ["y"])]), output: [2, 3] },
  "the largest of each row": { ops: ["TopK"], inputs: { x: [3, 4] }, build: (g) => {
    g.node("TopK", ["x", g.int64([2])], ["values", "indices"], axis(-1));
    return "values";
  }, output: [3, 2] },
  reshape: { ops: ["Reshape"], inputs: x23, build: (g) => g.op("Reshape", ["x", g.int64([3, -1])]), output: [3, 2] },
  transpose: { ops: ["Transpose"], inputs: { x: [2, 3, 4] }, build: (g) => g.op("Transpose", ["x"], { perm: { ints: [1, 2, 0] } }), output: [3, 4, 2] },
  "parts in another order": { ops: ["Split", "Concat"], inputs: { x: [2, 5] }, build: (g) => {
    g.node("Split", ["x", g.int64([2, 3])], ["first", "second"], axis(1));
    return g.op("Concat", ["second", "first"], axis(1));
  }, output: [2, 5] },
  "rows of a table, some twice": { ops: ["Gather"], inputs: { table: [4, 3] }, weights: ["table"], build: (g) => g.op("Gather", ["table", g.int64([2, 0, 2])]), output: [3, 3] },
  "a table that is also a matrix": { ops: ["Gather", "Gemm"], inputs: { table: [4, 3] }, weights: ["table"],
    build: (g) => g.op("Gemm", [g.op("Gather", ["table", g.int64([1, 1])]), "table"], transB), output: [2, 4] },
  "some rows of a weight": { ops: ["Slice", "Gemm"], inputs: { x: [2, 3], w: [5, 3] }, weights: ["w"],
    build: (g) => g.op("Gemm", ["x", g.op("Slice", ["w", g.int64([1]), g.int64([3])])], transB), output: [2, 2] },
  "RMSNorm": { ops: ["SimplifiedLayerNormalization"], inputs: { x: [3, 2, 4], w: [4] }, weights: ["w"], build: (g) => g.op("SimplifiedLayerNormalization", ["x", "w"], norm), output: [3, 2, 4] },
  "LayerNorm": { ops: ["LayerNormalization"], inputs: { x: [3, 4], w: [4], b: [4] }, weights: ["w", "b"], build: (g) => g.op("LayerNormalization", ["x", "w", "b"], norm), output: [3, 4] },
}; // prettier-ignore

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

describe.each(Object.entries(CASES))("%s", (name, { inputs, weights = [], build, output }) => {
  test("has the gradient of its finite differences", async () => {
    const g = new Tape();
    for (const [input, shape] of Object.entries(inputs)) {
      if (weights.includes(input)) g.parameter(input, shape);
      else g.input({ name: input, type: DataType.FLOAT, shape });
    }
    const y = build(g);
    const random = randomStream(name);
    const uniform = (shape: readonly number[]) => Float32Array.from({ length: size(shape) }, () => 2 * random() - 1);
    const seed = uniform(output);
    const gradients = differentiate(g, [...g.nodes], new Map([[y, g.float32(seed, output)]]), Object.keys(inputs));
    g.output({ name: y, type: DataType.FLOAT, shape: output });
    for (const [input, gradient] of gradients) {
      g.output({ name: gradient, type: DataType.FLOAT, shape: inputs[input] as number[] });
    }
    const session = await InferenceSession.create(g.encode(), { logSeverityLevel: 3 });
    const values = Object.fromEntries(Object.entries(inputs).map(([input, shape]) => [input, uniform(shape)]));
    const run = () =>
      session.run(
        Object.fromEntries(
          Object.entries(inputs).map(([input, shape]) => [
            input,
            new Tensor("float32", values[input] as Float32Array, shape),
          ]),
        ),
      );
    const dataOf = (result: Awaited<ReturnType<typeof run>>, output: string) => result[output]?.data as Float32Array;
    const weighted = async () => dataOf(await run(), y).reduce((sum, value, i) => sum + value * (seed[i] as number), 0);
    const exact = await run();
    for (const [input, array] of Object.entries(values)) {
      const gradient = dataOf(exact, gradients.get(input) as string);
      expect(gradient.length).toBe(array.length);
      for (let i = 0; i < array.length; i++) {
        const [at, step] = [array[i] as number, 1e-2];
        array[i] = at + step;
        const above = await weighted();
        array[i] = at - step;
        const slope = (above - (await weighted())) / (2 * step);
        array[i] = at;
        expect(Math.abs(slope - (gradient[i] as number)), `${input}[${i}]`).toBeLessThan(3e-3);
      }
    }
    await session.release();
  });
});

test("every rule has a case", () => {
  const covered = new Set(Object.values(CASES).flatMap(({ ops }) => ops));
  expect(Object.keys(RULES).filter((op) => !covered.has(op))).toEqual([]);
});

test("an op without a rule is named when the graph is built", () => {
  const g = new Tape();
  g.parameter("w", [2]);
  const y = g.op("Selu", ["w"]);
  expect(() => differentiate(g, [...g.nodes], new Map([[y, "w"]]), ["w"])).toThrow("no gradient rule for the op Selu");
});
