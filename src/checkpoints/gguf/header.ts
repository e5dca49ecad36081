/**
 * Reads the header of GGUF files: metadata as keys with values, and where each tensor lies
 * (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 */

import { open, realpath, type FileHandle } from "node:fs/promises";
import { UserError } from "../../base/errors.js";
import { BLOCK_FORMATS, isBlockDtype } from "../files/block-formats.js";
import { refuseStandIn, STAND_IN_BYTES } from "../files/stand-ins.js";
import { DTYPE_BYTES, unreadable, type StoredDtype, type TensorLocation } from "../files/tensors.js";
import { ByteReader, CutError, GgufError } from "./byte-reader.js";
import { readValue, type MetadataValue } from "./values.js";

export type Metadata = ReadonlyMap<string, MetadataValue>;

export interface GgufFile {
  readonly metadata: Metadata;
  /** Under GGUF's own names, e.g. "blk.0.attn_q.weight"; shapes are [outputs, inputs], as in other formats. */
  readonly tensors: readonly TensorLocation[];
}

/** Names the types by their number in the file. */
const TYPES: Readonly<Record<number, StoredDtype>> = {
  0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K",
  13: "Q5_K", 14: "Q6_K", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 30: "BF16",
}; // prettier-ignore
/** Names of those that are not read, for messages. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
  23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
}; // prettier-ignore

/** Sets the bytes of the header that are read at first; more where it goes on. */
const FIRST_BYTES = 1 << 22;

/** @throws UserError when the file is cut, damaged, or of a version or type that is not supported */
export async function readGguf(path: string): Promise<GgufFile> {
  try {
    const file = await realpath(path);
    const handle = await open(file, "r");
    try {
      return await readHeader(handle, path, file);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof GgufError) throw new UserError(`${path}: ${error.message}`);
    throw unreadable(path, error);
  }
}

async function readHeader(handle: FileHandle, path: string, file: string): Promise<GgufFile> {
  const { size } = await handle.stat();
  for (let length = Math.min(size, FIRST_BYTES); ; length = Math.min(size, 4 * length)) {
    const bytes = Buffer.alloc(length);
    await handle.read(bytes, 0, length, 0);
    refuseStandIn(path, bytes.subarray(0, STAND_IN_BYTES).toString("latin1"));
    try {
      return parse(new ByteReader(bytes, size), size, file);
    } catch (error) {
      if (!(error instanceof CutError)) throw error;
      if (length === size) throw new GgufError("the header ends outside the file; it is cut, download it again");
    }
  }
}

function parse(reader: ByteReader, size: number, file: string): GgufFile {
  if (size < 24 || reader.mark(4) !== "GGUF") throw new GgufError("not a GGUF file; download it again");
  const version = reader.uint32();
  if (version > 0xffff) throw new GgufError("its numbers are not little-endian; convert it with gguf-convert-endian");
  if (version < 2 || version > 3) throw new GgufError(`GGUF version ${version} is not supported; supported: 2, 3`);
  const [tensorCount, valueCount] = [reader.count(24), reader.count(13)];
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < valueCount; i++) {
    const key = reader.string();
    if (metadata.has(key)) throw new GgufError(`its metadata names ${key} twice; the file is damaged`);
    metadata.set(key, readValue(reader));
  }
  const entries = Array.from({ length: tensorCount }, () => readEntry(reader));
  const alignment = metadata.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || alignment < 1 || alignment % 8 !== 0)
    throw new GgufError(`general.alignment is ${String(alignment)}; it must be a multiple of 8`);
  const start = Math.ceil(reader.at / alignment) * alignment;
  const tensors = entries.map((entry) => ({ ...entry, file, offset: start + entry.offset }));
  refuseWrongPlaces(tensors, size);
  return { metadata, tensors };
}

type Entry = Pick<TensorLocation, "name" | "dtype" | "shape" | "offset" | "length">;

function readEntry(reader: ByteReader): Entry {
  const name = reader.string();
  const dimensions = reader.uint32();
  if (dimensions > 4) throw new GgufError(`tensor ${name} has ${dimensions} dimensions; the file is damaged`);
  // The first is the one whose elements lie side by side.
  const shape = Array.from({ length: dimensions }, () => reader.dimension()).reverse();
  if (shape.includes(0)) throw new GgufError(`tensor ${name} has shape [${shape.join(", ")}]; the file is damaged`);
  const number = reader.uint32();
  const dtype = Object.hasOwn(TYPES, number) ? TYPES[number] : undefined;
  if (dtype === undefined) {
    const shown = Object.hasOwn(OTHER_TYPES, number) ? OTHER_TYPES[number] : `of type ${number}`;
    throw new GgufError(
      `tensor ${name} is ${shown}, which is not supported; supported: ${Object.values(TYPES).join(", ")}; ` +
        `use another quantisation of the model`,
    );
  }
  const offset = reader.dimension();
  const format = isBlockDtype(dtype) ? BLOCK_FORMATS[dtype] : { elements: 1, bytes: DTYPE_BYTES[dtype] };
  if ((shape.at(-1) ?? 1) % format.elements !== 0)
    throw new GgufError(
      `tensor ${name}: rows of ${shape.at(-1)} are not whole blocks of ${dtype}; the file is damaged`,
    );
  const elements = shape.reduce((product, dim) => product * dim, 1);
  return { name, dtype, shape, offset, length: (elements / format.elements) * format.bytes };
}

function refuseWrongPlaces(tensors: readonly TensorLocation[], size: number): void {
  const names = new Set<string>();
  let before: TensorLocation | undefined;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    const { name, offset, length } = tensor;
    if (names.has(name)) throw new GgufError(`it holds tensor ${name} twice; the file is damaged`);
    names.add(name);
    if (!(offset + length <= size))
      throw new GgufError(
        `tensor ${name} ends at byte ${offset + length} of ${size}; the file is cut, download it again`,
      );
    if (before !== undefined && before.offset + before.length > offset)
      throw new GgufError(`tensor ${name} overlaps ${before.name}; the file is damaged`);
    before = tensor;
  }
}
