/** Names of checkpoints, tasks and prompts as file names. */

import { sha256 } from "../base/hash.js";

/** Limits the bytes of a file name to what every file system takes, with room for an ending. */
const LONGEST_NAME = 200;

/**
 * Makes a file name of a text: ASCII letters, digits and a few signs stay, every other UTF-8 byte becomes its code.
 * Different names stay different; of a very long one the end becomes a hash.
 */
export function fileNameOf(name: string): string {
  const coded = [...new TextEncoder().encode(name)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9_.=@+-]/.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("")
    .replace(/^\./, "%2e");
  return coded.length <= LONGEST_NAME ? coded : `${coded.slice(0, LONGEST_NAME - 17)}~${sha256(name).slice(0, 16)}`;
}
