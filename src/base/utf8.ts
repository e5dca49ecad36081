/**
 * Decodes text from outside strictly. Decoders by default put U+FFFD for bytes that are no UTF-8: another prompt or
 * another answer, without a word.
 */

import { UserError } from "./errors.js";

const NEWLINE = 0x0a;
/** Sets how many bytes are decoded at once to see whether they can be. */
const WINDOW = 2 ** 20;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Makes the error of a text: a UserError or one of its kinds. */
export type ErrorKind = new (message: string) => UserError;

/**
 * Returns the text of bytes in UTF-8. A byte order mark stays.
 * @param source begins the error message
 * @param kind of that error
 * @throws UserError that names the line, says what it reads in Latin-1, and how to convert the file
 */
export function textOf(bytes: Uint8Array, source: string, kind: ErrorKind = UserError): string {
  const text = utf8Text(bytes);
  if (text === undefined) throw otherText(bytes, source, 1, kind);
  return text;
}

/** Returns the text of bytes in UTF-8, with a byte order mark; undefined where they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    // What is too long for a string may be UTF-8 all the same.
    if (isUtf8(bytes)) throw error;
    return undefined;
  }
}

/**
 * Refuses bytes that are not UTF-8.
 * @throws UserError, see {@link textOf}
 */
export function refuseOther(bytes: Uint8Array, source: string): void {
  if (!isUtf8(bytes)) throw otherText(bytes, source, 1, UserError);
}

/**
 * Returns the error of bytes that are not UTF-8.
 * @param firstLine number of the line that the bytes begin
 */
function otherText(bytes: Uint8Array, source: string, firstLine: number, kind: ErrorKind): UserError {
  const [first, second] = bytes;
  if (firstLine === 1 && ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)))
    return new kind(`${source}: the text is in UTF-16; save the file as UTF-8`);
  let line = firstLine;
  for (const part of lineBytes(bytes)) {
    if (!isUtf8(part)) return new kind(`${source}: line ${line} is not valid UTF-8${wayOut(part)}`);
    line++;
  }
  return new kind(`${source}: not valid UTF-8; save the file as UTF-8`);
}

/** Tells whether bytes are UTF-8, by decoding as browsers can; of any length, since no text is kept. */
export function isUtf8(bytes: Uint8Array): boolean {
  const strict = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let at = 0; at < bytes.length; at += WINDOW) strict.decode(bytes.subarray(at, at + WINDOW), { stream: true });
    strict.decode();
    return true;
  } catch {
    return false;
  }
}

/** Yields the bytes of lines, without the LF that ends them. */
export function* lineBytes<T extends Uint8Array>(text: T): Generator<T> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf(NEWLINE, start);
    const end = newline < 0 ? text.length : newline;
    yield text.subarray(start, end) as T;
    start = end + 1;
  }
}

/**
 * Yields the lines of a stream of bytes in UTF-8, without the LF that ends them and without a byte order mark.
 * @throws UserError, see {@link textOf}
 */
export async function* textLines(chunks: AsyncIterable<Buffer>, source: string): AsyncGenerator<string> {
  let line = 1;
  function* linesIn(bytes: Buffer): Generator<string> {
    const lines = utf8Text(bytes);
    if (lines === undefined) throw otherText(bytes, source, line, UserError);
    for (const text of lines.split("\n")) yield line++ === 1 ? text.replace(/^\uFEFF/, "") : text;
  }
  let open: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) open.push(chunk);
    else {
      yield* linesIn(Buffer.concat([...open, chunk.subarray(0, end)]));
      open = [chunk.subarray(end + 1)];
    }
  }
  yield* linesIn(Buffer.concat(open));
}

/** Says what a line that is not UTF-8 is, where its letters are those of Latin-1, and what to do. */
function wayOut(line: Uint8Array): string {
  // Versions of Node differ in what their decoder of this name does.
  const latin1 = Array.from(line, (byte) => String.fromCharCode(byte)).join("");
  const [word] = /[a-z]*[\u00c0-\u00ff][a-z\u00c0-\u00ff]*/i.exec(latin1) ?? [];
  return word === undefined
    ? "; save the file as UTF-8"
    : `: it reads "${word}" in Latin-1 (ISO 8859-1, Windows-1252); save the file as UTF-8, as by iconv -f WINDOWS-1252 -t UTF-8`;
}
