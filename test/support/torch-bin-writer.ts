/** Writes what torch.save writes, whole or with any part of it made wrong: pickles, ZIP archives, pytorch_model.bin. */

import { crc32 } from "node:zlib";
import type { StoredTensor } from "./tiny-checkpoint.js";

const STORAGES: Record<string, string> = {
  F32: "FloatStorage", F16: "HalfStorage", BF16: "BFloat16Storage", I64: "LongStorage", BOOL: "BoolStorage",
}; // prettier-ignore
const ELEMENT_BYTES: Record<string, number> = { F32: 4, F16: 2, BF16: 2, I64: 8, BOOL: 1 };

/** Opcodes one after another, as Python's pickletools names them. */
export class Pickle {
  private readonly parts: Uint8Array[] = [];

  /** Bytes as they are: opcodes with their arguments, or something wrong. */
  raw(...bytes: readonly number[]): this {
    this.parts.push(Uint8Array.from(bytes));
    return this;
  }

  repeated(byte: number, count: number): this {
    this.parts.push(Buffer.alloc(count, byte));
    return this;
  }

  proto(version = 2): this {
    return this.raw(0x80, version);
  }

  mark(): this {
    return this.raw(0x28);
  }

  stop(): this {
    return this.raw(0x2e);
  }

  /** BINUNICODE; `length` where it should lie about the text. */
  text(text: string, length = Buffer.byteLength(text)): this {
    const head = Buffer.alloc(5, 0x58);
    head.writeUInt32LE(length, 1);
    this.parts.push(head, Buffer.from(text));
    return this;
  }

  /** BININT, or LONG1 where it does not fit. */
  int(value: number): this {
    const wide = value > 0x7fffffff;
    const bytes = Buffer.alloc(wide ? 10 : 5, wide ? 0x8a : 0x4a);
    if (wide) {
      bytes[1] = 8;
      bytes.writeBigInt64LE(BigInt(value), 2);
    } else bytes.writeInt32LE(value, 1);
    this.parts.push(bytes);
    return this;
  }

  global(module: string, name: string): this {
    this.parts.push(Buffer.from(`c${module}\n${name}\n`));
    return this;
  }

  tuple(make: (pickle: this) => void): this {
    this.mark();
    make(this);
    return this.raw(0x74);
  }

  /** Writes a call of what was pushed before the tuple of arguments. */
  reduce(): this {
    return this.raw(0x52);
  }

  emptyOrderedDict(): this {
    return this.global("collections", "OrderedDict").raw(0x29).reduce();
  }

  /** BINPERSID of a storage. */
  storage(type: string, key: string, elements: number): this {
    return this.tuple((p) => p.text("storage").global("torch", type).text(key).text("cpu").int(elements)).raw(0x51);
  }

