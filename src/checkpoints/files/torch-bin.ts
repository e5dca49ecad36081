/**
 * Reads where the tensors of a pytorch_model.bin lie, without executing anything: its storages can be mapped in place.
 */

import { open, realpath, type FileHandle } from "node:fs/promises";
import { UserError } from "../../base/errors.js";
import {
  isTensor,
  PickleError,
  readPickle,
  RefusedGlobalError,
  type PickleValue,
  type TensorReference,
} from "./pickle.js";
import { refuseStandIn, STAND_IN_BYTES } from "./stand-ins.js";
import { DTYPE_BYTES, elementsOf, unreadable, type TensorDtype, type TensorLocation } from "./tensors.js";
import { readZipDirectory, ZipError, type ZipEntry } from "./zip-directory.js";

const STORAGES: Record<string, TensorDtype> = {
  FloatStorage: "F32", HalfStorage: "F16", BFloat16Storage: "BF16", DoubleStorage: "F64", LongStorage: "I64",
  IntStorage: "I32", ShortStorage: "I16", CharStorage: "I8", ByteStorage: "U8", BoolStorage: "BOOL",
}; // prettier-ignore

/** Limits the bytes of a pickle: fifty thousand tensors need about 10 MB. */
const MAX_PICKLE = 32 * 1024 * 1024;
/** Holds the first value of a file that torch.save wrote before PyTorch 1.6. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/** Gives the byte range of a storage. */
interface Storage {
  readonly offset: number;
  readonly length: number;
}

interface Content {
  readonly tensors: readonly [string, TensorReference][];
  /** By the key of a tensor's storage. */
  readonly storages: ReadonlyMap<string, Storage>;
}

/**
 * Reads the tensors of a file that torch.save wrote: a ZIP archive, or the older form (before PyTorch 1.6).
 * @throws UserError when the file is cut, or its pickle asks for anything but tensors
 */
export async function readTorchBin(path: string): Promise<TensorLocation[]> {
  try {
    return await locateTensors(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof RefusedGlobalError)
      throw new UserError(
        `${path}: ${error.message}; use a copy in safetensors form, or one of the state_dict() alone`,
      );
    if (error instanceof PickleError || error instanceof ZipError) throw new UserError(`${path}: ${error.message}`);
    throw unreadable(path, error);
  }
}

async function locateTensors(path: string): Promise<TensorLocation[]> {
  const file = await realpath(path);
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const head = await readUpTo(handle, 0, Math.min(size, STAND_IN_BYTES));
    refuseStandIn(path, head.toString("latin1"));
    const isZip = head.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, 3, 4]));
    const { tensors, storages } = isZip ? await readArchive(handle, size) : await readLegacy(handle, size);
    return tensors.map(([name, tensor]) => locate(name, tensor, storages, file));
  } finally {
    await handle.close();
  }
}

async function readArchive(handle: FileHandle, size: number): Promise<Content> {
  const entries = await readZipDirectory(handle, size);
  const [pickleName, ...others] = [...entries.keys()].filter((name) => /(?:^|\/)data\.pkl$/.test(name));
  if (pickleName === undefined) throw new ZipError("it holds no data.pkl; torch.save did not write it");
  if (others.length > 0)
    throw new ZipError(`it holds more than one data.pkl (${[pickleName, ...others].slice(0, 3).join(", ")})`);
  const pickle = entries.get(pickleName) as ZipEntry;
  if (pickle.length > MAX_PICKLE)
    throw new ZipError(`its data.pkl has ${pickle.length} bytes; a state dict's is far smaller`);
  const root = pickleName.slice(0, -"data.pkl".length);
  const order = entries.get(`${root}byteorder`);
  if (order !== undefined && (await readUpTo(handle, order.offset, Math.min(order.length, 16))).toString() !== "little")
    throw new ZipError("its numbers are not little-endian; save it again on an x86 or ARM machine");
  const bytes = await readUpTo(handle, pickle.offset, pickle.length);
  const storages = new Map<string, Storage>();
  for (const [name, entry] of entries) {
    if (name.startsWith(`${root}data/`)) storages.set(name.slice(root.length + "data/".length), entry);
  }
  return { tensors: tensorsOf(readPickle(bytes).value), storages };
}

/**
 * Reads the magic number, the protocol, the system, the state dict and the storage keys as pickles; then each storage
 * after its element count.
 */
