/** Reads values of GGUF's metadata. */

import { GgufError, type ByteReader } from "./byte-reader.js";

export type MetadataValue = number | boolean | string | readonly MetadataValue[];

/** Holds the bytes that a value takes at least, and how it is read; by its number in the file. */
interface ValueType {
  readonly least: number;
  readonly read: (reader: ByteReader, depth: number) => MetadataValue;
}

function numeric(length: number, read: (view: DataView, at: number) => number): ValueType {
  return { least: length, read: (reader) => reader.number(length, read) };
}

/** Lists of lists are allowed by the format and used by no release. */
const MOST_DEPTH = 4;

const ARRAY = 9;
const TYPES: readonly ValueType[] = [
  numeric(1, (view, at) => view.getUint8(at)),
  numeric(1, (view, at) => view.getInt8(at)),
  numeric(2, (view, at) => view.getUint16(at, true)),
  numeric(2, (view, at) => view.getInt16(at, true)),
  numeric(4, (view, at) => view.getUint32(at, true)),
  numeric(4, (view, at) => view.getInt32(at, true)),
  numeric(4, (view, at) => view.getFloat32(at, true)),
  { least: 1, read: (reader) => reader.number(1, (view, at) => view.getUint8(at)) !== 0 },
  { least: 8, read: (reader) => reader.string() },
  { least: 12, read: readArray },
  numeric(8, (view, at) => Number(view.getBigUint64(at, true))),
  numeric(8, (view, at) => Number(view.getBigInt64(at, true))),
  numeric(8, (view, at) => view.getFloat64(at, true)),
];

function typeOf(number: number): ValueType {
  const type = TYPES[number];
  if (type === undefined) throw new GgufError(`its metadata holds a value of type ${number}; the file is damaged`);
  return type;
}

function readArray(reader: ByteReader, depth: number): MetadataValue[] {
  if (depth >= MOST_DEPTH) throw new GgufError("its metadata nests lists too deeply; the file is damaged");
  const number = reader.uint32();
  const type = typeOf(number);
  const length = reader.count(type.least);
  const values: MetadataValue[] = [];
  for (let i = 0; i < length; i++) values.push(type.read(reader, number === ARRAY ? depth + 1 : depth));
  return values;
}

/** Reads a value behind the number of its type. @throws GgufError when it is none */
export function readValue(reader: ByteReader): MetadataValue {
  return typeOf(reader.uint32()).read(reader, 0);
}
