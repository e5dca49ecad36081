/** Builds a graph and remembers its nodes, so that they can be differentiated. */

import { DataType, GraphBuilder, type AttributeValue } from "../../checkpoints/graph/onnx-proto.js";

export interface TapeNode {
  readonly type: string;
  /** An empty name is an absent optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Lists optional outputs that gradients need: the statistics of a norm. */
const STATISTICS: Readonly<Record<string, readonly string[]>> = {
  SimplifiedLayerNormalization: ["inverse_deviation"],
  LayerNormalization: ["mean", "inverse_deviation"],
};

export class Tape extends GraphBuilder {
  /** In the order in which they were added, which is one in which they can be computed. */
  readonly nodes: TapeNode[] = [];
  /** Shapes of the parameters, and of what is made of parameters alone. */
  readonly shapes = new Map<string, readonly number[]>();
  private readonly scalars = new Set<string>();
  private readonly makers = new Map<string, TapeNode>();

  /** Adds an input with a gradient. */
  parameter(name: string, shape: readonly number[]): string {
    this.shapes.set(name, shape);
    return this.input({ name, type: DataType.FLOAT, shape });
  }

  /** Adds an input that is one number and has no gradient. */
  number(name: string): string {
    this.scalars.add(name);
    return this.input({ name, type: DataType.FLOAT, shape: [] });
  }

  override float32(values: ArrayLike<number>, shape: readonly number[]): string {
    const name = super.float32(values, shape);
    if (shape.length === 0) this.scalars.add(name);
    return name;
  }

  override node(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
  ): void {
    const all = [...outputs, ...(STATISTICS[type] ?? []).map((hint) => this.fresh(hint))];
    super.node(type, inputs, all, attributes);
    const made = { type, inputs, outputs: all, attributes };
    this.nodes.push(made);
    for (const output of all) this.makers.set(output, made);
    const shape = this.shapeOf(type, inputs);
    if (shape !== undefined) this.shapes.set(outputs[0] as string, shape);
  }

  /** Finds the node that makes a value; undefined for inputs and constants. */
  maker(value: string): TapeNode | undefined {
    return this.makers.get(value);
  }

  /**
   * Returns the shape of what is made of parameters: Gemma's norms with one added, StableLM's norms of each head side
   * by side, the factors of xIELU.
   */
  private shapeOf(type: string, inputs: readonly string[]): readonly number[] | undefined {
    const shapes = inputs.filter((input) => !this.scalars.has(input)).map((input) => this.shapes.get(input));
    const [first] = shapes;
    if (first === undefined) return undefined;
    if ((type === "Add" || type === "Mul") && shapes.length === 1) return first;
    if (type === "Softplus") return first;
    if (type === "Unsqueeze") return [1, ...first];
    if (type === "Concat" && shapes.every((shape) => shape !== undefined)) {
      return [shapes.reduce((sum, shape) => sum + (shape[0] as number), 0), ...first.slice(1)];
    }
    return undefined;
  }
}
