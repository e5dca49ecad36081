/** Reads texts and names of Parquet and Arrow files strictly. */

import { UserError } from "../base/errors.js";
import { utf8Text } from "../base/utf8.js";

/**
 * Returns the text of bytes in UTF-8.
 * @throws UserError that says what other bytes read in Latin-1 where they are letters there
 */
export function strictText(bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text !== undefined) return text;
  const latin1 = Buffer.from(bytes).toString("latin1");
  const isLatin1 = /[a-z][\u00c0-\u00ff]|[\u00c0-\u00ff][a-z]/i.test(latin1) && !/[^\P{Cc}\t\n\r]/u.test(latin1);
  const shown = isLatin1
    ? `it reads ${JSON.stringify(latin1.slice(0, 40))} in Latin-1`
    : `its bytes begin ${Buffer.from(bytes.subarray(0, 12)).toString("hex")}`;
  throw new UserError(`a text is not valid UTF-8: ${shown}; write the file with texts in UTF-8`);
}

/** @throws UserError for a column that is there twice, of which one would be lost */
export function refuseTwice(names: readonly string[], path: string): void {
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UserError(`${path}: column "${twice}" occurs twice; rename one`);
}
