/** The numbers of a stored tensor, for the few that are small enough to be read here instead of being mapped. */

import { open } from "node:fs/promises";
import { UserError } from "../../base/errors.js";
import { FLOAT8_VALUES } from "./float8.js";
import { unreadable, type TensorDtype, type TensorLocation } from "./tensors.js";

/** From the little-endian bytes of a tensor to f32. */
const DECODERS: Partial<Record<TensorDtype, (bytes: ArrayBuffer) => Float32Array<ArrayBuffer>>> = {
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => Float32Array.from(new Uint16Array(bytes), fromHalf),
  // A bfloat16 is the upper half of an f32.
  BF16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (bits) => bits << 16).buffer),
  F8_E4M3: (bytes) => Float32Array.from(new Uint8Array(bytes), (code) => FLOAT8_VALUES.F8_E4M3[code] as number),
  F8_E5M2: (bytes) => Float32Array.from(new Uint8Array(bytes), (code) => FLOAT8_VALUES.F8_E5M2[code] as number),
};

/**
 * All elements of a tensor as f32, row by row.
 * @throws UserError when it is stored in a type that holds no floating-point numbers, cannot be read or holds NaN or an infinity
 */
export async function readFloats({ name, dtype, file, offset, length }: TensorLocation): Promise<Float32Array> {
  const decode = DECODERS[dtype];
  if (decode === undefined) {
    throw new UserError(`${file}: tensor ${name} is ${dtype}; supported: ${Object.keys(DECODERS).join(", ")}`);
  }
  const values = decode(await readBytes(file, offset, length));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new UserError(`${file}: element ${bad} of tensor ${name} is ${values[bad]}; its training failed`);
  return values;
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

/** IEEE half precision. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}
