/** Reads rows from a JSON Lines file. */

import { messageOf, UserError } from "../base/errors.js";
import type { Row } from "./description.js";
import { jsonValue } from "./json-value.js";
import { linesOf, readUtf8 } from "./text.js";

/**
 * Reads one row for every line; blank lines are skipped.
 * @throws UserError that names the line which is not UTF-8, not JSON or not an object
 */
export async function readJsonl(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let number = 0;
  for (const line of linesOf(await readUtf8(path))) {
    number++;
    if (line.trim() !== "") rows.push(parsedLine(line, `${path}: line ${number}`));
  }
  return rows;
}

function parsedLine(line: string, where: string): Row {
  let value: unknown;
  try {
    value = jsonValue(line);
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${where}: ${error.message}`);
    throw new UserError(`${where} is not valid JSON (${messageOf(error)}); write one object per line`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UserError(`${where} is not an object; write one object per line, such as {"question": "…"}`);
  }
  return value as Row;
}
