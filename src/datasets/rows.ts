/** Checks rows against the columns of their description. */

import { didYouMean, UserError } from "../base/errors.js";
import { ANY_COLUMNS, type Columns, type ColumnType, type InlineDatasetDescription, type Labels, type Row } from "./description.js"; // prettier-ignore

/**
 * Returns the rows that fit the description, reduced to its columns.
 * @param rows as a reader gives them; a BigInt becomes a number
 * @param source the file they came from; begins every message
 * @throws UserError that names row (from 1) and column of a missing column, a wrong type or a label that is not
 *   allowed, such as the -1 of a split whose labels are kept secret
 */
export function checkRows(
  description: Pick<InlineDatasetDescription, "columns" | "labels">,
  rows: readonly Row[],
  source: string,
): Row[] {
  const { columns } = description;
  const checked = rows.map((row, index) =>
    columns === ANY_COLUMNS ? (plain(row) as Row) : struct(columns, row, "", `${source}: row ${index + 1}`),
  );
  if (description.labels) checkLabels(description.labels, checked, source);
  return checked;
}

/** Returns a value that nobody described as JSON has it; dates, and integers of more than 53 bits, are texts. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return plain([...(value as unknown as Iterable<unknown>)]);
  if (!isRecord(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

function struct(columns: Columns, row: Row, prefix: string, where: string): Row {
  const out: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(columns)) {
    if (!Object.hasOwn(row, name)) {
      throw new UserError(`${where} has no column "${prefix}${name}"${didYouMean(name, Object.keys(row))}`);
    }
    out[name] = converted(type, row[name], prefix + name, where);
  }
  return out;
}

function converted(type: ColumnType, value: unknown, column: string, where: string): unknown {
  const wrong = (expected: string, found = value) =>
    new UserError(`${where}, column ${column}: expected ${expected}, found ${described(found)}`);
  if (typeof type === "object") {
    if (!isRecord(value)) throw wrong("an object");
    return struct(type, value, `${column}.`, where);
  }
  switch (type) {
    case "string":
      if (typeof value !== "string") throw wrong("a string");
      return value;
    case "bool":
      if (typeof value !== "boolean") throw wrong("true or false");
      return value;
    case "int": {
      const number = typeof value === "bigint" ? Number(value) : value;
      if (!Number.isSafeInteger(number)) throw wrong("an integer of at most 53 bits");
      return number;
    }
    case "float": {
      const number = typeof value === "bigint" ? Number(value) : value;
      if (!Number.isFinite(number)) throw wrong("a finite number");
      return number;
    }
    case "string[]": {
      if (!Array.isArray(value)) throw wrong("a list of strings");
      const items: unknown[] = value;
      const other = items.findIndex((item) => typeof item !== "string");
      if (other >= 0) throw wrong(`a string as item ${other + 1} of the list`, items[other]);
      return items;
    }
  }
}

/** Tells whether a value stands for a label that is not given away: -1, or nothing. */
function isHiddenLabel(value: unknown): boolean {
  return value === null || value === undefined || value === "" || Number(value) < 0;
}

function checkLabels(labels: Labels, rows: readonly Row[], source: string): void {
  const { column } = labels;
  const hidden = rows.flatMap((row, index) => (isAllowed(labels, row[column]) ? [] : [index]));
  const [first] = hidden;
  if (first === undefined) return;
  const where = `${source}: row ${first + 1}, column ${column}: ${JSON.stringify(rows[first]?.[column])}`;
  const isHidden = (index: number) => isHiddenLabel(rows[index]?.[column]);
  if (hidden.length === rows.length && rows.length > 1 && hidden.every(isHidden)) {
    throw new UserError(
      `${where} is a hidden label, as in all ${rows.length} rows; this split is unlabelled, use another`,
    );
  }
  const allowed = "values" in labels ? `one of ${labels.values.join(", ")}` : `from ${labels.range.join(" to ")}`;
  throw new UserError(
    `${where} is not ${allowed}${isHidden(first) ? " (a hidden label?)" : ""}; correct or remove the row`,
  );
}

function isAllowed(labels: Labels, value: unknown): boolean {
  if ("values" in labels) return (labels.values as readonly unknown[]).includes(value);
  return typeof value === "number" && value >= labels.range[0] && value <= labels.range[1];
}

function isRecord(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function described(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
    case "number":
    case "bigint":
    case "boolean":
      return `the ${typeof value} ${value.toString()}`;
    default:
      return Array.isArray(value) ? "a list" : isRecord(value) ? "an object" : "null";
  }
}
