/**
 * Manages a folder of results: results.duckdb with everything, and results.json with the results of the last run in it.
 */

import { readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, UserError } from "../base/errors.js";
import { makeFolders } from "../base/folders.js";
import { validated } from "../base/validation.js";
import { Database, type OpenOptions } from "./database.js";
import { isResults, withPresentAxes, type Results } from "./results.js";

const RESULTS_FILE = "results.json";
export const DATABASE_FILE = "results.duckdb";

export class ResultsFolder {
  private constructor(
    readonly path: string,
    readonly database: Database,
  ) {}

  /**
   * Makes the folder ready before anything is computed.
   * @throws UserError when the folder cannot be written, is in use, or holds a results.json of somebody else
   */
  static async open(path: string, options: OpenOptions = {}): Promise<ResultsFolder> {
    await ResultsFolder.prepare(path);
    return new ResultsFolder(path, await Database.open(join(path, DATABASE_FILE), options));
  }

  /**
   * Makes the folder where it is not there.
   * @throws UserError as {@link ResultsFolder.open} does, but looks for no other process
   */
  static async prepare(path: string): Promise<void> {
    await attempt(path, () => makeFolders(path));
    await refuseForeign(join(path, RESULTS_FILE));
  }

  /** Returns the reader and the writer of a small file in the folder. */
  note(name: string): { read: () => Promise<string | undefined>; write: (text: string) => Promise<void> } {
    return {
      read: () => readFile(join(this.path, name), "utf8").catch(() => undefined),
      write: (text) => writeWhole(join(this.path, name), text),
    };
  }

  writeResults(results: Results): Promise<void> {
    return writeResults(this.path, results);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

/** Writes results.json into a folder. A document that does not fit the schema is a defect. */
export async function writeResults(folder: string, results: Results): Promise<void> {
  const json = JSON.parse(JSON.stringify(results)) as unknown;
  validated(isResults, json, RESULTS_FILE, (message) => new Error(message));
  await writeWhole(join(folder, RESULTS_FILE), `${JSON.stringify(json, null, 2)}\n`);
}

/** Writes a file beside its place and renames it, so that a reader never sees half a file. */
export async function writeWhole(target: string, content: string | Uint8Array): Promise<void> {
  await attempt(target, async () => {
    await makeFolders(dirname(target));
    await writeFile(`${target}.tmp`, content);
    await rename(`${target}.tmp`, target);
  });
}

/** Refuses to overwrite what cannot be read as results: it belongs to somebody else. */
async function refuseForeign(path: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw new UserError(`${path}: cannot be read (${messageOf(error)}); choose another --output-dir`);
  }
  try {
    parseResults(text, path);
  } catch (error) {
    throw new UserError(`${messageOf(error)}; choose another --output-dir or delete the file`);
  }
}

/** @throws UserError when the text is not a results.json of this version */
export function parseResults(text: string, source: string): Results {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`${source}: not JSON`);
  }
  return withPresentAxes(validated(isResults, json, source));
}

const REASONS: Record<string, string> = {
  ENOSPC: "the disk is full; free some space and run the command again",
  EROFS: "the file system is read-only; choose another --output-dir",
  EACCES: "permission denied; choose another --output-dir",
  EPERM: "permission denied; choose another --output-dir",
  ENOTDIR: "a part of the path is a file; choose another --output-dir",
  ENOENT: "nothing can be made there; choose another --output-dir",
  EEXIST: "there is a file of that name; choose another --output-dir",
};

/** Does what may fail for reasons of the file system. @throws UserError that says what to do */
export async function attempt(path: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new UserError(`cannot write ${path}: ${REASONS[code] ?? messageOf(error)}`);
  }
}
