/** Reads what lies in a folder that the user named; whatever is wrong there is one line. */

import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { textOf } from "../../base/utf8.js";
import { refuseStandIn } from "./stand-ins.js";
import { unreadable } from "./tensors.js";

const isObject = compileSchema<Record<string, unknown>>({ type: "object" });

/** Names of the folder's files. @throws UserError when it is a file or cannot be read */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    const info = await stat(folder);
    if (!info.isDirectory()) throw new UserError(`${folder} is a file; give the checkpoint's folder`);
    return await readdir(folder);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreadable(folder, error);
  }
}

/**
 * Reads a JSON object of the folder.
 * @param files names of the folder's files
 * @returns undefined when it is not among them
 * @throws UserError when it cannot be read or is not a JSON object
 */
export async function readJson(
  folder: string,
  files: readonly string[],
  name: string,
): Promise<Record<string, unknown> | undefined> {
  if (!files.includes(name)) return undefined;
  const path = join(folder, name);
  const json = await parsedFile(path);
  return validated(isObject, json, path);
}

/**
 * Reads and parses a JSON file. @throws UserError that names the file when it is not JSON, not readable or a stand-in
 */
export async function parsedFile(path: string): Promise<unknown> {
  try {
    const text = textOf(await readFile(path), path);
    refuseStandIn(path, text);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof SyntaxError) throw new UserError(`${path}: not JSON (${messageOf(error)})`);
    throw unreadable(path, error);
  }
}
