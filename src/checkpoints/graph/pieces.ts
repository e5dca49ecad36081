/** Builds the small pieces that blocks are made of: linear maps, norms, activations. */

import type { Activation, Linear, Norm, PerHeadNorm } from "../architectures/model-spec.js";
import { DataType, type GraphBuilder } from "./onnx-proto.js";
import type { LowRankSource } from "./low-rank.js";
import type { RowSlice, WeightSource } from "./weights.js";

/** Holds the largest number of f32. */
const MAX_FLOAT = 3.4028234663852886e38;

export class Pieces {
  /** Names what the last linear map computed: the matrix of the next one is not needed before it. */
  private last: string | undefined;

  constructor(
    readonly g: GraphBuilder,
    readonly weights: WeightSource,
    private readonly lowRank: LowRankSource,
  ) {}

  /** Computes y = x W^T + b over [rows, inputs], and what an adapter adds to it. */
  linear(x: string, linear: Linear): string {
    const { inputs, outputs, slice } = linear;
    const stored = slice?.totalOutputs ?? outputs;
    const rows = slice === undefined ? undefined : { from: slice.from, rows: outputs };
    const shape = linear.transposed === true ? [inputs, stored] : [stored, inputs];
    const operands = [x, this.weights.matrix(linear.weight, shape, this.last ?? x, rows)];
    if (linear.bias !== undefined) operands.push(this.weights.float(linear.bias, [stored], rows));
    const y = this.g.op("Gemm", operands, { transB: { int: linear.transposed === true ? 0 : 1 } });
    this.last = y;
    return this.lowRank.add(y, x, linear);
  }

  /**
   * Computes some outputs of a linear map, turned: (x W^T + b)^T, [rows of W, rows of x]. Of a constant second operand
   * ONNX Runtime keeps a rearranged copy; as the first one, W is read where it lies, also when it is the embedding too.
   */
  turnedLinear(x: string, linear: Linear, part: RowSlice): string {
    const { g } = this;
    const { weight, bias, inputs, outputs, slice, transposed } = linear;
    if (slice !== undefined || transposed === true)
      throw new TypeError(`${weight} is not stored as one [out, in] matrix`);
    const operands = [this.weights.matrix(weight, [outputs, inputs], this.last ?? x, part), x];
    if (bias !== undefined) {
      operands.push(g.op("Unsqueeze", [this.weights.float(bias, [outputs], part), g.int64([1])]));
    }
    const y = g.op("Gemm", operands, { transB: { int: 1 } });
    this.last = y;
    return this.lowRank.addTurned(y, x, {
      ...linear,
      outputs: part.rows,
      slice: { from: part.from, totalOutputs: outputs },
    });
  }

  /** Normalises the last axis; without a norm, x itself. */
  norm(x: string, norm: Norm | undefined): string {
    if (norm === undefined) return x;
    const ones = () => this.g.float32(new Float32Array(norm.size).fill(1), [norm.size]);
    let scale = norm.weight === undefined ? ones() : this.weights.float(norm.weight, [norm.size]);
    if (norm.offset !== undefined) scale = this.g.op("Add", [scale, this.g.float32([norm.offset], [])]);
    if (norm.kind === "rms") {
      return this.g.op("SimplifiedLayerNormalization", [x, scale], {
        axis: { int: -1 },
        epsilon: { float: norm.eps },
        stash_type: { int: 1 },
      });
    }
    const operands = [x, scale];
    if (norm.bias !== undefined) operands.push(this.weights.float(norm.bias, [norm.size]));
    return this.g.op("LayerNormalization", operands, { axis: { int: -1 }, epsilon: { float: norm.eps } });
  }

  /** Computes the norm of queries or keys split into heads, [B,T,heads,D]. */
  headNorm(x: string, norm: Norm | PerHeadNorm | undefined): string {
    if (norm?.kind !== "per-head") return this.norm(x, norm);
    const plain = this.norm(x, { kind: "layer", eps: norm.eps, size: norm.size });
    const { weights, size } = norm;
    if ("matrix" in weights)
      return this.g.op("Mul", [plain, this.weights.float(weights.matrix, [weights.heads, size])]);
    const scales = weights.map((name) => this.g.op("Unsqueeze", [this.weights.float(name, [size]), this.g.int64([0])]));
    return this.g.op("Mul", [plain, this.g.op("Concat", scales, { axis: { int: 0 } })]);
  }

