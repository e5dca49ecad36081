/**
 * Reads the header of safetensors files: 8 bytes little-endian header length, a JSON header, then the data
 * (https://github.com/huggingface/safetensors#format).
 */

import { UserError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { textOf } from "../../base/utf8.js";
import { DTYPE_BYTES, type TensorDtype, type TensorLocation } from "./tensors.js";

/** Limits the bytes of a header, as in the reference implementation. */
const MAX_HEADER = 100_000_000;

interface HeaderEntry {
  dtype: TensorDtype;
  shape: number[];
  data_offsets: [number, number];
}

const isHeader = compileSchema<Record<string, HeaderEntry>>({
  type: "object",
  properties: { __metadata__: { type: "object", additionalProperties: { type: "string" } } },
  additionalProperties: {
    type: "object",
    required: ["dtype", "shape", "data_offsets"],
    additionalProperties: false,
    properties: {
      dtype: { enum: Object.keys(DTYPE_BYTES) },
      shape: { type: "array", items: { type: "integer", minimum: 0 } },
      data_offsets: { type: "array", items: { type: "integer", minimum: 0 }, minItems: 2, maxItems: 2 },
    },
  },
});

/**
 * Returns the number of bytes of the JSON header, which begins after the 8 bytes that say so.
 * @param start the file's first 8 bytes, or fewer where it is shorter
 * @param size bytes of the file
 * @throws UserError when the file cannot hold such a header
 */
export function headerBytes(start: Uint8Array, size: number, path: string): number {
  if (size < 8) throw new UserError(`${path}: ${size} bytes, too short for a safetensors file; download it again`);
  const claimed = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  const length = Number(claimed);
  if (length > size - 8) {
    throw new UserError(
      `${path}: the safetensors header claims ${claimed} bytes but the file has ${size}; it is cut or not a safetensors file`,
    );
  }
  if (length > MAX_HEADER) {
    throw new UserError(
      `${path}: the safetensors header claims ${length} bytes; the format allows ${MAX_HEADER}, so the file is damaged`,
    );
  }
  return length;
}

/**
 * Tells where the tensors of a file lie.
 * @param header bytes of the JSON header
 * @param file what the tensors' `file` becomes
 * @param size bytes of the file
 * @throws UserError when the header is not what the format says, or a tensor lies outside the file
 */
export function headerTensors(header: Uint8Array, path: string, file: string, size: number): TensorLocation[] {
  const start = 8 + header.length;
  return parseHeader(textOf(header, path), path, size - start).map(({ name, entry }) => ({
    name,
    dtype: entry.dtype,
    shape: entry.shape,
    file,
    offset: start + entry.data_offsets[0],
    length: entry.data_offsets[1] - entry.data_offsets[0],
  }));
}

function parseHeader(text: string, path: string, dataBytes: number): { name: string; entry: HeaderEntry }[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`${path}: the safetensors header is not JSON; the file is damaged`);
  }
  const header = validated(isHeader, json, `${path}: safetensors header`);
  const twice = repeatedKey(text);
  if (twice !== undefined)
    throw new UserError(`${path}: the safetensors header names ${twice} twice; the file is damaged`);
  const tensors = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => ({ name, entry }))
    .sort((a, b) => a.entry.data_offsets[0] - b.entry.data_offsets[0]);
  let end = 0;
  for (const { name, entry } of tensors) {
    const [from, to] = entry.data_offsets;
    const bytes = entry.shape.reduce((product, dim) => product * dim, DTYPE_BYTES[entry.dtype]);
    if (to - from !== bytes) {
      throw new UserError(
        `${path}: tensor ${name} has ${to - from} bytes where its shape needs ${bytes}; the file is damaged`,
      );
    }
    if (from < end) throw new UserError(`${path}: tensor ${name} overlaps the one before it; the file is damaged`);
    if (from > end)
      throw new UserError(`${path}: no tensor has bytes ${end} to ${from}, before ${name}; the file is damaged`);
    if (to > dataBytes) {
      throw new UserError(
        `${path}: tensor ${name} ends at byte ${to} of ${dataBytes}; the file is cut, download it again`,
      );
    }
    end = to;
  }
  // A file of which more than the header says was kept may be two files mixed up.
  if (tensors.length > 0 && end < dataBytes)
    throw new UserError(
      `${path}: no tensor has the last ${dataBytes - end} of its ${dataBytes} bytes; the file is damaged`,
    );
  return tensors;
}

/**
 * Returns the first name that an object has twice at its top level: JSON.parse silently keeps the last one.
 * @param text JSON that has been parsed before, so that it is known to be well-formed
 */
function repeatedKey(text: string): string | undefined {
  const seen = new Set<unknown>();
  let depth = 0;
  let previous = "";
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token !== "," && depth === 1 && (previous === "{" || previous === ",")) {
      const key = JSON.parse(token) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
    previous = token;
  }
  return undefined;
}
