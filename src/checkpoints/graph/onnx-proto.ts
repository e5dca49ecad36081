/**
 * Encodes ONNX model files: just the protobuf messages a transformer graph needs. Field numbers are those of
 * onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 */

/** Lists the element types of onnx.TensorProto.DataType. */
export const DataType = { FLOAT: 1, UINT8: 2, INT32: 6, INT64: 7, BOOL: 9, FLOAT16: 10, BFLOAT16: 16 } as const;
export type DataType = (typeof DataType)[keyof typeof DataType];

const encoder = new TextEncoder();
/** Sets the bytes up to which a constant is looked for among those that are there. */
const LARGEST_SHARED = 1 << 16;

/** Builds a growing byte buffer with protobuf's wire types. */
class Message {
  private readonly parts: Uint8Array[] = [];

  private raw(bytes: Uint8Array): this {
    this.parts.push(bytes);
    return this;
  }

  private varint(value: number | bigint): this {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    return this.raw(Uint8Array.from(bytes));
  }

  int(field: number, value: number | bigint): this {
    return this.varint(field << 3).varint(value);
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.varint((field << 3) | 5).raw(bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.varint((field << 3) | 2)
      .varint(value.length)
      .raw(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

/**
 * Describes an attribute of a node: integer, float, text, or list of integers (told apart by {@link AttributeValue}'s
 * shape).
 */
export type AttributeValue = { int: number } | { float: number } | { string: string } | { ints: readonly number[] };

/** Gives the name, element type and shape (numbers, or names for symbolic dimensions) of a graph input or output. */
export interface ValueInfo {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly (number | string)[];
}

/** Describes a tensor whose bytes lie in another file: nothing is copied, the runtime maps the file. */
export interface ExternalTensor {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  /** File name, relative to the folder given when the session is created. */
  readonly location: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Collects nodes and tensors of a graph and encodes them as an ONNX model. */
export class GraphBuilder {
  private readonly graph = new Message();
  private readonly constants = new Map<string, string>();
  private names = 0;

  /** Returns a name not used before in this graph. */
  fresh(hint: string): string {
    return `${hint}_${this.names++}`;
  }

  /**
   * Adds a node with one output.
   * @returns the output's name
   */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    output?: string,
  ): string {
    const name = output ?? this.fresh(type);
    this.node(type, inputs, [name], attributes);
    return name;
  }

  /** Adds a node; an empty input name means the optional input is absent. */
  node(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
  ): void {
    const node = new Message();
    for (const input of inputs) node.string(1, input);
    for (const output of outputs) node.string(2, output);
    node.string(3, this.fresh("node")).string(4, type);
    for (const [name, value] of Object.entries(attributes)) {
      const attribute = new Message().string(1, name);
      if ("int" in value) attribute.int(3, value.int).int(20, 2);
      else if ("float" in value) attribute.float(2, value.float).int(20, 1);
      else if ("string" in value) attribute.string(4, value.string).int(20, 3);
      else {
        for (const item of value.ints) attribute.int(8, item);
        attribute.int(20, 7);
      }
      node.message(5, attribute);
    }
    this.graph.message(1, node);
  }

  /**
   * Returns a small constant tensor of 64-bit integers (shape [n], or a scalar when `scalar`). Equal constants are
   * shared.
   */
  int64(values: readonly number[], scalar = false): string {
    const data = new BigInt64Array(values.map((value) => BigInt(value)));
    return this.constant(DataType.INT64, scalar ? [] : [values.length], new Uint8Array(data.buffer));
  }

  /** Returns a constant tensor of 32-bit floats of the given shape ([] is a scalar). */
  float32(values: ArrayLike<number>, shape: readonly number[]): string {
    return this.constant(DataType.FLOAT, shape, new Uint8Array(Float32Array.from(values).buffer));
  }

  private constant(type: DataType, shape: readonly number[], bytes: Uint8Array): string {
    const key = bytes.length > LARGEST_SHARED ? "" : `${String(type)}:${shape.join("x")}:${bytes.join()}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh("const");
    const tensor = new Message();
    for (const size of shape) tensor.int(1, size);
    this.graph.message(5, tensor.int(2, type).string(8, name).bytes(9, bytes));
    if (key !== "") this.constants.set(key, name);
    return name;
  }

  /** Adds an initializer whose bytes stay in their own file (TensorProto.data_location EXTERNAL). */
  external(tensor: ExternalTensor): string {
    const proto = new Message();
    for (const size of tensor.shape) proto.int(1, size);
    proto.int(2, tensor.type).string(8, tensor.name);
    const entries = { location: tensor.location, offset: String(tensor.offset), length: String(tensor.length) };
    for (const [key, value] of Object.entries(entries))
      proto.message(13, new Message().string(1, key).string(2, value));
    this.graph.message(5, proto.int(14, 1));
    return tensor.name;
  }

  input(info: ValueInfo): string {
    this.graph.message(11, valueInfo(info));
    return info.name;
  }

  output(info: ValueInfo): void {
    this.graph.message(12, valueInfo(info));
  }

  /** Returns the finished model file: IR version 9, default opset 18. */
  encode(): Uint8Array {
    this.graph.string(2, "checkpoint");
    return new Message()
      .int(1, 9)
      .string(2, "amuro-eval")
      .message(7, this.graph)
      .message(8, new Message().string(1, "").int(2, 18))
      .finish();
  }
}

function valueInfo(info: ValueInfo): Message {
  const shape = new Message();
  for (const size of info.shape) {
    shape.message(1, typeof size === "number" ? new Message().int(1, size) : new Message().string(2, size));
  }
  const tensor = new Message().int(1, info.type).message(2, shape);
  return new Message().string(1, info.name).message(2, new Message().message(1, tensor));
}
