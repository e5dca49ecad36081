/** Reads rows from a JSON file: an array of objects, or an object of columns. */

import { didYouMean, messageOf, UserError } from "../base/errors.js";
import { jsonValue } from "./json-value.js";
import { readJsonl } from "./jsonl.js";
import type { Row } from "./description.js";
import { readUtf8 } from "./text.js";

/**
 * Reads one row for every object, or for every place in the lists of columns. A file of that name that has an object
 * on every line is read as JSON Lines.
 * @param field key of the file under which the rows stand
 * @throws UserError when the file is neither
 */
export async function readJson(path: string, field?: string): Promise<Row[]> {
  const text = (await readUtf8(path)).toString("utf8");
  let value: unknown;
  try {
    value = jsonValue(text);
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`);
    if (field === undefined && /^\s*\{.*\}\s*\n\s*\{/.test(text)) return readJsonl(path);
    throw new UserError(`${path}: not valid JSON (${messageOf(error)}); expected an array of objects`);
  }
  if (field !== undefined) value = underKey(value, field, path);
  if (isColumns(value)) return rowsOf(value);
  if (!Array.isArray(value)) throw new UserError(`${path}: not an array; expected an array of objects${listIn(value)}`);
  const odd = value.findIndex((row) => typeof row !== "object" || row === null || Array.isArray(row));
  if (odd >= 0) throw new UserError(`${path}: element ${odd + 1} is not an object; expected an array of objects`);
  return value as Row[];
}

/** Says under which key of an object rows may stand. */
function listIn(value: unknown): string {
  const [key] = Object.entries(value ?? {}).find(([, one]) => Array.isArray(one)) ?? [];
  return key === undefined ? "" : `; if its rows stand under "${key}", write that list to a file of its own`;
}

function underKey(value: unknown, field: string, path: string): unknown {
  const keys = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  if (!keys.includes(field)) throw new UserError(`${path}: no key "${field}"${didYouMean(field, keys)}`);
  return (value as Record<string, unknown>)[field];
}

type ColumnsOfRows = Readonly<Record<string, readonly unknown[]>>;

/** Tells whether a value is an object of columns: lists of the same length. */
function isColumns(value: unknown): value is ColumnsOfRows {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const [first, ...others] = Object.values(value as Readonly<Record<string, unknown>>);
  // One list under one key may as well be the rows themselves.
  if (!Array.isArray(first) || others.length === 0) return false;
  return others.every((one) => Array.isArray(one) && one.length === first.length);
}

function rowsOf(columns: ColumnsOfRows): Row[] {
  const [first = []] = Object.values(columns);
  return first.map((_, i) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]])));
}
