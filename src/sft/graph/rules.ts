/**
 * Defines the gradient rule of each op that occurs between parameters and loss.
 *
 * Two things are known of the graphs these rules see. An operand of an element-wise op that has a gradient is as large
 * as the result, unless it is made of parameters alone, whose shapes the tape knows. MatMul multiplies blocks
 * [B,heads,·,·].
 */

import { DataType, type AttributeValue } from "../../checkpoints/graph/onnx-proto.js";
import type { NodeGradient, Rule } from "./rule.js";
import { layerNormRule, rmsNormRule } from "./norm-rules.js";
import type { Tape } from "./tape.js";

const scalar = (g: Tape, value: number) => g.float32([value], []);

/** Sums the gradient of an operand that was broadcast over the leading axes it does not have. */
function summedTo(g: Tape, gradient: string, operand: string): string {
  const shape = g.shapes.get(operand);
  if (shape === undefined) return gradient;
  const flat = g.op("Reshape", [gradient, g.int64([-1, ...shape])]);
  return g.op("ReduceSum", [flat, g.int64([0])], { keepdims: { int: 0 } });
}

/** Makes the rule of an op y = f(x) of one operand, from the derivative as a function of x and y. */
function elementwise(derivative: (g: Tape, x: string, y: string) => string): Rule {
  return ({ g, node, gradient, add }) => {
    add(0, g.op("Mul", [gradient, derivative(g, node.inputs[0] as string, node.outputs[0] as string)]));
  };
}

/** Returns 1 where both conditions on x hold, else 0. */
function indicator(g: Tape, condition: string): string {
  return g.op("Cast", [condition], { to: { int: DataType.FLOAT } });
}

function int(attribute: AttributeValue | undefined, fallback: number): number {
  return attribute !== undefined && "int" in attribute ? attribute.int : fallback;
}

function ints(attribute: AttributeValue | undefined): readonly number[] {
  if (attribute === undefined || !("ints" in attribute)) throw new TypeError("Transpose needs its permutation");
  return attribute.ints;
}

/** Differentiates Y = A B + C, or A B^T + C. */
function gemm({ g, node, gradient, wants, add }: NodeGradient): void {
  const [a, b, c] = node.inputs as [string, string, string?];
  const turned = int(node.attributes["transB"], 0) === 1;
  if (wants(0)) add(0, g.op("Gemm", [gradient, b], { transB: { int: turned ? 0 : 1 } }));
  if (wants(1)) add(1, g.op("Gemm", turned ? [gradient, a] : [a, gradient], { transA: { int: 1 } }));
  if (c !== undefined && wants(2)) add(2, summedTo(g, gradient, c));
}

const TURNED = [0, 1, 3, 2];

/**
 * Computes dB = A^T dY. Of keys, B = K^T, the same is had as dB^T = dY^T A: a product whose result is as narrow as a
 * head. ONNX Runtime's kernel takes five times as long for the wide one with a turned left side.
 */
function matMul({ g, node, gradient, wants, add }: NodeGradient): void {
  const [a, b] = node.inputs as [string, string];
  const turn = (x: string) => g.op("Transpose", [x], { perm: { ints: TURNED } });
  if (wants(0)) add(0, g.op("MatMul", [gradient, turn(b)]));
  if (!wants(1)) return;
  const maker = g.maker(b);
  const isTurned = maker?.type === "Transpose" && ints(maker.attributes["perm"]).join() === TURNED.join();
  add(1, isTurned ? turn(g.op("MatMul", [turn(gradient), a])) : g.op("MatMul", [turn(a), gradient]));
}

function sum({ g, node, gradient, wants, add }: NodeGradient): void {
  node.inputs.forEach((operand, i) => {
    if (wants(i)) add(i, summedTo(g, gradient, operand));
  });
}

function difference({ g, node, gradient, wants, add }: NodeGradient): void {
  const [a, b] = node.inputs as [string, string];
  if (wants(0)) add(0, summedTo(g, gradient, a));
  if (wants(1)) add(1, summedTo(g, g.op("Neg", [gradient]), b));
}

function product({ g, node, gradient, wants, add }: NodeGradient): void {
  const [a, b] = node.inputs as [string, string];
  if (wants(0)) add(0, summedTo(g, g.op("Mul", [gradient, b]), a));
  if (wants(1)) add(1, summedTo(g, g.op("Mul", [gradient, a]), b));
}

/** Computes dX = Y (dY - sum(Y dY)). */
function softmax({ g, node, gradient, add }: NodeGradient): void {
  const y = node.outputs[0] as string;
  const weighted = g.op("Mul", [y, gradient]);
  const total = g.op("ReduceSum", [weighted, g.int64([-1])], { keepdims: { int: 1 } });
  add(0, g.op("Sub", [weighted, g.op("Mul", [y, total])]));
}

function reshape({ g, node, gradient, add }: NodeGradient): void {
  add(0, g.op("Reshape", [gradient, g.op("Shape", [node.inputs[0] as string])]));
}

