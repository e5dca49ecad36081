/** Hashes weight files and, with the bytes at hand, looks for numbers that are none. */

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { UserError } from "../../base/errors.js";
import { isDerived } from "./derived.js";
import { FLOAT8_VALUES, isFloat8 } from "./float8.js";
import { DTYPE_BYTES, unreadable, type TensorDtype, type TensorLocation } from "./tensors.js";

/** Sets the bytes read at once: what was just hashed is still in the processor's cache when it is scanned. */
const CHUNK = 1 << 20;
/** Sets the bytes kept from the chunk before, since an element may begin there; a multiple of every element's size. */
const LEAD = 8;
/** Sets the words scanned between two looks at the result. */
const BLOCK = 4096;

/**
 * Holds the bits by which NaN and the infinities are found: they are what has all exponent bits set. Adding the lowest
 * exponent bit to the exponent alone then carries into the sign bit, and into nothing else: two 16-bit or four 8-bit
 * numbers are looked at in one 32-bit word.
 */
const FORMATS: Partial<Record<TensorDtype, { exponent: number; lowest: number; sign: number }>> = {
  F32: { exponent: 0x7f800000, lowest: 0x00800000, sign: 0x80000000 },
  F16: { exponent: 0x7c007c00, lowest: 0x04000400, sign: 0x80008000 },
  BF16: { exponent: 0x7f807f80, lowest: 0x00800080, sign: 0x80008000 },
  // NaN is what has all bits set but the sign: there are no infinities.
  F8_E4M3: { exponent: 0x7f7f7f7f, lowest: 0x01010101, sign: 0x80808080 },
  F8_E5M2: { exponent: 0x7c7c7c7c, lowest: 0x04040404, sign: 0x80808080 },
};

/**
 * @param path a weight file
 * @param tensors those of its tensors that must hold numbers; types that are not floating-point are not looked at
 * @returns SHA-256 of the file, as 64 hex digits
 * @throws UserError when it cannot be read, or naming the first tensor that holds NaN or an infinity
 */
export async function hashWeights(path: string, tensors: Iterable<TensorLocation>): Promise<string> {
  try {
    return await hashAndScan(path, new Scan(tensors));
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, error);
  }
}

