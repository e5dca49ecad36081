/** Reads rows from a JSON file: an array of objects. */

import { messageOf, UserError } from "../base/errors.js";
import { readJsonl } from "./jsonl.js";
import type { Row } from "./description.js";
import { readUtf8 } from "./text.js";

/**
 * Reads one row for every object. A file of that name that has an object on every line is read as JSON Lines.
 * @throws UserError when the file is neither
 */
export async function readJson(path: string): Promise<Row[]> {
  const text = (await readUtf8(path)).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (/^\s*\{.*\}\s*\n\s*\{/.test(text)) return readJsonl(path);
    throw new UserError(`${path}: not valid JSON (${messageOf(error)}); expected an array of objects`);
  }
  if (!Array.isArray(value)) throw new UserError(`${path}: not an array; expected an array of objects`);
  const odd = value.findIndex((row) => typeof row !== "object" || row === null || Array.isArray(row));
  if (odd >= 0) throw new UserError(`${path}: element ${odd + 1} is not an object; expected an array of objects`);
  return value as Row[];
}
