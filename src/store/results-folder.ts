/** A folder of results: results.json and one JSONL file of rows per cell. */

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { canonicalJson, sha256 } from "../hash.js";
import { validated } from "../validation.js";
import { isResults, type Results } from "./results.js";

const RESULTS_FILE = "results.json";

export class ResultsFolder {
  private constructor(readonly path: string) {}

  /**
   * Makes the folder ready before anything is computed.
   * @param command what the results will be of; a folder with results of another command is not touched
   * @throws UserError when the folder cannot be written or holds other results
   */
  static async open(path: string, command: Results["command"]): Promise<ResultsFolder> {
    const folder = new ResultsFolder(path);
    await attempt(path, () => mkdir(path, { recursive: true }));
    const existing = await readExisting(join(path, RESULTS_FILE));
    if (existing !== undefined && canonicalJson(existing.command) !== canonicalJson(command)) {
      throw new UserError(`${path} holds the results of another command; choose another --output-dir`);
    }
    await folder.write(".write-test", "");
    await rm(join(path, ".write-test"), { force: true });
    return folder;
  }

  /**
   * Stores a cell's rows.
   * @returns the file, relative to the folder, and its SHA-256
   */
  async writeRows(
    name: readonly string[],
    rows: readonly object[],
  ): Promise<{ rows_file: string; rows_sha256: string }> {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    const file = ["rows", ...name.map(fileNameOf)].join("/") + ".jsonl";
    await this.write(file, text);
    return { rows_file: file, rows_sha256: sha256(text) };
  }

  async writeResults(results: Results): Promise<void> {
    const json = JSON.parse(JSON.stringify(results)) as unknown;
    validated(isResults, json, "results.json", (message) => new Error(message));
    await this.write(RESULTS_FILE, `${JSON.stringify(json, null, 2)}\n`);
  }

  /** Written beside its place and renamed, so that a reader never sees half a file. */
  private async write(file: string, text: string): Promise<void> {
    const target = join(this.path, file);
    await attempt(target, async () => {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(`${target}.tmp`, text);
      await rename(`${target}.tmp`, target);
    });
  }
}

/** The results that are already there. What cannot be read as such is somebody's, too, and not overwritten. */
async function readExisting(path: string): Promise<Results | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(`${path}: cannot be read (${messageOf(error)}); choose another --output-dir`);
  }
  try {
    return parseResults(text, path);
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
  return validated(isResults, json, source);
}

/** Bytes of a file name that every file system takes, with room for ".jsonl.tmp". */
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

const REASONS: Record<string, string> = {
  ENOSPC: "the disk is full; free some space and run the command again",
  EROFS: "the file system is read-only; choose another --output-dir",
  EACCES: "permission denied; choose another --output-dir",
  EPERM: "permission denied; choose another --output-dir",
  ENOTDIR: "a part of the path is a file; choose another --output-dir",
  EEXIST: "there is a file of that name; choose another --output-dir",
};

async function attempt(path: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new UserError(`cannot write ${path}: ${REASONS[code] ?? messageOf(error)}`);
  }
}