async function hashAndScan(path: string, scan: Scan): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "r");
  try {
    let current = Buffer.alloc(LEAD + CHUNK);
    let next = Buffer.alloc(LEAD + CHUNK);
    let position = 0;
    let { bytesRead } = await handle.read(current, LEAD, CHUNK, 0);
    while (bytesRead > 0) {
      const end = position + bytesRead;
      const reading = handle.read(next, LEAD, CHUNK, end);
      hash.update(current.subarray(LEAD, LEAD + bytesRead));
      const failure = scan.look(current, position, end);
      const read = await reading;
      if (failure !== undefined) throw failure;
      current.copy(next, 0, bytesRead, bytesRead + LEAD);
      [current, next] = [next, current];
      position = end;
      ({ bytesRead } = read);
    }
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

/** Describes a tensor of plain floating-point numbers; the others are looked at when they are decoded. */
type Scanned = TensorLocation & { readonly dtype: TensorDtype };

function isScanned(tensor: TensorLocation): tensor is Scanned {
  return !isDerived(tensor) && Object.hasOwn(FORMATS, tensor.dtype);
}

class Scan {
  /** Not yet reached, the nearest last. */
  private readonly coming: Scanned[];
  private reached: Scanned[] = [];
  /** For elements that do not lie on a multiple of their size. */
  private readonly aligned = new Uint8Array(LEAD + CHUNK);

  constructor(tensors: Iterable<TensorLocation>) {
    // Tied tensors lie at one place under several names.
    const places = new Map(
      [...tensors].filter(isScanned).map((tensor) => [`${tensor.offset} ${tensor.length} ${tensor.dtype}`, tensor]),
    );
    this.coming = [...places.values()].sort((a, b) => b.offset - a.offset);
  }

  /**
   * @param buffer the file's bytes from `start` to `end`, after the LEAD bytes before them
   * @returns what is wrong with the first tensor that holds something else than numbers
   */
  look(buffer: Buffer, start: number, end: number): UserError | undefined {
    for (let tensor = this.coming.at(-1); tensor !== undefined && tensor.offset < end; tensor = this.coming.at(-1)) {
      this.reached.push(tensor);
      this.coming.pop();
    }
    for (const tensor of this.reached) {
      const size = DTYPE_BYTES[tensor.dtype];
      const before = Math.max(0, Math.floor((start - tensor.offset) / size));
      const after = Math.floor((Math.min(end, tensor.offset + tensor.length) - tensor.offset) / size);
      const from = LEAD + tensor.offset + before * size - start;
      const bytes = buffer.subarray(from, from + (after - before) * size);
      const bad = firstNotFinite(this.onWords(bytes), tensor.dtype);
      if (bad >= 0) return notANumber(tensor, before + bad, bytes.subarray(bad * size, (bad + 1) * size));
    }
    this.reached = this.reached.filter(({ offset, length }) => offset + length > end);
    return undefined;
  }

  /** Returns the bytes themselves, or a copy of them where 32-bit words cannot be read. */
  private onWords(bytes: Uint8Array): Uint8Array {
    if (bytes.byteOffset % 4 === 0) return bytes;
    this.aligned.set(bytes);
    return this.aligned.subarray(0, bytes.length);
  }
}

/** Returns the index of the first element that is NaN or infinite; -1 when there is none. */
function firstNotFinite(bytes: Uint8Array, dtype: TensorDtype): number {
  const format = FORMATS[dtype];
  if (format === undefined) return -1;
  const { exponent, lowest, sign } = format;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const perWord = 4 / DTYPE_BYTES[dtype];
  for (let block = 0; block < words.length; block += BLOCK) {
    const end = Math.min(words.length, block + BLOCK);
    let carried = 0;
    for (let i = block; i < end; i++) carried |= ((words[i] as number) & exponent) + lowest;
    if ((carried & sign) !== 0) return firstInWords(bytes, dtype, block * perWord, end * perWord);
  }
  return firstInWords(bytes, dtype, words.length * perWord, bytes.length / DTYPE_BYTES[dtype]);
}

/** Looks for the same among elements `from` to `to`, one by one. */
function firstInWords(bytes: Uint8Array, dtype: TensorDtype, from: number, to: number): number {
  const size = DTYPE_BYTES[dtype];
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(valueOf(bytes.subarray(i * size, (i + 1) * size), dtype))) return i;
  }
  return -1;
}

/** Returns an element's value where that is NaN or infinite, else zero. */
function valueOf(bytes: Uint8Array, dtype: TensorDtype): number {
  if (isFloat8(dtype)) {
    const value = FLOAT8_VALUES[dtype][bytes[0] as number] as number;
    return Number.isFinite(value) ? 0 : value;
  }
  const wide = dtype === "F32";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = wide ? view.getUint32(0, true) : view.getUint16(0, true);
  const exponent = (FORMATS[dtype]?.exponent ?? 0) & (wide ? -1 : 0xffff);
  if ((bits & exponent) !== exponent) return 0;
  const signBit = wide ? 0x80000000 : 0x8000;
  if ((bits & ~exponent & ~signBit) !== 0) return NaN;
  return (bits & signBit) === 0 ? Infinity : -Infinity;
}

function notANumber({ file, name, shape, dtype }: Scanned, index: number, bytes: Uint8Array): UserError {
  const elements = shape.reduce((product, size) => product * size, 1);
  return new UserError(
    `${file}: tensor ${name} holds ${valueOf(bytes, dtype)} at element ${index} of ${elements}; what such a model computes ` +
      `means nothing, so use another copy or an earlier step of the checkpoint`,
  );
}