  activate(x: string, activation: Activation): string {
    if (typeof activation !== "string") return this.xielu(x, activation);
    const { g } = this;
    const scalar = (value: number) => g.float32([value], []);
    const halfTimes = (inner: string) => g.op("Mul", [g.op("Mul", [x, scalar(0.5)]), g.op("Add", [inner, scalar(1)])]);
    switch (activation) {
      case "silu":
        return g.op("Mul", [x, g.op("Sigmoid", [x])]);
      case "relu":
        return g.op("Relu", [x]);
      case "gelu":
        return halfTimes(g.op("Erf", [g.op("Mul", [x, scalar(Math.SQRT1_2)])]));
      case "gelu_tanh": {
        const cube = g.op("Mul", [g.op("Mul", [g.op("Mul", [x, x]), x]), scalar(0.044715)]);
        return halfTimes(g.op("Tanh", [g.op("Mul", [g.op("Add", [x, cube]), scalar(Math.sqrt(2 / Math.PI))])]));
      }
    }
  }

  /**
   * Computes alpha_p x^2 + beta x above zero, alpha_n (exp(min(x, eps)) - 1 - x) + beta x below, with alpha_p =
   * softplus(stored) and alpha_n = beta + softplus(stored).
   */
  private xielu(x: string, { alphaP, alphaN, beta, eps }: Exclude<Activation, string>): string {
    const { g, weights } = this;
    const slope = weights.fixed(beta, []);
    const above = g.op("Softplus", [weights.float(alphaP, [1])]);
    const below = g.op("Add", [g.op("Softplus", [weights.float(alphaN, [1])]), slope]);
    const positive = g.op("Relu", [x]);
    const exponential = g.op("Exp", [g.op("Clip", [x, g.float32([-MAX_FLOAT], []), weights.fixed(eps, [])])]);
    const curve = g.op("Sub", [g.op("Sub", [exponential, g.float32([1], [])]), x]);
    const isBelow = g.op("Cast", [g.op("LessOrEqual", [x, g.float32([0], [])])], { to: { int: DataType.FLOAT } });
    const parts = [
      g.op("Mul", [g.op("Mul", [positive, positive]), above]),
      g.op("Mul", [g.op("Mul", [curve, isBelow]), below]),
      g.op("Mul", [x, slope]),
    ];
    return parts.reduce((sum, part) => g.op("Add", [sum, part]));
  }

  /** Computes cap * tanh(x / cap); without a cap, x itself. */
  softcap(x: string, cap: number | undefined): string {
    if (cap === undefined) return x;
    const { g } = this;
    return g.op("Mul", [g.op("Tanh", [g.op("Mul", [x, g.float32([1 / cap], [])])]), g.float32([cap], [])]);
  }

  /** Multiplies by a number; without one, x itself. */
  scale(x: string, factor: number | undefined): string {
    return factor === undefined || factor === 1 ? x : this.g.op("Mul", [x, this.g.float32([factor], [])]);
  }

  /** Reshapes to the concatenation of shape tensors (names) and constant sizes. */
  reshape(x: string, ...dims: (string | readonly number[])[]): string {
    const { g } = this;
    const parts = dims.map((dim) => (typeof dim === "string" ? dim : g.int64(dim)));
    const shape = parts.length === 1 ? (parts[0] as string) : g.op("Concat", parts, { axis: { int: 0 } });
    return g.op("Reshape", [x, shape]);
  }

  /** Splits an axis into `count` parts whose sizes a tensor gives. */
  split(x: string, sizes: string, count: number, axis: number): string[] {
    const outputs = Array.from({ length: count }, () => this.g.fresh("split"));
    this.g.node("Split", [x, sizes], outputs, { axis: { int: axis } });
    return outputs;
  }
}
