/** Opens text files that may be packed: gzip is unpacked as it is read, and other ways of packing are refused. */

import { closeSync, createReadStream, openSync, readFileSync, readSync } from "node:fs";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { messageOf, UserError } from "../base/errors.js";

const GZIP = "1f8b";
/** Lists the first bytes of files that other programs packed, and what unpacks them. */
const OTHERS = [
  ["28b52ffd", "zstd", "unzstd"],
  ["fd377a585a", "xz", "unxz"],
  ["425a68", "bzip2", "bunzip2"],
  ["504b0304", "zip", "unzip"],
] as const;
const BY_NAME = /\.(?:csv|tsv|jsonl?)\.(?:zst|xz|bz2|zip|lz4)$|\.(?:parquet|eval)\.(?:gz|zst|xz|bz2|zip|lz4)$/i;

/** Returns the name that a file has once it is unpacked. */
export function unpackedName(name: string): string {
  return name.replace(/(\.(?:csv|jsonl?))\.gz$/i, "$1");
}

/** @throws UserError where its name says that a file is packed in a way that is not read */
export function refusePacked(path: string): void {
  if (BY_NAME.test(path))
    throw new UserError(`${path}: CSV, JSON and JSONL are read as they are or as .gz; unpack it first`);
}

/** Returns the first bytes of the text in a file. */
export function beginningOf(path: string, length: number): Buffer {
  const begin = firstBytes(path, length);
  if (!isMarked(begin)) return begin;
  return unpack(path, () => gunzipSync(begin, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, length));
}

/**
 * Returns the text in a file.
 * @throws UserError where it cannot be read, is packed in another way or cut off
 */
export function bytesOf(path: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  }
  refuseOthers(bytes, path);
  return isMarked(bytes) ? unpack(path, () => gunzipSync(bytes)) : bytes;
}

/** Yields the text in a file, part by part. @throws UserError as {@link bytesOf} */
export async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  if (!isGzip(path)) {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
    return;
  }
  const unpacked = createGunzip();
  createReadStream(path)
    .on("error", (error) => unpacked.destroy(error))
    .pipe(unpacked);
  try {
    yield* unpacked as AsyncIterable<Buffer>;
  } catch (error) {
    throw damaged(path, error);
  }
}

/** Tells whether a file is packed by gzip, whatever its name. @throws UserError where it is packed in another way */
export function isGzip(path: string): boolean {
  const bytes = firstBytes(path, 8);
  refuseOthers(bytes, path);
  return isMarked(bytes);
}

function firstBytes(path: string, length: number): Buffer {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(file, buffer, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

function isMarked(bytes: Buffer): boolean {
  return bytes.subarray(0, 2).toString("hex") === GZIP;
}

function refuseOthers(bytes: Buffer, path: string): void {
  const mark = bytes.subarray(0, 8).toString("hex");
  const other = OTHERS.find(([begin]) => mark.startsWith(begin));
  if (other !== undefined) throw new UserError(`${path}: compressed by ${other[1]}; unpack it first, by ${other[2]}`);
}

function unpack(path: string, read: () => Buffer): Buffer {
  try {
    return read();
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, error: unknown): UserError {
  return new UserError(`${path}: cut off or not a readable gzip file (${messageOf(error)}); get the file again`);
}
