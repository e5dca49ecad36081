/** Reads the choices of a row and which of them is right. */

import { UsageError, UserError } from "../../base/errors.js";
import type { Row } from "../../datasets/index.js";
import { isRow, textIn, valueIn } from "./columns.js";

/** Holds how the choices of rows are read. */
export interface ChoiceColumns {
  readonly of: (row: Row) => { readonly choices: readonly string[]; readonly gold: number };
  readonly note: string;
}

/** Holds the choices of a row, with what they are called where the row says it. */
interface Listed {
  readonly texts: readonly string[];
  readonly keys?: readonly string[];
}

/**
 * Finds out how the right choice is named: by its key, letter, text or number.
 * @param columns one with a list of texts (or of texts and labels, as ARC has them), or one for each choice
 * @param label column of the right choice
 * @throws UsageError where numbers may count from 0 or from 1
 */
export function choiceColumns(columns: readonly string[], label: string, rows: readonly Row[]): ChoiceColumns {
  const listed = (row: Row): Listed =>
    columns.length === 1 ? listIn(row, columns[0] as string) : { texts: columns.map((column) => textIn(row, column)) };
  const all = rows.map((row) => ({ ...listed(row), right: valueIn(row, label) }));
  const numbers = all.flatMap(({ right, keys, texts }) => {
    const number = keys?.includes(String(right)) === true || texts.includes(String(right)) ? NaN : asNumber(right);
    return Number.isInteger(number) ? [{ number, count: texts.length }] : [];
  });
  const fromOne = numbers.some(({ number, count }) => number === count);
  const fromZero = numbers.some(({ number }) => number === 0);
  if (fromOne && fromZero)
    throw new UsageError(`--label ${label}: the numbers of right choices are neither from 0 nor from 1 on; correct the rows`); // prettier-ignore
  if (numbers.length > 0 && !fromOne && !fromZero)
    throw new UsageError(`--label ${label}: the numbers of right choices may count from 0 or from 1 on; write letters (A, B, …) or texts of choices`); // prettier-ignore
  const first = fromOne ? 1 : 0;
  return {
    of: (row) => {
      const { texts, keys } = listed(row);
      return { choices: texts, gold: placeOf(valueIn(row, label), texts, keys, first) };
    },
    note: numbers.length === 0 ? "right choices are named by their letters or texts" : `right choices are numbers that count from ${first} on`, // prettier-ignore
  };
}

function listIn(row: Row, column: string): Listed {
  const value = valueIn(row, column);
  const list = isRow(value) ? value["text"] : value;
  const keys = isRow(value) && Array.isArray(value["label"]) ? value["label"].map(String) : undefined;
  if (!Array.isArray(list) || list.some((one) => typeof one !== "string" && typeof one !== "number"))
    throw new UserError(
      `column ${column}: expected a list of texts; for a column for each choice give --choices A,B,…`,
    );
  return { texts: list.map(String), ...(keys === undefined ? {} : { keys }) };
}

/** @throws UserError where the row names none of its choices */
function placeOf(right: unknown, texts: readonly string[], keys: readonly string[] | undefined, first: 0 | 1): number {
  const text = String(right);
  const places = [keys?.indexOf(text) ?? -1, texts.indexOf(text), asNumber(right) - first, letterPlace(text)];
  const found = places.find((place) => Number.isInteger(place) && place >= 0 && place < texts.length);
  if (found !== undefined) return found;
  throw new UserError(`the right answer ${JSON.stringify(right)} is none of the ${texts.length} choices`);
}

function asNumber(value: unknown): number {
  return typeof value === "number" ? value : typeof value === "string" && /^\d+$/.test(value) ? Number(value) : NaN;
}

function letterPlace(text: string): number {
  return /^[A-Za-z]$/.test(text) ? text.toUpperCase().charCodeAt(0) - 65 : -1;
}
