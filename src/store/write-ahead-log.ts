/**
 * Handles DuckDB's write-ahead log: DuckDB writes each transaction to FILE.wal first. A log that ends in the middle of
 * an entry is taken up to there by DuckDB itself; one with a damaged entry is refused as a whole, so it is cut before
 * that entry here.
 */

import { copyFile, stat, truncate } from "node:fs/promises";
import { messageOf } from "../base/errors.js";

/** Sets the bytes of an entry's size and checksum, which come before the position that DuckDB names. */
const ENTRY_HEADER = 16;

/**
 * @param error what opening the database threw
 * @returns one line about what was done; undefined where the log is not what is wrong
 */
export async function repairLog(path: string, error: unknown): Promise<string | undefined> {
  const position = /Corrupt WAL file: entry at byte position (\d+)/.exec(messageOf(error))?.[1];
  if (position === undefined) return undefined;
  const log = `${path}.wal`;
  const { size } = await stat(log);
  const end = Math.max(0, Number(position) - ENTRY_HEADER);
  if (end >= size) return undefined;
  const kept = `${log}.damaged`;
  await copyFile(log, kept);
  await truncate(log, end);
  return `${log} is damaged from byte ${end} of ${size} on; what comes before is kept, the rest is computed again (the whole log is in ${kept})`;
}
