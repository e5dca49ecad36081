/**
 * Where the files of a ZIP archive lie, for archives whose files are stored as they are (torch.save writes such). Nothing
 * is inflated, so there is nothing a compressed file could blow up.
 * Format: PKWARE APPNOTE 4.3, ZIP64 included.
 */

import type { FileHandle } from "node:fs/promises";

/** A stored file, as a byte range of the archive. */
export interface ZipEntry {
  readonly offset: number;
  readonly length: number;
}

/** The archive is damaged or compressed. */
export class ZipError extends Error {}

const MAX_DIRECTORY = 64 * 1024 * 1024;

/**
 * Reads the central directory.
 * @param size bytes of the archive
 * @throws ZipError
 */
export async function readZipDirectory(file: FileHandle, size: number): Promise<Map<string, ZipEntry>> {
  const { offset, length } = await findDirectory(file, size);
  if (offset + length > size || length > MAX_DIRECTORY) throw new ZipError("its directory does not fit into the file");
  const directory = await readBytes(file, offset, length);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  while (at + 46 <= length && directory.readUInt32LE(at) === 0x02014b50) {
    const method = directory.readUInt16LE(at + 10);
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const commentLength = directory.readUInt16LE(at + 32);
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > length) throw new ZipError("its directory is cut");
    const name = directory.toString("utf8", at + 46, at + 46 + nameLength);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const sizes = {
      stored: directory.readUInt32LE(at + 20),
      original: directory.readUInt32LE(at + 24),
      header: directory.readUInt32LE(at + 42),
    };
    widen(sizes, extra);
    if (method !== 0 || sizes.stored !== sizes.original)
      throw new ZipError(`${name} in it is compressed; torch.save stores files as they are`);
    if (sizes.header + 30 > size) throw new ZipError(`${name} in it lies outside the file`);
    const local = await readBytes(file, sizes.header, 30);
    if (local.readUInt32LE(0) !== 0x04034b50) throw new ZipError(`${name} in it has no header`);
    const start = sizes.header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (start + sizes.stored > size) throw new ZipError(`${name} in it ends outside the file; the file is cut`);
    entries.set(name, { offset: start, length: sizes.stored });
    at = next;
  }
  return entries;
}

/** The end-of-central-directory record, or its ZIP64 form. */
async function findDirectory(file: FileHandle, size: number): Promise<{ offset: number; length: number }> {
  const tailLength = Math.min(size, 65557);
  const tail = await readBytes(file, size - tailLength, tailLength);
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (at < 0 || at + 22 > tail.length) throw new ZipError("it has no directory; the file is cut");
  const offset = tail.readUInt32LE(at + 16);
  const length = tail.readUInt32LE(at + 12);
  if (offset !== 0xffffffff && length !== 0xffffffff) return { offset, length };
  if (at < 20 || tail.readUInt32LE(at - 20) !== 0x07064b50) throw new ZipError("its ZIP64 directory is missing");
  const record = safe(tail.readBigUInt64LE(at - 20 + 8));
  if (record + 56 > size) throw new ZipError("its ZIP64 directory lies outside the file");
  const zip64 = await readBytes(file, record, 56);
  if (zip64.readUInt32LE(0) !== 0x06064b50) throw new ZipError("its ZIP64 directory is damaged");
  return { offset: safe(zip64.readBigUInt64LE(48)), length: safe(zip64.readBigUInt64LE(40)) };
}

/** Replaces sizes that say "see ZIP64" by those of the extra field. */
function widen(sizes: { stored: number; original: number; header: number }, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    for (const key of ["original", "stored", "header"] as const) {
      if (sizes[key] !== 0xffffffff) continue;
      if (field + 8 > extra.length) throw new ZipError("a ZIP64 field of it is cut");
      sizes[key] = safe(extra.readBigUInt64LE(field));
      field += 8;
    }
    return;
  }
}

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new ZipError("it gives a size beyond all measure");
  return number;
}

async function readBytes(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  if (bytesRead < length) throw new ZipError("the file is cut");
  return bytes;
}
