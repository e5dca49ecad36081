/** Text files as strict UTF-8. */

import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { messageOf, UserError } from "../base/errors.js";

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");

/**
 * The bytes of a text file, without a byte order mark.
 * @throws UserError when the file cannot be read, is empty or has a line that is not UTF-8
 */
export async function readUtf8(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  });
  const start = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const text = bytes.subarray(start);
  if (text.length === 0) throw new UserError(`${path}: the file is empty; expected rows`);
  if (!isUtf8(text)) {
    const line = [...lineBytes(text)].findIndex((part) => !isUtf8(part)) + 1;
    throw new UserError(`${path}: line ${line} is not valid UTF-8; save the file as UTF-8`);
  }
  return text;
}

/** The lines of a text, without their ends (LF or CRLF): one at a time, as a string cannot be as long as a file. */
export function* linesOf(text: Buffer): Generator<string> {
  for (const line of lineBytes(text)) yield line.toString("utf8").replace(/\r$/, "");
}

function* lineBytes(text: Buffer): Generator<Buffer> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf(NEWLINE, start);
    const end = newline < 0 ? text.length : newline;
    yield text.subarray(start, end);
    start = end + 1;
  }
}
