/** Reads rows from a Parquet file. */

import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { didYouMean, messageOf, UserError } from "../base/errors.js";
import { ANY_COLUMNS, type AnyColumns } from "./description.js";
import type { Row } from "./description.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Refuses bytes that are not UTF-8, which would by default become a replacement character without a word. */
export const strictParsers = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && strictText(bytes),
};

/** @throws UserError for a text in Latin-1: the file itself is whole */
function strictText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    const text = Buffer.from(bytes).toString("latin1");
    const isText = /[a-z][\u00c0-\u00ff]|[\u00c0-\u00ff][a-z]/i.test(text) && !/[^\P{Cc}\t\n\r]/u.test(text);
    if (!isText) throw error;
    throw new UserError(
      `a text is not valid UTF-8: it reads ${JSON.stringify(text.slice(0, 40))} in Latin-1; write the file with texts in UTF-8`,
    );
  }
}

/**
 * Reads the described columns of all rows, or all columns; others are not read. 64-bit integers are BigInt.
 * @throws UserError when the file cannot be read, is truncated or broken, or lacks a column
 */
export async function readParquet(path: string, columns: AnyColumns): Promise<Row[]> {
  const file = await attempt(path, () => asyncBufferFromFile(path));
  if (file.byteLength === 0) throw new UserError(`${path}: the file is empty; expected rows`);
  const metadata = await attempt(path, () => parquetMetadataAsync(file, { parsers: strictParsers }));
  const present = parquetSchema(metadata).children.map(({ element }) => element.name);
  const wanted = columns === ANY_COLUMNS ? present : Object.keys(columns);
  for (const name of wanted) {
    if (!present.includes(name)) throw new UserError(`${path} has no column "${name}"${didYouMean(name, present)}`);
  }
  return attempt(path, () =>
    parquetReadObjects({ file, metadata, columns: wanted, compressors, parsers: strictParsers }),
  );
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`);
    throw new UserError(`${path}: truncated or not a readable Parquet file (${messageOf(error)}); get the file again`);
  }
}
