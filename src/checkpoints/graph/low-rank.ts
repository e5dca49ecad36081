/**
 * Low-rank additions to linear maps (LoRA) as inputs of the graph: one session, and so one copy of the base's weights,
 * serves the base and all its adapters. With matrices of rank zero the addition adds nothing, bit for bit.
 */

import type { Linear } from "../model-spec.js";
import { DataType, type GraphBuilder } from "../onnx-proto.js";

/** Inputs for a stored weight: A, f32 [rank, inputs], and B with the scale in it, f32 [stored outputs, rank]. */
export function lowRankInputs(weight: string): { readonly a: string; readonly b: string } {
  return { a: `lora_A.${weight}`, b: `lora_B.${weight}` };
}

export class LowRank {
  private readonly declared = new Set<string>();

  /** @param adapted names of the stored weights that some adapter adds to */
  constructor(
    private readonly g: GraphBuilder,
    private readonly adapted: ReadonlySet<string>,
  ) {}

  /** y + (x A^T) B^T over [rows, outputs]; y itself where no adapter adds to the linear. */
  add(y: string, x: string, { weight, inputs, outputs, slice }: Linear): string {
    if (!this.adapted.has(weight)) return y;
    const { g } = this;
    const { a, b } = lowRankInputs(weight);
    // Parts of a fused matrix are linears of their own with one adapter for the whole.
    if (!this.declared.has(weight)) {
      const rank = `rank.${weight}`;
      g.input({ name: a, type: DataType.FLOAT, shape: [rank, inputs] });
      g.input({ name: b, type: DataType.FLOAT, shape: [slice?.totalOutputs ?? outputs, rank] });
      this.declared.add(weight);
    }
    const part = slice === undefined ? b : g.op("Slice", [b, g.int64([slice.from]), g.int64([slice.from + outputs])]);
    const inner = g.op("Gemm", [x, a], { transB: { int: 1 } });
    return g.op("Gemm", [inner, part, y], { transB: { int: 1 } });
  }
}
