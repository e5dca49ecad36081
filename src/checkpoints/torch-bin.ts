/** Reads where the tensors of a pytorch_model.bin lie, without executing anything: its storages can be mapped in place. */

import { open, realpath, type FileHandle } from "node:fs/promises";
import { UserError } from "../errors.js";
import { isTensor, PickleError, readPickle, type PickleValue, type TensorReference } from "./pickle.js";
import { DTYPE_BYTES, type TensorDtype, type TensorLocation } from "./tensors.js";
import { readZipDirectory, ZipError } from "./zip-directory.js";

const STORAGES: Record<string, TensorDtype> = {
  FloatStorage: "F32", HalfStorage: "F16", BFloat16Storage: "BF16", DoubleStorage: "F64", LongStorage: "I64",
  IntStorage: "I32", ShortStorage: "I16", CharStorage: "I8", ByteStorage: "U8", BoolStorage: "BOOL",
}; // prettier-ignore

const MAX_PICKLE = 256 * 1024 * 1024;
/** First value of a file that torch.save wrote before PyTorch 1.6. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/** Byte range of a storage. */
interface Storage {
  readonly offset: number;
  readonly length: number;
}

/**
 * The tensors of a file that torch.save wrote: a ZIP archive, or the older form (before PyTorch 1.6).
 * @throws UserError when the file is cut, or its pickle asks for anything but tensors
 */
export async function readTorchBin(path: string): Promise<TensorLocation[]> {
  const file = await realpath(path);
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(4);
    await handle.read(head, 0, 4, 0);
    const isZip = head.equals(Buffer.from([0x50, 0x4b, 3, 4]));
    const { value, storages } = isZip ? await readArchive(handle, size) : await readLegacy(handle, size);
    return tensorsOf(value).map(([name, tensor]) => locate(name, tensor, storages, file));
  } catch (error) {
    if (error instanceof PickleError || error instanceof ZipError) throw new UserError(`${path}: ${error.message}`);
    throw error;
  } finally {
    await handle.close();
  }
}

async function readArchive(handle: FileHandle, size: number) {
  const entries = await readZipDirectory(handle, size);
  const pickleName = [...entries.keys()].find((name) => name.endsWith("/data.pkl"));
  const pickle = pickleName === undefined ? undefined : entries.get(pickleName);
  if (pickleName === undefined || pickle === undefined)
    throw new ZipError("it holds no data.pkl; torch.save did not write it");
  if (pickle.length > MAX_PICKLE)
    throw new ZipError(`its data.pkl has ${pickle.length} bytes; a state dict's is far smaller`);
  const bytes = Buffer.alloc(pickle.length);
  await handle.read(bytes, 0, pickle.length, pickle.offset);
  const root = pickleName.slice(0, -"data.pkl".length);
  const storages = new Map<string, Storage>();
  for (const [name, entry] of entries) {
    if (name.startsWith(`${root}data/`)) storages.set(name.slice(root.length + "data/".length), entry);
  }
  return { value: readPickle(bytes).value, storages };
}

/** Magic number, protocol, system, state dict and storage keys as pickles; then each storage after its element count. */
async function readLegacy(handle: FileHandle, size: number) {
  const bytes = Buffer.alloc(Math.min(size, MAX_PICKLE));
  await handle.read(bytes, 0, bytes.length, 0);
  const magic = readPickle(bytes);
  if (magic.value !== LEGACY_MAGIC)
    throw new PickleError("it is neither a ZIP archive nor a file of an older torch.save");
  const protocol = readPickle(bytes, magic.end);
  const system = readPickle(bytes, protocol.end);
  const state = readPickle(bytes, system.end);
  const keys = readPickle(bytes, state.end);
  const elementBytes = new Map(
    tensorsOf(state.value).map(([, { storage }]) => [storage.key, DTYPE_BYTES[dtypeOf(storage.type)]]),
  );
  const storages = new Map<string, Storage>();
  let at = keys.end;
  const names = Array.isArray(keys.value) ? keys.value.filter((key) => typeof key === "string") : [];
  for (const key of names) {
    const count = Buffer.alloc(8);
    const { bytesRead } = await handle.read(count, 0, 8, at);
    const length = Number(count.readBigInt64LE()) * (elementBytes.get(key) ?? Number.NaN);
    if (bytesRead < 8 || !(at + 8 + length <= size))
      throw new PickleError(`storage ${key} ends outside the file; the file is cut`);
    storages.set(key, { offset: at + 8, length });
    at += 8 + length;
  }
  return { value: state.value, storages };
}

/** The tensors of a state dict; other values (counters, metadata) are left out. */
function tensorsOf(value: PickleValue): [string, TensorReference][] {
  if (!(value instanceof Map)) throw new PickleError("it does not hold a state dict (a dictionary of tensors)");
  const tensors = [...value].filter(
    (entry): entry is [string, TensorReference] => typeof entry[0] === "string" && isTensor(entry[1]),
  );
  if (tensors.length === 0) throw new PickleError("it holds no tensors at its top level; is it a training checkpoint?");
  return tensors;
}

function dtypeOf(storageType: string): TensorDtype {
  const dtype = STORAGES[storageType];
  if (dtype === undefined)
    throw new PickleError(`a tensor is stored as ${storageType}; known: ${Object.keys(STORAGES).join(", ")}`);
  return dtype;
}

function locate(
  name: string,
  { storage, offset, shape, strides }: TensorReference,
  storages: ReadonlyMap<string, Storage>,
  file: string,
): TensorLocation {
  const dtype = dtypeOf(storage.type);
  const range = storages.get(storage.key);
  if (range === undefined) throw new PickleError(`the storage ${storage.key} of tensor ${name} is missing`);
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected)
      throw new PickleError(`tensor ${name} is not contiguous; save it with .contiguous()`);
    expected *= shape[axis] as number;
  }
  const start = offset * DTYPE_BYTES[dtype];
  const length = expected * DTYPE_BYTES[dtype];
  if (start < 0 || start + length > range.length)
    throw new PickleError(`tensor ${name} lies outside its storage; the file is damaged`);
  return { name, dtype, shape, file, offset: range.offset + start, length };
}
