/** Reads rows from Arrow files: streams, as the `datasets` library writes them, and files with a footer. */

import { readFile } from "node:fs/promises";
import { tableFromIPC, type Table } from "@uwdata/flechette";
import { didYouMean, messageOf, UserError } from "../base/errors.js";
import { ANY_COLUMNS, type AnyColumns, type Row } from "./description.js";

/** Holds the bytes that end a stream, and those that begin and end a file. */
const END_OF_STREAM = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
const MAGIC = Buffer.from("ARROW1");

/**
 * Reads the described columns of all rows, or all columns. 64-bit integers are BigInt, times are Date, decimals
 * numbers.
 * @throws UserError when the file cannot be read, is cut off or packed, or lacks a column
 */
export async function readArrow(path: string, columns: AnyColumns): Promise<Row[]> {
  const table = await openTable(path);
  if (columns === ANY_COLUMNS) return table.toArray();
  const missing = Object.keys(columns).find((name) => !table.names.includes(name));
  if (missing !== undefined)
    throw new UserError(`${path} has no column "${missing}"${didYouMean(missing, table.names)}`);
  return table.select(Object.keys(columns)).toArray();
}

/** Reads what `datasets` wrote into the file about its columns, as JSON; undefined where it wrote nothing. */
export async function arrowAbout(path: string): Promise<string | undefined> {
  return (await openTable(path)).schema.metadata?.get("huggingface");
}

async function openTable(path: string): Promise<Table> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  });
  if (bytes.length === 0) throw new UserError(`${path}: the file is empty; expected rows`);
  // What is cut off between two batches of rows reads as if it were whole.
  const isFile = bytes.subarray(0, MAGIC.length).equals(MAGIC);
  const end = isFile ? MAGIC : END_OF_STREAM;
  if (!bytes.subarray(-end.length).equals(end)) throw unreadable(path, "its end is not that of an Arrow file");
  try {
    return tableFromIPC(bytes, { useBigInt: true, useDate: true });
  } catch (error) {
    const [, codec] = /compression codec "(\w+)"/.exec(messageOf(error)) ?? [];
    if (codec === undefined) throw unreadable(path, messageOf(error));
    throw new UserError(
      `${path}: an Arrow file packed with ${codec}, which is not read here; write it unpacked, or as Parquet: pyarrow.parquet.write_table(pyarrow.feather.read_table(${JSON.stringify(path)}), "FILE.parquet")`,
    );
  }
}

function unreadable(path: string, why: string): UserError {
  return new UserError(`${path}: truncated or not a readable Arrow file (${why}); get the file again`);
}
