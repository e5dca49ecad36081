/** Turns what DuckDB says into one line that says what to do. */

import { messageOf, UserError } from "../base/errors.js";

const REASONS: readonly (readonly [pattern: RegExp, reason: (path: string, match: RegExpExecArray) => string])[] = [
  [
    /Could not set lock on file.*?(?:\(PID (\d+)\)|$)/s,
    (path, [, pid]) =>
      `${path} is in use by another process${pid === undefined ? "" : ` (PID ${pid})`}; wait until it has ended, or choose another --output-dir`,
  ],
  [
    /No space left on device|Disk quota exceeded|File too large/i,
    (path) => `cannot write ${path}: the disk is full; free some space and run the command again`,
  ],
  [
    /Read-only file system/i,
    (path) => `cannot write ${path}: the file system is read-only; choose another --output-dir`,
  ],
  [/Permission denied/i, (path) => `cannot write ${path}: permission denied; choose another --output-dir`],
  [
    /not a valid DuckDB database file/,
    (path) => `${path} is not a database of results; delete it or choose another --output-dir`,
  ],
  [
    /trying to read a database file with version number|newer version of DuckDB/i,
    (path) => `${path} was written by a newer DuckDB; use the amuro-eval that wrote it`,
  ],
  [
    /Corrupt database file|Could not read enough bytes|Failed to load metadata|Corrupt WAL|deserialize/i,
    (path, match) =>
      `${path} is damaged (${match[0]}); move it away and run the command again, or take it from a copy of yours`,
  ],
];

/** @returns a UserError for what the user can do something about; other errors are handed back as they are */
export function storeError(path: string, error: unknown): Error {
  if (error instanceof UserError) return error;
  const message = messageOf(error);
  for (const [pattern, reason] of REASONS) {
    const match = pattern.exec(message);
    if (match !== null) return new UserError(reason(path, match), { cause: error });
  }
  if (/^(?:IO Error|TransactionContext Error)/.test(message))
    return new UserError(`${path}: ${message}`, { cause: error });
  return error instanceof Error ? error : new Error(message);
}
