/** Making folders, and names for files. */

import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { sha256 } from "./hash.js";

/**
 * Makes a folder and those above it, where they are not there. Node's own `recursive` never ends where a file system
 * answers "no such file" inside a folder that is there, as /proc does.
 * @throws the error of the file system
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await makeFolders(dirname(path));
    await makeFolder(path);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((await stat(path).catch(() => undefined))?.isDirectory() !== true) throw error;
  }
}

/** Bytes of a file name that every file system takes, with room for an ending. */
const LONGEST_NAME = 200;

/**
 * A name as a file name: ASCII letters, digits and a few signs stay, every other UTF-8 byte becomes its code. Different
 * names stay different; of a very long one the end becomes a hash.
 */
export function fileNameOf(name: string): string {
  const coded = [...new TextEncoder().encode(name)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9_.=-]/.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("")
    .replace(/^\./, "%2e");
  return coded.length <= LONGEST_NAME ? coded : `${coded.slice(0, LONGEST_NAME - 17)}~${sha256(name).slice(0, 16)}`;
}
