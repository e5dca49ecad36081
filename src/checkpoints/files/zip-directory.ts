/**
 * Finds the files of a ZIP archive, for archives whose files are stored as they are (torch.save writes such). Nothing
 * is inflated, so there is nothing a compressed file could blow up. Format: PKWARE APPNOTE 4.3, ZIP64 included.
 */

import type { FileHandle } from "node:fs/promises";

/** Describes a stored file as a byte range of the archive. */
export interface ZipEntry {
  readonly offset: number;
  readonly length: number;
}

/** Says that the archive is damaged or compressed. */
export class ZipError extends Error {}

/** Limits the bytes of a directory: room for the storages of over a hundred thousand tensors. */
const MAX_DIRECTORY = 16 * 1024 * 1024;
/** Gives the bytes of the end record without its comment, and the longest a comment can be. */
const END_RECORD = 22;
const MAX_COMMENT = 0xffff;

/** Holds one record of the central directory. */
interface DirectoryRecord {
  readonly name: Buffer;
  /** Where the file's own header lies. */
  readonly header: number;
  readonly length: number;
}

/**
 * Reads the central directory.
 * @param size bytes of the archive
 * @returns byte ranges by name, in the order they lie in the file; no two overlap
 * @throws ZipError
 */
export async function readZipDirectory(file: FileHandle, size: number): Promise<Map<string, ZipEntry>> {
  const { offset, length, count } = await findDirectory(file, size);
  if (length > MAX_DIRECTORY) throw new ZipError(`its directory has ${length} bytes; that of weights is far smaller`);
  const records = parseDirectory(await readBytes(file, offset, length), count);
  const entries = new Map<string, ZipEntry>();
  let end = 0;
  for (const record of records.sort((a, b) => a.header - b.header)) {
    const name = record.name.toString("utf8");
    if (record.header < end) throw new ZipError(`${name} in it overlaps the file before it; it is damaged`);
    const start = await findContent(file, record, offset);
    end = start + record.length;
    if (end > offset) throw new ZipError(`${name} in it ends outside its place; the file is cut or damaged`);
    if (entries.has(name)) throw new ZipError(`it holds ${name} twice; it is damaged`);
    entries.set(name, { offset: start, length: record.length });
  }
  return entries;
}

function parseDirectory(directory: Buffer, count: number): DirectoryRecord[] {
  const records: DirectoryRecord[] = [];
  let at = 0;
  while (at < directory.length) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50)
      throw new ZipError("its directory is damaged");
    const flags = directory.readUInt16LE(at + 8);
    const method = directory.readUInt16LE(at + 10);
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const next = extraEnd + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw new ZipError("its directory is cut");
    const name = directory.subarray(at + 46, nameEnd);
    refuseStrangeName(name.toString("utf8"));
    const sizes = {
      stored: directory.readUInt32LE(at + 20),
      original: directory.readUInt32LE(at + 24),
      header: directory.readUInt32LE(at + 42),
    };
    widen(sizes, directory.subarray(nameEnd, extraEnd));
    if (method !== 0 || sizes.stored !== sizes.original)
      throw new ZipError(`${name.toString("utf8")} in it is compressed; torch.save stores files as they are`);
    if ((flags & 1) !== 0) throw new ZipError(`${name.toString("utf8")} in it is encrypted`);
    records.push({ name, header: sizes.header, length: sizes.stored });
    at = next;
  }
  if (records.length !== count)
    throw new ZipError(`its directory names ${records.length} files where it says ${count}; it is damaged`);
  return records;
}

/** Names are only ever compared, but one that leads out of the archive was not written by torch.save. */
function refuseStrangeName(name: string): void {
  if (name === "" || /^[/\\]|^[A-Za-z]:|\\|\p{Cc}/u.test(name) || name.split("/").includes("..")) {
    throw new ZipError(`the name "${name}" in it leads out of the archive; torch.save did not write it`);
  }
}

/** Finds where a file's bytes begin: after its own header, which must lie before `limit` and have the same name. */
async function findContent(file: FileHandle, { name, header }: DirectoryRecord, limit: number): Promise<number> {
  const shown = name.toString("utf8");
  if (header + 30 + name.length > limit) throw new ZipError(`${shown} in it lies outside its place; it is damaged`);
  const local = await readBytes(file, header, 30 + name.length);
  if (local.readUInt32LE(0) !== 0x04034b50) throw new ZipError(`${shown} in it has no header; it is damaged`);
  if (local.readUInt16LE(26) !== name.length || !local.subarray(30).equals(name))
    throw new ZipError(`${shown} in it has another name in its own header; it is damaged`);
  return header + 30 + name.length + local.readUInt16LE(28);
}

/**
 * Finds the end-of-central-directory record, or its ZIP64 form: where the directory lies and how many files it names.
 */
async function findDirectory(
  file: FileHandle,
  size: number,
): Promise<{ offset: number; length: number; count: number }> {
  const tailLength = Math.min(size, END_RECORD + MAX_COMMENT);
  const tailStart = size - tailLength;
  const tail = await readBytes(file, tailStart, tailLength);
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (at < 0 || at + END_RECORD > tail.length) throw new ZipError("it has no directory; the file is cut");
  if (at + END_RECORD + tail.readUInt16LE(at + 20) !== tail.length)
    throw new ZipError("its directory is not at its end; the file is damaged");
  let end = tailStart + at;
  let found = {
    offset: tail.readUInt32LE(at + 16),
    length: tail.readUInt32LE(at + 12),
    count: tail.readUInt16LE(at + 10),
  };
  if (found.offset === 0xffffffff || found.length === 0xffffffff || found.count === 0xffff) {
    if (at < 20 || tail.readUInt32LE(at - 20) !== 0x07064b50) throw new ZipError("its ZIP64 directory is missing");
    const record = safe(tail.readBigUInt64LE(at - 20 + 8));
    if (record + 56 > end - 20) throw new ZipError("its ZIP64 directory lies outside the file");
    const zip64 = await readBytes(file, record, 56);
    if (zip64.readUInt32LE(0) !== 0x06064b50) throw new ZipError("its ZIP64 directory is damaged");
    found = {
      offset: safe(zip64.readBigUInt64LE(48)),
      length: safe(zip64.readBigUInt64LE(40)),
      count: safe(zip64.readBigUInt64LE(32)),
    };
    end = record;
  }
  if (found.offset + found.length > end) throw new ZipError("its directory does not fit into the file");
  return found;
}

/** Replaces sizes that say "see ZIP64" by those of the extra field. */
function widen(sizes: { stored: number; original: number; header: number }, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    let field = at + 4;
    for (const key of ["original", "stored", "header"] as const) {
      if (sizes[key] !== 0xffffffff) continue;
      if (field + 8 > end) throw new ZipError("a ZIP64 field of it is cut");
      sizes[key] = safe(extra.readBigUInt64LE(field));
      field += 8;
    }
    return;
  }
}

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new ZipError("it gives a size beyond all measure; it is damaged");
  return number;
}

/** @param length must fit into the file, so that nothing is allocated that the file does not hold */
async function readBytes(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  if (bytesRead < length) throw new ZipError("the file is cut");
  return bytes;
}
