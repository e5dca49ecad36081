/** Parses JSON of rows without losing anything of it. */

import { UserError } from "../base/errors.js";

/** Matches what may be an escape of half of a character. */
const HALF = /\\u[dD][89a-fA-F]/;

/** Matches texts and numbers of JSON. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** Matches an integer that may have more than 53 bits. */
const LONG = /^-?\d{16,}$/;

/**
 * Returns the value of a JSON text; an integer of more than 53 bits is the text of its digits, since the number would
 * be another.
 * @throws SyntaxError where it is not JSON
 * @throws UserError for a text with half of a character, which models cannot be given
 */
export function jsonValue(text: string): unknown {
  const exact = /\d{16}/.test(text) ? text.replace(TOKENS, (token) => (isLong(token) ? `"${token}"` : token)) : text;
  return HALF.test(exact) ? JSON.parse(exact, whole) : JSON.parse(exact);
}

const isLong = (token: string) => LONG.test(token) && !Number.isSafeInteger(Number(token));

function whole(_key: string, value: unknown): unknown {
  if (typeof value !== "string" || !/\p{Cs}/u.test(value)) return value;
  const shown = JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  throw new UserError(`the text ${shown} has half of a surrogate pair, which is no character; correct it`);
}
