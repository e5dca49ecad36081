/** Writes safetensors files (format: see safetensors.ts), in f32 or rounded to bfloat16. */

import { open, rename } from "node:fs/promises";

export interface NamedValues {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Lists the types that weights are written in. */
export const WRITTEN_DTYPES = ["f32", "bf16"] as const;
export type WrittenDtype = (typeof WRITTEN_DTYPES)[number];

/** Readers map the data from an offset that is a multiple of this. */
const ALIGNMENT = 8;

/**
 * Writes under another name and renames, so that a killed process leaves no half-written file.
 * @param metadata texts for the header's __metadata__
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedValues[],
  dtype: WrittenDtype,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Promise<void> {
  const bytes = dtype === "f32" ? 4 : 2;
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, values } of tensors) {
    const from = end;
    end += bytes * values.length;
    header[name] = { dtype: dtype.toUpperCase(), shape, data_offsets: [from, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((ALIGNMENT - (json.length % ALIGNMENT)) % ALIGNMENT, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const draft = `${path}.part`;
  const file = await open(draft, "w");
  try {
    await file.writeFile(length);
    await file.writeFile(padded);
    for (const { values } of tensors) {
      const stored = dtype === "f32" ? values : toBfloat16(values);
      await file.writeFile(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** Returns the nearest bfloat16 of each value, ties to even, as torch rounds; values are finite. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (x) => (x + 0x7fff + ((x >>> 16) & 1)) >>> 16);
}
