/** Reads text files as strict UTF-8, unpacked where they are gzip. */

import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { messageOf, UserError } from "../base/errors.js";
import { lineBytes, refuseOther } from "../base/utf8.js";

const BYTE_ORDER_MARK = Buffer.from("\uFEFF");

/** Holds the first bytes of a gzip file. */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Lists the first bytes of files that are no text, and what to do with these. */
const NO_TEXT = [
  { begin: "PAR1", is: "a Parquet file; name it .parquet" },
  { begin: "ARROW1", is: "an Arrow file; name it .arrow" },
  { begin: "PK\x03\x04", is: "a zip archive or a spreadsheet; unpack it, or save the sheet as CSV" },
  { begin: "BZh", is: "packed with bzip2; unpack it, or pack it with gzip" },
  { begin: "\xfd7zXZ", is: "packed with xz; unpack it, or pack it with gzip" },
  { begin: "\x28\xb5\x2f\xfd", is: "packed with zstd; unpack it, or pack it with gzip" },
] as const;

const UTF_16 = [
  { mark: Buffer.from([0xff, 0xfe]), encoding: "utf-16le" },
  { mark: Buffer.from([0xfe, 0xff]), encoding: "utf-16be" },
] as const;

/**
 * Reads the bytes of a text file in UTF-8, without a byte order mark. UTF-16 is read where the file says by its mark
 * that it is.
 * @throws UserError when the file cannot be read or unpacked, is empty or has a line that is not UTF-8
 */
export async function readUtf8(path: string): Promise<Buffer> {
  const raw = await unpacked(path);
  const other = NO_TEXT.find(({ begin }) => raw.toString("latin1", 0, begin.length) === begin);
  if (other !== undefined) throw new UserError(`${path}: no text but ${other.is}`);
  const bytes = inUtf8(raw, path);
  const start = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const text = bytes.subarray(start);
  if (text.length === 0) throw new UserError(`${path}: the file is empty; expected rows`);
  refuseOther(text, path);
  if (text.subarray(0, 4).includes(0)) {
    throw new UserError(`${path}: begins with bytes of 0, as UTF-16 without a mark does; save the file as UTF-8`);
  }
  return text;
}

async function unpacked(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  });
  if (!bytes.subarray(0, GZIP.length).equals(GZIP)) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new UserError(`${path}: truncated or not a readable gzip file (${messageOf(error)}); get the file again`);
  }
}

function inUtf8(bytes: Buffer, path: string): Buffer {
  const found = UTF_16.find(({ mark }) => bytes.subarray(0, mark.length).equals(mark));
  if (found === undefined) return bytes;
  try {
    return Buffer.from(new TextDecoder(found.encoding, { fatal: true }).decode(bytes));
  } catch {
    throw new UserError(`${path}: begins as ${found.encoding.toUpperCase()}, but is not; save the file as UTF-8`);
  }
}

/**
 * Splits a text into lines, without their ends (LF or CRLF): one at a time, as a string cannot be as long as a file.
 */
export function* linesOf(text: Buffer): Generator<string> {
  for (const line of lineBytes(text)) yield line.toString("utf8").replace(/\r$/, "");
}