  /** Writes a tensor over the whole of a storage of its own, or over another part of it. */
  tensor(options: {
    readonly type?: string;
    readonly key?: string;
    readonly shape: readonly number[];
    readonly strides?: readonly number[];
    readonly offset?: number;
    readonly elements?: number;
  }): this {
    const { shape, type = "FloatStorage", key = "0", offset = 0 } = options;
    const strides = options.strides ?? contiguous(shape);
    const elements = options.elements ?? shape.reduce((product, size) => product * size, 1);
    this.global("torch._utils", "_rebuild_tensor_v2").tuple((p) => {
      p.storage(type, key, elements).int(offset);
      for (const sizes of [shape, strides])
        p.tuple((inner) => {
          sizes.forEach((size) => inner.int(size));
        });
      p.raw(0x89).emptyOrderedDict();
    });
    return this.reduce();
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

function contiguous(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

/** Describes a file of an archive. `central` and `local` replace what its two records should say. */
export interface ZipFile {
  readonly name: string;
  readonly data: Uint8Array;
  readonly local?: { readonly name?: string };
  readonly central?: {
    readonly method?: number;
    readonly flags?: number;
    readonly stored?: number;
    readonly original?: number;
    readonly header?: number;
    readonly extra?: Uint8Array;
  };
}

/** Holds what the end of an archive should say instead of the truth. */
export interface ZipEnd {
  readonly count?: number;
  readonly offset?: number;
  readonly length?: number;
  /** With a ZIP64 end, to which the plain one refers. */
  readonly zip64?: boolean;
}

/** Returns a ZIP archive of stored files, each beginning at a multiple of 64 bytes as PyTorch lays them out. */
export function encodeZip(files: readonly ZipFile[], end: ZipEnd = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const add = (bytes: Uint8Array) => {
    parts.push(Buffer.from(bytes));
    at += bytes.length;
  };
  for (const { name, data, local = {}, central = {} } of files) {
    const header = at;
    const localName = Buffer.from(local.name ?? name);
    const padding = (64 - ((at + 30 + localName.length + 4) % 64)) % 64;
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt32LE(crc32(data), 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt32LE(data.length, 22);
    head.writeUInt16LE(localName.length, 26);
    head.writeUInt16LE(4 + padding, 28);
    const extra = Buffer.alloc(4 + padding);
    extra.write("FB", 0);
    extra.writeUInt16LE(padding, 2);
    for (const bytes of [head, localName, extra, data]) add(bytes);

    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(central.flags ?? 0, 8);
    record.writeUInt16LE(central.method ?? 0, 10);
    record.writeUInt32LE(crc32(data), 16);
    record.writeUInt32LE(central.stored ?? data.length, 20);
    record.writeUInt32LE(central.original ?? data.length, 24);
    record.writeUInt16LE(Buffer.byteLength(name), 28);
    record.writeUInt16LE(central.extra?.length ?? 0, 30);
    record.writeUInt32LE(central.header ?? header, 42);
    directory.push(Buffer.concat([record, Buffer.from(name), central.extra ?? Buffer.alloc(0)]));
  }
  const records = Buffer.concat(directory);
  const offset = end.offset ?? at;
  const length = end.length ?? records.length;
  const count = end.count ?? files.length;
  add(records);
  if (end.zip64 === true) add(zip64End(offset, length, count, at));
  const tail = Buffer.alloc(22);
  tail.writeUInt32LE(0x06054b50, 0);
  tail.writeUInt16LE(end.zip64 === true ? 0xffff : count, 8);
  tail.writeUInt16LE(end.zip64 === true ? 0xffff : count, 10);
  tail.writeUInt32LE(end.zip64 === true ? 0xffffffff : length, 12);
  tail.writeUInt32LE(end.zip64 === true ? 0xffffffff : offset, 16);
  add(tail);
  return Buffer.concat(parts);
}

/** Returns the ZIP64 end record, which lies at `at`, and its locator. */
function zip64End(offset: number, length: number, count: number, at: number): Buffer {
  const bytes = Buffer.alloc(76);
  bytes.writeUInt32LE(0x06064b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeBigUInt64LE(BigInt(count), 24);
  bytes.writeBigUInt64LE(BigInt(count), 32);
  bytes.writeBigUInt64LE(BigInt(length), 40);
  bytes.writeBigUInt64LE(BigInt(offset), 48);
  bytes.writeUInt32LE(0x07064b50, 56);
  bytes.writeBigUInt64LE(BigInt(at), 64);
  bytes.writeUInt32LE(1, 72);
  return bytes;
}

/** Returns a ZIP64 extra field with these sizes, in the order the format gives them. */
export function zip64Extra(...sizes: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(4 + 8 * sizes.length);
  bytes.writeUInt16LE(1, 0);
  bytes.writeUInt16LE(8 * sizes.length, 2);
  sizes.forEach((size, i) => bytes.writeBigUInt64LE(size, 4 + 8 * i));
  return bytes;
}

/** Returns the files of a pytorch_model.bin. */
export function torchBinFiles(tensors: readonly StoredTensor[]): ZipFile[] {
  const pickle = new Pickle().proto().emptyOrderedDict().mark();
  tensors.forEach(({ name, dtype, shape, bytes }, i) => {
    const elements = bytes.length / (ELEMENT_BYTES[dtype] ?? NaN);
    pickle.text(name).tensor({ type: STORAGES[dtype] ?? dtype, key: String(i), shape, elements });
  });
  pickle.raw(0x75).stop();
  return [
    { name: "model/data.pkl", data: pickle.bytes() },
    { name: "model/byteorder", data: Buffer.from("little") },
    ...tensors.map(({ bytes }, i) => ({ name: `model/data/${i}`, data: bytes })),
    { name: "model/version", data: Buffer.from("3\n") },
  ];
}

/** Returns a pytorch_model.bin, as torch.save writes it since PyTorch 1.6. */
export function encodeTorchBin(tensors: readonly StoredTensor[]): Buffer {
  return encodeZip(torchBinFiles(tensors));
}
