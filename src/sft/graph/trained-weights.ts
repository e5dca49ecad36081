/** Makes a checkpoint's weights inputs of the graph: they change from step to step. */

import { UserError } from "../../base/errors.js";
import type { RowSlice, WeightSource } from "../../checkpoints/graph/weights.js";
import type { Tape } from "./tape.js";

export class TrainedWeights implements WeightSource {
  /** Stored shapes of the weights that the graph reads and trains. */
  readonly shapes = new Map<string, readonly number[]>();
  /** Those of the numbers that it reads only. */
  readonly fixedShapes = new Map<string, readonly number[]>();

  /** @param stored shape of a stored tensor; undefined where there is none of this name */
  constructor(
    private readonly g: Tape,
    private readonly stored: (name: string) => readonly number[] | undefined,
  ) {}

  float(name: string, shape: readonly number[], slice?: RowSlice): string {
    const whole = this.input(name, shape);
    if (slice === undefined) return whole;
    const part = this.g.op("Slice", [whole, this.g.int64([slice.from]), this.g.int64([slice.from + slice.rows])]);
    this.g.shapes.set(part, [slice.rows, ...shape.slice(1)]);
    return part;
  }

  matrix(name: string, shape: readonly number[], _after: string, slice?: RowSlice): string {
    return this.float(name, shape, slice);
  }

  fixed(name: string, shape: readonly number[]): string {
    if (this.fixedShapes.has(name)) return name;
    this.check(name, shape);
    this.fixedShapes.set(name, shape);
    return this.g.number(name);
  }

  embed(name: string, shape: readonly number[], ids: string): string {
    return this.g.op("Gather", [this.input(name, shape), ids]);
  }

  private input(name: string, shape: readonly number[]): string {
    if (this.shapes.has(name)) return name;
    this.check(name, shape);
    this.shapes.set(name, shape);
    return this.g.parameter(name, shape);
  }

  private check(name: string, shape: readonly number[]): void {
    const found = this.stored(name);
    if (found?.join() !== shape.join()) {
      throw new UserError(
        `tensor ${name} ${found === undefined ? "is missing" : `has shape [${found.join(", ")}]`} where the model needs [${shape.join(", ")}]`,
      );
    }
  }
}