function transpose({ g, node, gradient, add }: NodeGradient): void {
  const perm = ints(node.attributes["perm"]);
  add(0, g.op("Transpose", [gradient], { perm: { ints: perm.map((_, axis) => perm.indexOf(axis)) } }));
}

function split({ g, node, gradientOf, add }: NodeGradient): void {
  const parts = node.outputs.map((_, i) => {
    const part = gradientOf(i);
    if (part === undefined) throw new TypeError("no gradient rule for the op Split with a part that nothing reads");
    return part;
  });
  add(0, g.op("Concat", parts, { axis: { int: int(node.attributes["axis"], 0) } }));
}

function concat({ g, node, gradient, wants, add }: NodeGradient): void {
  const axis = int(node.attributes["axis"], 0);
  const at = g.int64([axis]);
  const sizes = node.inputs.map((input) => g.op("Gather", [g.op("Shape", [input]), at]));
  const outputs = node.inputs.map(() => g.fresh("part"));
  g.node("Split", [gradient, g.op("Concat", sizes, { axis: { int: 0 } })], outputs, { axis: { int: axis } });
  outputs.forEach((output, i) => {
    if (wants(i)) add(i, output);
  });
}

/** Adds the gradients of rows of a matrix [n,width] where the rows were taken. */
function gather({ g, node, gradient, sofar, replace }: NodeGradient): void {
  const [data, indices] = node.inputs as [string, string];
  const column = g.op("Unsqueeze", [indices, g.int64([1])]);
  const index = g.op("Expand", [column, g.op("Shape", [gradient])]);
  const into = sofar(0) ?? g.op("ConstantOfShape", [g.op("Shape", [data])]);
  replace(0, g.op("ScatterElements", [into, index, gradient], { axis: { int: 0 }, reduction: { string: "add" } }));
}

/** Puts the gradients of the largest elements of each row where they were taken from. */
function topK({ g, node, gradientOf, add }: NodeGradient): void {
  const values = gradientOf(0);
  if (values === undefined) return;
  const zeros = g.op("ConstantOfShape", [g.op("Shape", [node.inputs[0] as string])]);
  add(0, g.op("ScatterElements", [zeros, node.outputs[1] as string, values], { axis: { int: -1 } }));
}

/** Differentiates a quotient of operands as large as the result. */
function quotient({ g, node, gradient, wants, add }: NodeGradient): void {
  const divisor = node.inputs[1] as string;
  const over = g.op("Div", [gradient, divisor]);
  if (wants(0)) add(0, over);
  if (wants(1)) add(1, g.op("Neg", [g.op("Mul", [over, node.outputs[0] as string])]));
}

/** Differentiates the rows from .. to of the first axis: zeros around the gradient. */
function slice({ g, node, gradient, add }: NodeGradient): void {
  const [data, from] = node.inputs as [string, string];
  const shape = g.shapes.get(data);
  if (shape === undefined) throw new TypeError("no gradient rule for the op Slice of anything but a parameter");
  const none = g.int64(shape.slice(1).map(() => 0));
  const after = g.op("Sub", [
    g.int64([shape[0] as number]),
    g.op("Add", [from, g.op("Gather", [g.op("Shape", [gradient]), g.int64([0])])]),
  ]);
  add(0, g.op("Pad", [gradient, g.op("Concat", [from, none, after, none], { axis: { int: 0 } })]));
}

/** Passes the gradient on inside the bounds and on them, as torch.clamp does. */
function clip({ g, node, gradient, add }: NodeGradient): void {
  const [x, low, high] = node.inputs as [string, string, string];
  const inside = g.op("And", [g.op("GreaterOrEqual", [x, low]), g.op("LessOrEqual", [x, high])]);
  add(0, g.op("Mul", [gradient, indicator(g, inside)]));
}

export const RULES: Readonly<Record<string, Rule | undefined>> = {
  Add: sum,
  Clip: clip,
  Concat: concat,
  Div: quotient,
  Erf: elementwise((g, x) => {
    const bell = g.op("Exp", [g.op("Neg", [g.op("Mul", [x, x])])]);
    return g.op("Mul", [bell, scalar(g, 2 / Math.sqrt(Math.PI))]);
  }),
  Exp: elementwise((_, __, y) => y),
  Gather: gather,
  Gemm: gemm,
  LayerNormalization: layerNormRule,
  MatMul: matMul,
  Mul: product,
  Relu: elementwise((g, x) => indicator(g, g.op("Greater", [x, scalar(g, 0)]))),
  Reshape: reshape,
  Sigmoid: elementwise((g, _, y) => g.op("Mul", [y, g.op("Sub", [scalar(g, 1), y])])),
  SimplifiedLayerNormalization: rmsNormRule,
  Slice: slice,
  Softmax: softmax,
  Softplus: elementwise((g, x) => g.op("Sigmoid", [x])),
  Split: split,
  Sub: difference,
  Tanh: elementwise((g, _, y) => g.op("Sub", [scalar(g, 1), g.op("Mul", [y, y])])),
  TopK: topK,
  Transpose: transpose,
  Unsqueeze: reshape,
};
