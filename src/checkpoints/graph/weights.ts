/** Puts a checkpoint's tensors into a graph: each once, checked against the shape its configuration implies. */

import { UserError } from "../../base/errors.js";
import { DataType, type GraphBuilder } from "./onnx-proto.js";
import { FLOAT8_VALUES, isFloat8 } from "../files/float8.js";
import { commonFolder, type StoredDtype, type TensorLocation } from "../files/tensors.js";

const ONNX_TYPES: Partial<Record<StoredDtype, { type: DataType; bytes: number }>> = {
  F32: { type: DataType.FLOAT, bytes: 4 },
  F16: { type: DataType.FLOAT16, bytes: 2 },
  BF16: { type: DataType.BFLOAT16, bytes: 2 },
  // Not as ONNX's own 8-bit floats, which few operators and not every build of ONNX Runtime know.
  F8_E4M3: { type: DataType.UINT8, bytes: 1 },
  F8_E5M2: { type: DataType.UINT8, bytes: 1 },
};

/** Returns the folder that all weight files lie in, at any depth; a graph names them from there. */
export function weightsRoot(tensors: ReadonlyMap<string, TensorLocation>): string {
  return commonFolder([...tensors.values()].map(({ file }) => file));
}

interface Stored {
  readonly name: string;
  readonly dtype: StoredDtype;
}

/** Gives rows `from` .. `from + rows` of a stored tensor: contiguous bytes, so a part can be mapped like a whole. */
export interface RowSlice {
  readonly from: number;
  readonly rows: number;
}

/**
 * Says when weights of fewer bits are made f32: all of them when the session is created, which is fastest, or the
 * matrices one after the other in every run, so that no more than one of them is in memory as f32.
 */
export type Widening = "once" | "in-turn";

/** Says where the graph's weights come from; each method gives the name of an f32 tensor. */
export interface WeightSource {
  /** @param shape shape of the stored tensor, before slicing */
  readonly float: (name: string, shape: readonly number[], slice?: RowSlice) => string;
  /**
   * Returns a matrix that is used once, here.
   * @param after name of a tensor that is computed before it
   */
  readonly matrix: (name: string, shape: readonly number[], after: string, slice?: RowSlice) => string;
  /** A number that is stored with the weights and not trained. */
  readonly fixed: (name: string, shape: readonly number[]) => string;
  /** Rows of an embedding table. */
  readonly embed: (name: string, shape: readonly number[], ids: string) => string;
}

export class Weights implements WeightSource {
  private readonly added = new Map<string, string>();
  /** Names of the stored tensors that the graph uses. */
  readonly used = new Set<string>();
  /** Locations in the graph begin behind this. */
  private readonly root: string;

  /** @param source the checkpoint's folder, for messages */
  constructor(
    private readonly g: GraphBuilder,
    private readonly tensors: ReadonlyMap<string, TensorLocation>,
    private readonly source: string,
    private readonly widening: Widening,
  ) {
    this.root = weightsRoot(tensors);
  }

  /**
   * Returns the tensor as f32; 16-bit and 8-bit weights are widened once, when the session is created.
   * @param shape shape of the stored tensor, before slicing
   */
  float(name: string, shape: readonly number[], slice?: RowSlice): string {
    const stored = this.stored(name, shape, slice);
    if (stored.dtype === "F32") return stored.name;
    const key = `${stored.name}:float`;
    let output = this.added.get(key);
    if (output === undefined) {
      output = this.widened(stored.name, stored.dtype);
      this.added.set(key, output);
    }
    return output;
  }

  matrix(name: string, shape: readonly number[], after: string, slice?: RowSlice): string {
    const stored = this.stored(name, shape, slice);
    if (this.widening === "once" || stored.dtype === "F32") return this.float(name, shape, slice);
    const [whole = 1, ...sizes] = shape;
    return this.widened(this.notBefore(stored.name, [slice?.rows ?? whole, ...sizes], after), stored.dtype);
  }

  /**
   * Returns the same tensor, of which nothing is computed before another tensor is there: otherwise ONNX Runtime widens
   * many matrices long before they are used. Its shape is computed from that of the other one; no bytes are copied.
   */
  private notBefore(name: string, shape: readonly number[], after: string): string {
    const { g } = this;
    const size = g.op("Shape", [after], { start: { int: 0 }, end: { int: 1 } });
    const nothing = g.op("Mul", [size, g.int64([0])]);
    return g.op("Reshape", [name, g.op("Add", [g.int64(shape), nothing])]);
  }

  fixed(name: string, shape: readonly number[]): string {
    return this.float(name, shape);
  }

  /** Returns rows of an embedding table as f32; the table itself stays in its stored type. */
  embed(name: string, shape: readonly number[], ids: string): string {
    const stored = this.stored(name, shape);
    return this.widened(this.g.op("Gather", [stored.name, ids]), stored.dtype);
  }

  private widened(name: string, dtype: StoredDtype): string {
    if (dtype === "F32") return name;
    if (!isFloat8(dtype)) return this.g.op("Cast", [name], { to: { int: DataType.FLOAT } });
    const codes = this.g.op("Cast", [name], { to: { int: DataType.INT32 } });
    return this.g.op("Gather", [this.g.float32(FLOAT8_VALUES[dtype], [256]), codes]);
  }

  private stored(name: string, shape: readonly number[], slice?: RowSlice): Stored {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new UserError(`${this.source}: tensor ${name} is missing from the weight files`);
    this.used.add(name);
    if (tensor.shape.join() !== shape.join()) {
      throw new UserError(
        `${tensor.file}: tensor ${name} has shape [${tensor.shape.join(", ")}] where config.json implies [${shape.join(", ")}]`,
      );
    }
    const known = ONNX_TYPES[tensor.dtype];
    if (known === undefined) {
      throw new UserError(
        `${tensor.file}: tensor ${name} is ${tensor.dtype}; supported: ${Object.keys(ONNX_TYPES).join(", ")}`,
      );
    }
    const part = slice ?? { from: 0, rows: shape[0] ?? 1 };
    const id = slice === undefined ? name : `${name}[${part.from}:${part.from + part.rows}]`;
    if (!this.added.has(id)) {
      const rowBytes = known.bytes * shape.slice(1).reduce((product, size) => product * size, 1);
      this.g.external({
        name: id,
        type: known.type,
        shape: shape.length === 0 ? [] : [part.rows, ...shape.slice(1)],
        location: tensor.file.slice(this.root.length),
        offset: tensor.offset + part.from * rowBytes,
        length: part.rows * rowBytes,
      });
      this.added.set(id, id);
    }
    return { name: id, dtype: tensor.dtype };
  }
}
