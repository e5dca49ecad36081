/** Reads the numbers of a stored tensor, where they are read here instead of being mapped. */

import { open } from "node:fs/promises";
import { UserError } from "../../base/errors.js";
import { BLOCK_FORMATS, decodeBlocks, isBlockDtype } from "./block-formats.js";
import { FLOAT8_VALUES } from "./float8.js";
import { halfValues } from "./half-floats.js";
import { applyMerge } from "./merge.js";
import { applyScales } from "./scaled-weights.js";
import {
  DTYPE_BYTES,
  elementsOf,
  unreadable,
  type TensorDtype,
  type TensorLocation,
  type TensorView,
} from "./tensors.js";

/** Turns the little-endian bytes of a tensor into f32. */
const DECODERS: Partial<Record<TensorDtype, (bytes: ArrayBuffer) => Float32Array<ArrayBuffer>>> = {
  F64: (bytes) => Float32Array.from(new Float64Array(bytes)),
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => mapped(new Uint16Array(bytes), halfValues()),
  // A bfloat16 is the upper half of an f32.
  BF16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (bits) => bits << 16).buffer),
  F8_E4M3: (bytes) => mapped(new Uint8Array(bytes), FLOAT8_VALUES.F8_E4M3),
  F8_E5M2: (bytes) => mapped(new Uint8Array(bytes), FLOAT8_VALUES.F8_E5M2),
};

function mapped(codes: Uint8Array | Uint16Array, values: Float32Array): Float32Array<ArrayBuffer> {
  const result = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) result[i] = values[codes[i] as number] as number;
  return result;
}

/** Elements that are decoded at a time, a multiple of every block. */
const PART = 1 << 20;

/**
 * Reads all elements of a tensor as f32, row by row.
 * @throws UserError when it is stored in a type that holds no floating-point numbers, cannot be read or holds NaN or an
 * infinity
 */
export async function readFloats(tensor: TensorLocation): Promise<Float32Array> {
  const values = new Float32Array(elementsOf(tensor));
  let at = 0;
  for await (const part of floatParts(tensor)) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}

/**
 * Reads the same in parts, so that memory does not grow with the tensor where its numbers lie in order.
 * @throws UserError as readFloats
 */
export async function* floatParts(tensor: TensorLocation): AsyncGenerator<Float32Array> {
  const { file, name, view, plus = 0, merge, scales, ...stored } = tensor;
  if (merge !== undefined) {
    const values = await readFloats({ file, name, plus, ...(view && { view }), ...(scales && { scales }), ...stored });
    applyMerge(values, merge);
    yield values;
    return;
  }
  const factors = scales === undefined ? undefined : await readFloats(scales.stored);
  let start = 0;
  const ready = (values: Float32Array) => {
    if (scales !== undefined && factors !== undefined) applyScales(values, start, factors, scales);
    const bad = firstNotFinite(values);
    if (bad >= 0)
      throw new UserError(`${file}: element ${start + bad} of tensor ${name} is ${values[bad]}; its training failed`);
    start += values.length;
    return plus === 0 ? values : values.map((value) => value + plus);
  };
  if (view === undefined) {
    for await (const values of storedParts(tensor, PART)) yield ready(values);
  } else {
    let stored = new Float32Array();
    for await (const whole of storedParts(tensor, Infinity)) stored = whole;
    yield ready(gathered(stored, view));
  }
}

/** Returns the index of the first element that is NaN or infinite; -1 when there is none. */
function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** Returns the stored numbers in the order in which they lie. */
async function* storedParts({ name, dtype, file, offset, length }: TensorLocation, most: number) {
  const decode = isBlockDtype(dtype)
    ? (bytes: ArrayBuffer) => decodeBlocks(dtype, new Uint8Array(bytes))
    : DECODERS[dtype];
  if (decode === undefined) {
    const known = [...Object.keys(DECODERS), ...Object.keys(BLOCK_FORMATS)];
    throw new UserError(`${file}: tensor ${name} is ${dtype}; supported: ${known.join(", ")}`);
  }
  const { elements, bytes } = isBlockDtype(dtype) ? BLOCK_FORMATS[dtype] : { elements: 1, bytes: DTYPE_BYTES[dtype] };
  const part = Math.min(length, (most / elements) * bytes);
  for (let at = 0; at < length; at += part) {
    yield decode(await readBytes(file, offset + at, Math.min(part, length - at)));
  }
}

/** Elements of a view in order, the last axis fastest. */
function gathered(stored: Float32Array, { sizes, strides }: TensorView): Float32Array {
  const result = new Float32Array(sizes.reduce((product, size) => product * size, 1));
  if (result.length === 0) return result;
  const index = sizes.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = stored[from] as number;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const [size, stride] = [sizes[axis] as number, strides[axis] as number];
      const next = (index[axis] as number) + 1;
      if (next < size) {
        index[axis] = next;
        from += stride;
        break;
      }
      index[axis] = 0;
      from -= (size - 1) * stride;
    }
  }
  return result;
}

async function readBytes(file: string, offset: number, length: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  try {
    const handle = await open(file, "r");
    try {
      await handle.read(bytes, 0, length, offset);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  return bytes.buffer;
}
