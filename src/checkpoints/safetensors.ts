/**
 * Reads the header of safetensors files: where each tensor lies, never its bytes.
 * Format: 8 bytes little-endian header length, a JSON header, then the data
 * (https://github.com/huggingface/safetensors#format).
 */

import { open, readFile, realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { compileSchema, validated } from "../validation.js";

const DTYPE_BYTES = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1,
} as const; // prettier-ignore

export type SafetensorsDtype = keyof typeof DTYPE_BYTES;

/** One tensor of a checkpoint, as a byte range of a file. */
export interface TensorLocation {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Absolute path of the real file (symbolic links resolved). */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

interface HeaderEntry {
  dtype: SafetensorsDtype;
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

const isIndex = compileSchema<{ weight_map: Record<string, string> }>({
  type: "object",
  required: ["weight_map"],
  properties: { weight_map: { type: "object", additionalProperties: { type: "string", pattern: "^[^/\\\\]+$" } } },
});

/**
 * The tensors of one safetensors file.
 * @throws UserError when the file is cut, the header is not what the format says, or a tensor lies outside the file
 */
export async function readSafetensors(path: string): Promise<TensorLocation[]> {
  try {
    return await locateTensors(path);
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, error);
  }
}

/** What is said of a file or folder that the system does not let us read, e.g. a link to a deleted blob. */
export function unreadable(path: string, error: unknown): UserError {
  return new UserError(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? messageOf(error)})`);
}

async function locateTensors(path: string): Promise<TensorLocation[]> {
  const file = await realpath(path);
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    if (size < 8) throw new UserError(`${path}: ${size} bytes, too short for a safetensors file; download it again`);
    const lengthBytes = Buffer.alloc(8);
    await handle.read(lengthBytes, 0, 8, 0);
    const headerLength = Number(lengthBytes.readBigUInt64LE());
    if (headerLength > size - 8) {
      throw new UserError(
        `${path}: the safetensors header claims ${headerLength} bytes but the file has ${size}; it is cut or not a safetensors file`,
      );
    }
    const headerBytes = Buffer.alloc(headerLength);
    await handle.read(headerBytes, 0, headerLength, 8);
    const start = 8 + headerLength;
    return parseHeader(headerBytes.toString("utf8"), path, size - start).map(({ name, entry }) => ({
      name,
      dtype: entry.dtype,
      shape: entry.shape,
      file,
      offset: start + entry.data_offsets[0],
      length: entry.data_offsets[1] - entry.data_offsets[0],
    }));
  } finally {
    await handle.close();
  }
}

function parseHeader(text: string, path: string, dataBytes: number): { name: string; entry: HeaderEntry }[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`${path}: the safetensors header is not JSON; the file is damaged`);
  }
  const header = validated(isHeader, json, `${path}: safetensors header`);
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
    if (to > dataBytes) {
      throw new UserError(
        `${path}: tensor ${name} ends at byte ${to} of ${dataBytes}; the file is cut, download it again`,
      );
    }
    end = to;
  }
  return tensors;
}

/**
 * All tensors of a checkpoint folder: model.safetensors, or the shards named by model.safetensors.index.json.
 * @throws UserError when there is neither, or a shard or a tensor of the index is missing
 */
export async function readCheckpointTensors(
  folder: string,
  files: readonly string[],
): Promise<Map<string, TensorLocation>> {
  const shards = await shardNames(folder, files);
  const tensors = new Map<string, TensorLocation>();
  for (const shard of shards.names) {
    if (!files.includes(shard))
      throw new UserError(`${folder}: the shard ${shard} named by model.safetensors.index.json is missing`);
    for (const tensor of await readSafetensors(`${folder}/${shard}`)) tensors.set(tensor.name, tensor);
  }
  for (const name of shards.tensors) {
    if (!tensors.has(name))
      throw new UserError(`${folder}: tensor ${name} of model.safetensors.index.json is in none of the shards`);
  }
  return tensors;
}

async function shardNames(folder: string, files: readonly string[]): Promise<{ names: string[]; tensors: string[] }> {
  if (files.includes("model.safetensors")) return { names: ["model.safetensors"], tensors: [] };
  const indexFile = "model.safetensors.index.json";
  if (!files.includes(indexFile)) throw new UserError(`${folder}: no model.safetensors and no ${indexFile}`);
  const path = `${folder}/${indexFile}`;
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserError(`${path}: not JSON (${messageOf(error)})`);
    throw unreadable(path, error);
  }
  const index = validated(isIndex, json, path);
  return { names: [...new Set(Object.values(index.weight_map))].sort(), tensors: Object.keys(index.weight_map) };
}

/**
 * The one folder that holds every tensor's real file, as ONNX Runtime wants it.
 * @throws UserError when links lead the shards to different folders
 */
export function commonFolder(tensors: Iterable<TensorLocation>): string {
  const folders = new Set([...tensors].map((tensor) => dirname(tensor.file)));
  const [first, ...others] = folders;
  if (first === undefined) throw new UserError("the checkpoint's weight files hold no tensors");
  if (others.length > 0) {
    throw new UserError(
      `the checkpoint's files lie in different folders (${[...folders].join(", ")}); put them in one`,
    );
  }
  return first;
}

/** File name of a tensor inside {@link commonFolder}. */
export function fileName(tensor: TensorLocation): string {
  return basename(tensor.file);
}
