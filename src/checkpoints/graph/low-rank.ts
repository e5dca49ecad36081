/**
 * Makes low-rank additions to linear maps (LoRA) inputs of the graph: one session, and so one copy of the base's
 * weights, serves the base and all its adapters. With matrices of rank zero the addition adds nothing, bit for bit.
 */

import type { Linear } from "../architectures/model-spec.js";
import { DataType, type GraphBuilder } from "./onnx-proto.js";

/** Makes inputs for a stored weight: A, f32 [rank, inputs], and B with the scale in it, f32 [stored outputs, rank]. */
export function lowRankInputs(weight: string): { readonly a: string; readonly b: string } {
  return { a: `lora_A.${weight}`, b: `lora_B.${weight}` };
}

/** Holds what is added to linear maps. */
export interface LowRankSource {
  /** What adapters add to y = x W^T + b, [rows, outputs]; y itself where none does. */
  readonly add: (y: string, x: string, linear: Linear) => string;
  /** The same turned, [outputs, rows]. */
  readonly addTurned: (y: string, x: string, linear: Linear) => string;
}

export class LowRank implements LowRankSource {
  private readonly declared = new Set<string>();

  /** @param adapted names of the stored weights that some adapter adds to */
  constructor(
    private readonly g: GraphBuilder,
    private readonly adapted: ReadonlySet<string>,
  ) {}

  /** Computes y + (x A^T) B^T over [rows, outputs]; y itself where no adapter adds to the linear. */
  add(y: string, x: string, linear: Linear): string {
    if (!this.adapted.has(linear.weight)) return y;
    const { a, b } = this.matrices(linear);
    const inner = this.g.op("Gemm", [x, a], { transB: { int: 1 } });
    return this.g.op("Gemm", [inner, b, y], { transB: { int: 1 } });
  }

  /** Computes the same turned: y + B (x A^T)^T over [outputs, rows]. */
  addTurned(y: string, x: string, linear: Linear): string {
    if (!this.adapted.has(linear.weight)) return y;
    const { a, b } = this.matrices(linear);
    const inner = this.g.op("Gemm", [x, a], { transB: { int: 1 } });
    return this.g.op("Gemm", [b, inner, y], { transB: { int: 1 } });
  }

  /**
   * Returns A, and the rows of B that belong to the linear: parts of a fused matrix share one adapter for the whole.
   */
  private matrices({ weight, inputs, outputs, slice }: Linear): { readonly a: string; readonly b: string } {
    const { g } = this;
    const { a, b } = lowRankInputs(weight);
    if (!this.declared.has(weight)) {
      const rank = `rank.${weight}`;
      g.input({ name: a, type: DataType.FLOAT, shape: [rank, inputs] });
      g.input({ name: b, type: DataType.FLOAT, shape: [slice?.totalOutputs ?? outputs, rank] });
      this.declared.add(weight);
    }
    if (slice === undefined) return { a, b };
    return { a, b: g.op("Slice", [b, g.int64([slice.from]), g.int64([slice.from + outputs])]) };
  }
}