async function readLegacy(handle: FileHandle, size: number): Promise<Content> {
  const bytes = await readUpTo(handle, 0, Math.min(size, MAX_PICKLE));
  const protocol = readPickle(bytes, readMagic(bytes));
  const system = readPickle(bytes, protocol.end);
  if (!(system.value instanceof Map) || system.value.get("little_endian") !== true)
    throw new PickleError("its numbers are not little-endian; save it again on an x86 or ARM machine");
  const state = readPickle(bytes, system.end);
  const keys = readPickle(bytes, state.end);
  const tensors = tensorsOf(state.value);
  const references = new Map(tensors.map(([, { storage }]) => [storage.key, storage]));
  const storages = new Map<string, Storage>();
  let at = keys.end;
  for (const key of Array.isArray(keys.value) ? keys.value : []) {
    const storage = typeof key === "string" ? references.get(key) : undefined;
    if (storage === undefined) throw new PickleError("it holds a storage that no tensor uses; the file is damaged");
    const count = await readUpTo(handle, at, 8);
    if (count.length < 8) throw new PickleError(`storage ${storage.key} is missing; the file is cut`);
    if (count.readBigInt64LE() !== BigInt(storage.elements))
      throw new PickleError(`storage ${storage.key} has another size than its tensors say; the file is damaged`);
    const length = storage.elements * DTYPE_BYTES[dtypeOf(storage.type)];
    if (at + 8 + length > size) throw new PickleError(`storage ${storage.key} ends outside the file; the file is cut`);
    storages.set(storage.key, { offset: at + 8, length });
    at += 8 + length;
  }
  return { tensors, storages };
}

/** Tells where the pickle of the magic number ends. */
function readMagic(bytes: Uint8Array): number {
  try {
    const { value, end } = readPickle(bytes);
    if (value === LEGACY_MAGIC) return end;
  } catch (error) {
    // What a file is matters less than what it tried.
    if (!(error instanceof PickleError) || error instanceof RefusedGlobalError) throw error;
  }
  throw new PickleError(
    `it is neither a ZIP archive nor a file of an older torch.save (${bytes.length === 0 ? "it is empty" : "it begins otherwise"}); download it again`,
  );
}

/** Returns the tensors of a state dict; other values (counters, metadata) are left out. */
function tensorsOf(value: PickleValue): [string, TensorReference][] {
  if (!(value instanceof Map)) throw new PickleError("it does not hold a state dict (a dictionary of tensors)");
  const inner = [...value].flatMap(([key, one]) => (one instanceof Map && one.size > 0 ? [key] : []));
  const names = inner.filter((key) => typeof key === "string").slice(0, 5);
  if (inner.length > 0) {
    throw new PickleError(
      `it holds dictionaries (${names.join(", ")}), as a training checkpoint does, not a state dict; ` +
        `save the model's state_dict() by itself`,
    );
  }
  const tensors = [...value].filter(
    (entry): entry is [string, TensorReference] => typeof entry[0] === "string" && isTensor(entry[1]),
  );
  if (tensors.length === 0) throw new PickleError("it holds no tensors; save the model's state_dict()");
  return tensors;
}

function dtypeOf(storageType: string): TensorDtype {
  const dtype = Object.hasOwn(STORAGES, storageType) ? STORAGES[storageType] : undefined;
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
  if (range === undefined)
    throw new PickleError(`the storage ${storage.key} of tensor ${name} is missing; the file is damaged`);
  const elements = elementsOf({ shape });
  const inOrder = contiguous(shape, strides);
  if (!inOrder && elements > storage.elements)
    throw new PickleError(
      `tensor ${name} repeats the numbers of its storage (${elements} from ${storage.elements}); save it with .contiguous()`,
    );
  const span = inOrder ? elements : spanOf(shape, strides);
  const start = offset * DTYPE_BYTES[dtype];
  const length = span * DTYPE_BYTES[dtype];
  const available = Math.min(range.length, storage.elements * DTYPE_BYTES[dtype]);
  if (!(start + length <= available))
    throw new PickleError(
      `tensor ${name} needs bytes ${start} to ${start + length} of a storage of ${available}; the file is damaged`,
    );
  const place = { name, dtype, shape, file, offset: range.offset + start, length };
  return inOrder ? place : { ...place, view: { sizes: shape, strides } };
}

/** Tells whether the numbers lie row by row; the stride of an axis of one element says nothing. */
function contiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis] as number;
  }
  return true;
}

/** Counts the numbers from the first to the last one of a view. */
function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), 0);
}

/** Reads bytes of a file: fewer than asked for where the file ends. */
async function readUpTo(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}
