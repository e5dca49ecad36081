/**
 * Tests the encoder of ONNX files, read back by a protobuf reader written from the wire format, and by ONNX Runtime.
 */

import fc from "fast-check";
import { writeFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DataType, GraphBuilder } from "../../../src/checkpoints/graph/onnx-proto.js";
import { at } from "../../support/reference-forward.js";
import { tempFolder } from "../../support/temp-folder.js";

type Field = { readonly field: number; readonly value: bigint | Uint8Array };

/** https://protobuf.dev/programming-guides/encoding: varints (0), 8 bytes (1), lengths (2) and 4 bytes (5). */
function readMessage(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = at(bytes, position++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (position < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire === 0) {
      fields.push({ field: tag >> 3, value: varint() });
      continue;
    }
    const length = wire === 2 ? Number(varint()) : wire === 5 ? 4 : 8;
    if (position + length > bytes.length) throw new RangeError("a field runs past the end of its message");
    fields.push({ field: tag >> 3, value: bytes.subarray(position, (position += length)) });
  }
  return fields;
}

const all = (message: readonly Field[], field: number) =>
  message.filter((each) => each.field === field).map(({ value }) => value);
const bytesOf = (message: readonly Field[], field: number) => at(all(message, field), 0) as Uint8Array;
const textOf = (message: readonly Field[], field: number) => Buffer.from(bytesOf(message, field)).toString("utf8");
const int = (message: readonly Field[], field: number) => BigInt.asIntN(64, at(all(message, field), 0) as bigint);
const messages = (message: readonly Field[], field: number) =>
  all(message, field).map((value) => readMessage(value as Uint8Array));

/** Field numbers of onnx.proto3. */
const graphOf = (model: Uint8Array) => at(messages(readMessage(model), 7), 0);
const attributesOf = (node: readonly Field[]) =>
  new Map(messages(node, 5).map((attribute) => [textOf(attribute, 1), attribute]));

describe("what was encoded is read back", () => {
  test("numbers of any sign and size in attributes and lists", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.array(fc.maxSafeInteger()), fc.float({ noNaN: true }), (one, many, real) => {
        const g = new GraphBuilder();
        g.op("Made", ["in"], { one: { int: one }, many: { ints: many }, real: { float: real } }, "out");
        const attributes = attributesOf(at(messages(graphOf(g.encode()), 1), 0));
        const [first, list, float] = ["one", "many", "real"].map((name) => attributes.get(name) ?? []);
        expect(int(first ?? [], 3)).toBe(BigInt(one));
        expect(int(first ?? [], 20)).toBe(2n);
        expect(all(list ?? [], 8).map((value) => BigInt.asIntN(64, value as bigint))).toEqual(many.map(BigInt));
        expect(int(list ?? [], 20)).toBe(7n);
        const bytes = bytesOf(float ?? [], 2);
        expect(new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true)).toBe(real);
        expect(int(float ?? [], 20)).toBe(1n);
      }),
    );
  });

  test("-1 is ten bytes, as two's complement of 64 bits", () => {
    const g = new GraphBuilder();
    g.op("Made", [], { axis: { int: -1 } }, "out");
    const hex = Buffer.from(g.encode()).toString("hex");
    // Field 3 (AttributeProto.i), varint.
    expect(hex).toContain("18ffffffffffffffffff01");
  });

  test("nodes with their names, inputs, outputs and absent inputs", () => {
    const g = new GraphBuilder();
    g.node("Split", ["x", "", "größe"], ["a", "b"]);
    const node = at(messages(graphOf(g.encode()), 1), 0);
    const texts = (field: number) => all(node, field).map((value) => Buffer.from(value as Uint8Array).toString("utf8"));
    expect(texts(1)).toEqual(["x", "", "größe"]);
    expect(texts(2)).toEqual(["a", "b"]);
    expect(texts(4)).toEqual(["Split"]);
  });

  test("equal constants are stored once", () => {
    const g = new GraphBuilder();
    expect(g.int64([1, -2])).toBe(g.int64([1, -2]));
    expect(g.int64([1])).not.toBe(g.int64([1], true));
    expect(g.float32([1], [])).not.toBe(g.float32([1], [1]));
    expect(messages(graphOf(g.encode()), 5)).toHaveLength(5);
  });

  test("the place of an external tensor", () => {
    const g = new GraphBuilder();
    const offset = 2 ** 33 + 1;
    g.external({
      name: "w",
      type: DataType.BFLOAT16,
      shape: [3, 5],
      location: "model.safetensors",
      offset,
      length: 30,
    });
    const tensor = at(messages(graphOf(g.encode()), 5), 0);
    expect(all(tensor, 1)).toEqual([3n, 5n]);
    expect(int(tensor, 2)).toBe(16n);
    expect(int(tensor, 14)).toBe(1n);
    const entries = messages(tensor, 13).map((each) => [textOf(each, 1), textOf(each, 2)]);
    expect(entries).toEqual([
      ["location", "model.safetensors"],
      ["offset", String(offset)],
      ["length", "30"],
    ]);
  });
});

describe("ONNX Runtime", () => {
  test("runs a graph with a negative axis, named dimensions, constants and an external tensor", async () => {
    const folder = tempFolder();
    // Two bytes before the data: an offset that no element size divides.
    writeFileSync(
      join(folder, "w.bin"),
      Buffer.concat([Buffer.from("ab"), Buffer.from(Float32Array.of(1, 2, 3).buffer)]),
    );
    const g = new GraphBuilder();
    g.input({ name: "x", type: DataType.FLOAT, shape: ["B", 3] });
    const weight = g.external({
      name: "w", type: DataType.FLOAT, shape: [3], location: "w.bin", offset: 2, length: 12,
    }); // prettier-ignore
    const sum = g.op("Add", [g.op("Mul", ["x", weight]), g.float32([0.5], [])]);
    g.op("Concat", [sum, "x"], { axis: { int: -1 } }, "y");
    g.output({ name: "y", type: DataType.FLOAT, shape: ["B", 6] });
    g.op("Gather", ["x", g.int64([-1])], { axis: { int: -1 } }, "last");
    g.output({ name: "last", type: DataType.FLOAT, shape: ["B", 1] });
    const session = await InferenceSession.create(g.encode(), {
      extra: { session: { model_external_initializers_file_folder_path: folder } },
    });
    const output = await session.run({ x: new Tensor("float32", [1, 1, 1, 2, 0, -1], [2, 3]) });
    expect([...((output["y"] as Tensor).data as Float32Array)]).toEqual([
      1.5, 2.5, 3.5, 1, 1, 1, 2.5, 0.5, -2.5, 2, 0, -1,
    ]); // prettier-ignore
    expect([...((output["last"] as Tensor).data as Float32Array)]).toEqual([1, -1]);
    await session.release();
  });
});
