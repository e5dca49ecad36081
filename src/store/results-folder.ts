/**
 * A folder of results: results.json, one JSONL file of rows per cell, and in resume/ what a run of the same command goes
 * on from.
 */

import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { messageOf, UserError } from "../errors.js";
import { makeFolders } from "../folders.js";
import { canonicalJson, sha256 } from "../hash.js";
import { compileSchema, validated } from "../validation.js";
import { isResults, type Results } from "./results.js";

const RESULTS_FILE = "results.json";
const COMMAND_FILE = "resume/command.json";

const isCommand = compileSchema<Results["command"]>({ type: "object" });

/** Name of a cell: its checkpoint, task and prompt. */
export type CellName = readonly string[];

/** Where a cell's rows are, relative to the folder, and their SHA-256. */
export interface RowsFile {
  readonly rows_file: string;
  readonly rows_sha256: string;
}

export class ResultsFolder {
  private commandIsStored = false;

  private constructor(
    readonly path: string,
    private readonly command: Results["command"],
  ) {}

  /**
   * Makes the folder ready before anything is computed.
   * @param command what the results will be of; a folder with results of another command is not touched
   * @throws UserError when the folder cannot be written or holds other results
   */
  static async open(path: string, command: Results["command"]): Promise<ResultsFolder> {
    const folder = new ResultsFolder(path, command);
    await attempt(path, () => makeFolders(path));
    const results = await readExisting(join(path, RESULTS_FILE), parseResults);
    // A run that was killed leaves no results.json.
    const other = results?.command ?? (await readExisting(join(path, COMMAND_FILE), parseCommand));
    if (other !== undefined && canonicalJson(other) !== canonicalJson(command)) {
      throw new UserError(`${path} holds the results of another command; choose another --output-dir`);
    }
    await folder.write(".write-test", "");
    await rm(join(path, ".write-test"), { force: true });
    return folder;
  }

  /** Stores a cell's rows. */
  async writeRows(name: CellName, rows: readonly object[]): Promise<RowsFile> {
    if (!this.commandIsStored) await this.write(COMMAND_FILE, `${JSON.stringify(this.command, null, 2)}\n`);
    this.commandIsStored = true;
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    await this.write(rowsFile(name), text);
    return this.rowsFileOf(name, sha256(text));
  }

  rowsFileOf(name: CellName, hash: string): RowsFile {
    return { rows_file: rowsFile(name), rows_sha256: hash };
  }

  /** Rows that writeRows stored; undefined where they are not there, or not as they were written. */
  async readRows<T>(name: CellName, hash: string, guard: ValidateFunction<T>): Promise<T[] | undefined> {
    const text = await this.read(rowsFile(name));
    if (text === undefined || sha256(text) !== hash) return undefined;
    const rows = parseLines(text);
    return rows.every((row) => guard(row)) ? rows : undefined;
  }

  /** Stores what has to be known of a cell to take its rows again; to be called after writeRows. */
  async writeCell(name: CellName, about: object): Promise<void> {
    await this.write(cellFile(name), `${JSON.stringify(about)}\n`);
  }

  /** What writeCell stored; undefined where there is nothing of that form. */
  async readCell<T>(name: CellName, guard: ValidateFunction<T>): Promise<T | undefined> {
    const [about] = parseLines((await this.read(cellFile(name))) ?? "");
    return guard(about) ? about : undefined;
  }

  /** A small file of resume/. */
  note(name: string): { read: () => Promise<string | undefined>; write: (text: string) => Promise<void> } {
    const file = `resume/${name}`;
    return { read: () => this.read(file), write: (text) => this.write(file, text) };
  }

  async writeResults(results: Results): Promise<void> {
    const json = JSON.parse(JSON.stringify(results)) as unknown;
    validated(isResults, json, "results.json", (message) => new Error(message));
    await this.write(RESULTS_FILE, `${JSON.stringify(json, null, 2)}\n`);
  }

  /** Undefined where there is no such file, or it cannot be read: then its cell is computed again. */
  private async read(file: string): Promise<string | undefined> {
    return readFile(join(this.path, file), "utf8").catch(() => undefined);
  }

  /** Written beside its place and renamed, so that a reader never sees half a file. */
  private async write(file: string, text: string): Promise<void> {
    const target = join(this.path, file);
    await attempt(target, async () => {
      await makeFolders(dirname(target));
      await writeFile(`${target}.tmp`, text);
      await rename(`${target}.tmp`, target);
    });
  }
}

function rowsFile(name: CellName): string {
  return `${["rows", ...name.map(fileNameOf)].join("/")}.jsonl`;
}

function cellFile(name: CellName): string {
  return `${["resume", "cells", ...name.map(fileNameOf)].join("/")}.json`;
}

/** The JSON value of each line; nothing where a line is not JSON. */
function parseLines(text: string): unknown[] {
  try {
    return text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as unknown);
  } catch {
    return [];
  }
}

/** What is already there. What cannot be read as such is somebody's, too, and not overwritten. */
async function readExisting<T>(path: string, parse: (text: string, source: string) => T): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(`${path}: cannot be read (${messageOf(error)}); choose another --output-dir`);
  }
  try {
    return parse(text, path);
  } catch (error) {
    throw new UserError(`${messageOf(error)}; choose another --output-dir or delete the file`);
  }
}

/** @throws UserError when the text is not a results.json of this version */
export function parseResults(text: string, source: string): Results {
  return validated(isResults, parseJson(text, source), source);
}

function parseCommand(text: string, source: string): Results["command"] {
  return validated(isCommand, parseJson(text, source), source);
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UserError(`${source}: not JSON`);
  }
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
  ENOENT: "nothing can be made there; choose another --output-dir",
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
