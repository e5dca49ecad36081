/**
 * Trains the matrices of a low-rank adapter (LoRA, Hu et al. 2021, arXiv:2106.09685) while the weights stay. 2021,
 * arXiv:2106.09685) whose matrices are trained while the weights stay.
 */

import type { LowRankSource } from "../../checkpoints/graph/low-rank.js";
import type { Linear } from "../../checkpoints/architectures/model-spec.js";
import type { Tape } from "./tape.js";

export interface LowRankOptions {
  readonly rank: number;
  /** The addition is multiplied by alpha / rank. */
  readonly alpha: number;
  /** Stored weights that are adapted. */
  readonly adapted: ReadonlySet<string>;
}

/** Names of the two matrices of a stored weight: A [rank, inputs] and B [stored outputs, rank]. */
export function adapterNames(weight: string): { readonly a: string; readonly b: string } {
  return { a: `${weight}.lora_A`, b: `${weight}.lora_B` };
}

export class TrainedLowRank implements LowRankSource {
  /** Shapes of the matrices that the graph reads. */
  readonly shapes = new Map<string, readonly number[]>();

  constructor(
    private readonly g: Tape,
    private readonly options: LowRankOptions | undefined,
  ) {}

  add(y: string, x: string, { weight, inputs, outputs, slice }: Linear): string {
    if (this.options?.adapted.has(weight) !== true) return y;
    const { g } = this;
    const { rank, alpha } = this.options;
    const names = adapterNames(weight);
    const a = this.matrix(names.a, [rank, inputs]);
    let b = this.matrix(names.b, [slice?.totalOutputs ?? outputs, rank]);
    if (slice !== undefined) {
      b = g.op("Slice", [b, g.int64([slice.from]), g.int64([slice.from + outputs])]);
      g.shapes.set(b, [outputs, rank]);
    }
    const inner = g.op("Gemm", [x, a], { transB: { int: 1 } });
    return g.op("Gemm", [g.op("Mul", [inner, g.float32([alpha / rank], [])]), b, y], { transB: { int: 1 } });
  }

  addTurned(): string {
    throw new TypeError("the training graph has no turned linear map");
  }

  private matrix(name: string, shape: readonly number[]): string {
    if (this.shapes.has(name)) return name;
    this.shapes.set(name, shape);
    return this.g.parameter(name, shape);
  }
}
