/** Reads columns of rows that nobody described, and the fields of a family from them. */

import { didYouMean, UsageError, UserError } from "../../base/errors.js";
import type { Row } from "../../datasets/index.js";
import type { Fields } from "../contract.js";
import type { Family } from "../families/family.js";

/** Sets how many rows are looked at for the names of columns: a row may lack one that is empty. */
const LOOKED_AT = 100;

/** Lists the columns of rows; those of a struct as `column.field`, after the struct. */
export function columnsOf(rows: readonly Row[]): string[] {
  const names = (row: Row, prefix: string): string[] =>
    Object.entries(row).flatMap(([name, value]) => [
      prefix + name,
      ...(isRow(value) ? names(value, `${prefix}${name}.`) : []),
    ]);
  return [...new Set(rows.slice(0, LOOKED_AT).flatMap((row) => names(row, "")))];
}

/** Returns what a row has in a column; `a.b` is the field b of the struct a. */
export function valueIn(row: Row, column: string): unknown {
  if (Object.hasOwn(row, column)) return row[column];
  return column.split(".").reduce<unknown>((value, key) => (isRow(value) ? value[key] : undefined), row);
}

/** @throws UsageError with the nearest column where there is none of this name */
export function checkColumn(columns: readonly string[], column: string, flag: string, source: string): void {
  if (columns.includes(column)) return;
  throw new UsageError(`${flag}: ${source} has no column "${column}"${didYouMean(column, columns)}`);
}

/**
 * Finds the column of each field: the one that is named, else the column of the field's own name.
 * @param given FIELD=COLUMN each
 * @throws UsageError with the nearest field or column
 */
export function fieldColumns(
  family: Family,
  given: readonly string[],
  columns: readonly string[],
  source: string,
): ReadonlyMap<string, string> {
  const names = Object.keys(family.fields);
  const found = new Map<string, string>();
  for (const one of given) {
    const [, field, column] = /^([^=]+)=(.+)$/.exec(one) ?? [];
    if (field === undefined || column === undefined)
      throw new UsageError(`--fields ${one}: expected FIELD=COLUMN, such as ${names[0] ?? "text"}=${columns[0] ?? ""}`);
    if (!names.includes(field))
      throw new UsageError(`--fields ${one}: the family ${family.name} has no field "${field}"${didYouMean(field, names)}`); // prettier-ignore
    checkColumn(columns, column, `--fields ${one}`, source);
    found.set(field, column);
  }
  for (const [field, { whenEmpty }] of Object.entries(family.fields)) {
    if (found.has(field)) continue;
    if (columns.includes(field)) found.set(field, field);
    else if (whenEmpty === undefined) {
      const hint = didYouMean(field, columns);
      throw new UsageError(`${source} has no column "${field}", a field of the family ${family.name}${hint}; give --fields ${field}=COLUMN`); // prettier-ignore
    }
  }
  return found;
}

/** Fills in the fields of a family. @throws UserError for a value that is no text, number or truth value */
export function fieldsIn(row: Row, columns: ReadonlyMap<string, string>): Fields {
  return Object.fromEntries([...columns].map(([field, column]) => [field, textIn(row, column)]));
}

/** Returns the text that a row has in a column; nothing is an empty text. */
export function textIn(row: Row, column: string): string {
  const value = valueIn(row, column) ?? "";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new UserError(`column ${column}: expected a text, found ${Array.isArray(value) ? "a list" : "an object"}`);
}

export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
