/** Refuses bytes that are no text, and says what they are. */

import { messageOf, UserError } from "../base/errors.js";
import { refuseOther } from "../base/utf8.js";

/**
 * Refuses what is compressed, UTF-16 or not UTF-8.
 * @param bytes of the whole file, or of its first lines
 * @throws UserError that says what to do
 */
export function refuseUnreadable(bytes: Uint8Array, path: string): void {
  const [first, second] = bytes;
  if (first === 0x1f && second === 0x8b) throw new UserError(`${path}: compressed by gzip; unpack it first, by gunzip`);
  refuseOther(bytes, path);
}

/** Returns the error of a Parquet file that its reader failed on. */
export function unreadableParquet(path: string, error: unknown): UserError {
  if (error instanceof UserError) return new UserError(`${path}: ${error.message}`);
  return new UserError(`${path}: truncated or not a readable Parquet file (${messageOf(error)})`);
}
