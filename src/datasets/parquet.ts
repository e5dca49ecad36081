/** Reads rows from a Parquet file. */

import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { didYouMean, messageOf, UserError } from "../base/errors.js";
import { utf8Text } from "../base/utf8.js";
import { ANY_COLUMNS, type AnyColumns } from "./description.js";
import type { Row } from "./description.js";
import { refuseTwice, strictText } from "./strict-text.js";

/** Refuses bytes that are not UTF-8, which would by default become a replacement character without a word. */
export const strictParsers = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && strictText(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined): unknown => bytes && JSON.parse(strictText(bytes)),
};

/**
 * Reads the described columns of all rows, or all columns; others are not read. 64-bit integers are BigInt.
 * @throws UserError when the file cannot be read, is truncated or broken, or lacks a column
 */
export async function readParquet(path: string, columns: AnyColumns): Promise<Row[]> {
  const file = await attempt(path, () => asyncBufferFromFile(path));
  if (file.byteLength === 0) throw new UserError(`${path}: the file is empty; expected rows`);
  const metadata = await attempt(path, () => parquetMetadataAsync(file));
  const present = parquetSchema(metadata).children.map(({ element }) => element.name);
  const wanted = columns === ANY_COLUMNS ? present : Object.keys(columns);
  refuseTwice(present, path);
  for (const name of wanted) {
    if (!present.includes(name)) throw new UserError(`${path} has no column "${name}"${didYouMean(name, present)}`);
  }
  const rows = await attempt(path, () =>
    parquetReadObjects({ file, metadata, columns: wanted, compressors, parsers: strictParsers, utf8: false }),
  );
  const changed = parquetSchema(metadata).children.filter(
    ({ element, ...rest }) => wanted.includes(element.name) && hasOdd({ element, ...rest }),
  );
  if (changed.length === 0) return rows;
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(changed.map((tree) => [tree.element.name, asWritten(tree, row[tree.element.name])])),
  }));
}

const isDecimal = ({ element }: SchemaTree) => element.converted_type === "DECIMAL";

/** Tells whether a column holds bytes that nothing says to be text; some programs write texts so. */
const isBare = ({ element: { type, converted_type: converted, logical_type: logical } }: SchemaTree) =>
  type === "BYTE_ARRAY" && converted === undefined && logical === undefined;

/** Tells whether a column, or a part of it, is read other than it was written. */
function hasOdd(tree: SchemaTree): boolean {
  return tree.children.length === 0 ? isDecimal(tree) || isBare(tree) : tree.children.some(hasOdd);
}

/** Returns a value with decimals of the digits that they were written with, and bytes that are UTF-8 as texts. */
function asWritten(tree: SchemaTree, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => asWritten(tree, item));
  if (value instanceof Uint8Array) return utf8Text(value) ?? value;
  const [only, ...others] = tree.children;
  if (typeof value !== "object" || value === null || value instanceof Date) {
    if (only !== undefined) return others.length === 0 ? asWritten(only, value) : value;
    return typeof value === "number" && isDecimal(tree) ? Number(value.toFixed(tree.element.scale ?? 0)) : value;
  }
  // Between a list and what it holds stand groups that values do not have.
  const parts = tree.children.filter(({ element }) => Object.hasOwn(value, element.name));
  if (parts.length === 0) return only === undefined || others.length > 0 ? value : asWritten(only, value);
  const found = value as Readonly<Record<string, unknown>>;
  const read = parts.map(({ element: { name } }, i) => [name, asWritten(parts[i] as SchemaTree, found[name])]);
  return { ...found, ...Object.fromEntries(read) };
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`);
    throw new UserError(`${path}: truncated or not a readable Parquet file (${messageOf(error)}); get the file again`);
  }
}
