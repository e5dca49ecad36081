/** Reads rows from Arrow files: streams, as the `datasets` library writes them, and files with a footer. */

import { readFile } from "node:fs/promises";
import { Column, tableFromIPC, Type, type Table } from "@uwdata/flechette";
import { didYouMean, messageOf, UserError } from "../base/errors.js";
import { ANY_COLUMNS, type AnyColumns, type Row } from "./description.js";
import { refuseTwice, strictText } from "./strict-text.js";

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
  if (columns === ANY_COLUMNS) return rowsOf(table, path);
  const missing = Object.keys(columns).find((name) => !table.names.includes(name));
  if (missing !== undefined)
    throw new UserError(`${path} has no column "${missing}"${didYouMean(missing, table.names)}`);
  return rowsOf(table.select(Object.keys(columns)), path);
}

/** @throws UserError for a text that is not UTF-8 */
function rowsOf(table: Table, path: string): Row[] {
  refuseTwice(table.names, path);
  try {
    for (const name of table.names) readStrictly(table.getChild(name));
    return table.toArray();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${path}: ${error.message}`);
  }
}

type Batch = Column<unknown>["data"][number];

/** Holds what the types of the library leave out, and children as what they are: those of nested types alone. */
type InsideBatch = Omit<Batch, "children"> & {
  readonly children?: readonly Batch[];
  readonly view?: (index: number) => Uint8Array;
  readonly dictionary?: Column<unknown>;
  readonly setDictionary?: (column: Column<unknown>) => void;
};

/** Lets a column's texts be read strictly: the library puts U+FFFD for bytes that are no UTF-8, and drops U+FEFF. */
function readStrictly(column: Column<unknown>): void {
  column.data.forEach(readBatchStrictly);
}

function readBatchStrictly(batch: Batch): void {
  const { typeId } = batch.type;
  const inside: InsideBatch = batch;
  if (typeId === Type.Utf8 || typeId === Type.LargeUtf8) {
    const [bytes, offsets] = [batch.values as Uint8Array, batch.offsets];
    batch.value = (index) => strictText(bytes.subarray(Number(offsets[index]), Number(offsets[index + 1])));
  } else if (typeId === Type.Utf8View && inside.view !== undefined) {
    batch.value = (index) => strictText(inside.view?.(index) ?? new Uint8Array());
  } else if (inside.dictionary !== undefined) {
    readStrictly(inside.dictionary);
    // Its values were read when the file was opened; a column of the same batches is read anew.
    inside.setDictionary?.(new Column([...inside.dictionary.data]));
  }
  inside.children?.forEach(readBatchStrictly);
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
    if (/'cache'/.test(messageOf(error))) {
      throw new UserError(
        `${path}: an Arrow file whose dictionaries come after their rows (polars writes such), which is not read here; write it as Parquet, or as a stream (write_ipc_stream)`,
      );
    }
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
