/**
 * Reads the files of a ZIP archive, deflated or compressed by zstd, as logs of inspect_ai are. Node has no reader of
 * archives, and the packages that there are know no zstd. Source: APPNOTE.TXT 6.3.10 of PKWARE.
 */

import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { compressors } from "hyparquet-compressors";
import { messageOf, UserError } from "../base/errors.js";
import { textOf } from "../base/utf8.js";

const [END, ENTRY] = [0x06054b50, 0x02014b50];
/** Stands for a number that is in a longer field elsewhere, in archives of more than 4 GB or 65,535 files. */
const ELSEWHERE = 0xffffffff;

export class ZipFile {
  private readonly entries = new Map<string, { method: number; start: number; size: number; length: number }>();

  private constructor(
    private readonly path: string,
    private readonly bytes: Buffer,
  ) {}

  /** @throws UserError where the file is no archive, or was cut off */
  static open(path: string): ZipFile {
    const zip = new ZipFile(path, readFileSync(path));
    try {
      zip.readDirectory();
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`${path}: a damaged archive (${messageOf(error)})`);
    }
    return zip;
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  /** @throws UserError where there is no such file, or it cannot be unpacked */
  text(name: string): string {
    const { bytes } = this;
    const entry = this.entries.get(name);
    if (entry === undefined) throw new UserError(`${this.path}: there is no ${name} in the archive; was it cut off?`);
    const { method, start, size, length } = entry;
    // Names and extra fields of the file's own header may be of another length than those in the directory.
    const from = start + 30 + bytes.readUInt16LE(start + 26) + bytes.readUInt16LE(start + 28);
    const packed = bytes.subarray(from, from + size);
    let unpacked: Uint8Array | undefined;
    try {
      if (method === 0) unpacked = packed;
      if (method === 8) unpacked = inflateRawSync(packed);
      if (method === 93) unpacked = compressors.ZSTD?.(packed, length);
    } catch (error) {
      throw new UserError(`${this.path}: ${name} in the archive is damaged (${messageOf(error)})`);
    }
    if (unpacked === undefined)
      throw new UserError(`${this.path}: ${name} is compressed by method ${method}, which cannot be read`);
    return textOf(unpacked, `${this.path}: ${name} in the archive`);
  }

  private readDirectory(): void {
    const { bytes } = this;
    let end = bytes.length - 22;
    while (end >= 0 && bytes.readUInt32LE(end) !== END) end--;
    if (end < 0) throw new UserError(`${this.path}: not a ZIP archive, or cut off: it has no directory at its end`);
    let at = bytes.readUInt32LE(end + 16);
    if (at === ELSEWHERE)
      throw new UserError(`${this.path}: archives of more than 4 GB cannot be read; write the log as JSON`);
    for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
      if (bytes.readUInt32LE(at) !== ENTRY) throw new UserError(`${this.path}: its directory is damaged`);
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [number, number, number]; // prettier-ignore
      this.entries.set(bytes.toString("utf8", at + 46, at + 46 + nameLength), {
        method: bytes.readUInt16LE(at + 10),
        size: bytes.readUInt32LE(at + 20),
        length: bytes.readUInt32LE(at + 24),
        start: bytes.readUInt32LE(at + 42),
      });
      at += 46 + nameLength + extra + comment;
    }
  }
}
