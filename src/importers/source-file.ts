/** Opens files of others: what they hold is looked at once, by whoever asks. */

import { statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } from "hyparquet";
import { messageOf, UserError } from "../base/errors.js";
import { refuseOther, textLines, textOf } from "../base/utf8.js";
import { type ColumnNames, ownColumn, OWN_NAMES } from "./columns.js";
import { canBeObject, type Json } from "./json.js";
import { beginningOf, bytesOf, chunksOf, isGzip, refusePacked, unpackedName } from "./packed.js";
import { csvTable, unreadableParquet } from "./table-records.js";

/** Sets how much of a file is read to see what it is. */
const HEAD = 65_536;
/** Limits the size of a JSON document, which is read whole: Node has no longer strings. */
const LONGEST_JSON = 500_000_000;
/** Limits files of a folder. */
const MOST_FILES = 100_000;

export class SourceFile {
  /** Name of the file, without the .gz of one that is packed. */
  readonly name: string;
  private document: { readonly value: unknown } | undefined;
  private names: readonly string[] | undefined;

  /**
   * @param root what was given on the command line: the file, or a folder that holds it
   * @param columnNames what the columns of a table stand for
   */
  constructor(
    readonly path: string,
    readonly root: string,
    readonly columnNames: ColumnNames = OWN_NAMES,
  ) {
    this.name = unpackedName(basename(path));
  }

  get bytes(): number {
    return statSync(this.path).size;
  }

  /** Returns the beginning of the file as text. */
  head(): string {
    return beginningOf(this.path, HEAD).toString("utf8");
  }

  /** @throws UserError where a file cannot be read as what its name says, with the reason */
  async refuse(): Promise<void> {
    if (this.bytes === 0) throw new UserError(`${this.path}: the file is empty`);
    if (/\.(csv|jsonl?)$/i.test(this.name)) {
      isGzip(this.path);
      const text = beginningOf(this.path, HEAD);
      // A beginning may end within a letter, but not at the end of a line.
      refuseOther(text.length === HEAD ? text.subarray(0, Math.max(2, text.lastIndexOf("\n"))) : text, this.path);
    }
    if (/\.(tsv|tab|txt|xlsx?|ods)$/i.test(this.name))
      throw new UserError(
        `${this.path}: tables are read as CSV, JSONL or Parquet; save it as CSV with commas (NAME.csv)`,
      );
    if (/\.json$/i.test(this.name)) this.json();
    else await this.findColumns();
  }

  /** @throws UserError where it is no JSON */
  json(): unknown {
    if (this.document === undefined) {
      if (this.bytes > LONGEST_JSON)
        throw new UserError(`${this.path}: ${this.bytes} bytes of JSON are more than can be read at once (${LONGEST_JSON}); write it as JSONL`); // prettier-ignore
      if (this.bytes === 0) throw new UserError(`${this.path}: the file is empty`);
      try {
        const text = textOf(bytesOf(this.path), this.path);
        this.document = { value: JSON.parse(text.replace(/^\uFEFF/, "")) as unknown };
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError(`${this.path}: not valid JSON (${messageOf(error)}); was it cut off?`);
      }
    }
    return this.document.value;
  }

  /** Returns the keys of a JSON object; none where it is something else or no JSON. */
  keys(): readonly string[] {
    if (!/\.json$/i.test(this.name)) return [];
    try {
      const value = this.json();
      return canBeObject(value) ? Object.keys(value) : [];
    } catch {
      return [];
    }
  }

  /**
   * Returns the names of the columns of a CSV or Parquet file, or the keys of the first line of a JSONL file, as they
   * are called here.
   */
  async columns(): Promise<readonly string[]> {
    return (await this.header()).flatMap((name) => ownColumn(this.columnNames, name) ?? []);
  }

  /** Returns the same as the file calls them; none where it is no table. */
  async header(): Promise<readonly string[]> {
    this.names ??= await this.findColumns().catch(() => []);
    return this.names;
  }

  private async findColumns(): Promise<readonly string[]> {
    if (/\.parquet$/i.test(this.name)) {
      const metadata = await parquetMetadataAsync(await asyncBufferFromFile(this.path)).catch((error: unknown) => {
        throw unreadableParquet(this.path, error);
      });
      return parquetSchema(metadata).children.map(({ element }) => element.name);
    }
    const [line = ""] = this.head().split(/\r?\n/);
    if (/\.csv$/i.test(this.name)) return csvTable(line, this.path).header;
    if (!/\.jsonl$/i.test(this.name)) return [];
    for await (const { value } of this.lines()) return Object.keys(value);
    return [];
  }

  /**
   * Yields the objects of a JSONL file with the number of their line.
   * @throws UserError where a line is no JSON object
   */
  async *lines(): AsyncGenerator<{ readonly value: Json; readonly where: string }> {
    let number = 0;
    for await (const line of textLines(chunksOf(this.path), this.path)) {
      number++;
      if (line.trim() === "") continue;
      const where = `${this.path}, line ${number}`;
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch (error) {
        const what = /[:[,]\s*-?(NaN|Infinity)\b/.exec(line)?.[1];
        const why = what === undefined ? "was the file cut off?" : `${what} is no number of JSON; score that row again, or leave it out under every prompt`; // prettier-ignore
        throw new UserError(`${where}: not valid JSON (${messageOf(error)}); ${why}`);
      }
      if (!canBeObject(value)) throw new UserError(`${where}: expected a JSON object`);
      yield { value, where };
    }
  }
}

/**
 * Lists the files that paths name; of a folder, all files in it.
 * @throws UserError where a path is not there
 */
export async function sourceFiles(
  paths: readonly string[],
  columnNames: ColumnNames = OWN_NAMES,
): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const walk = async (path: string, root: string): Promise<void> => {
    for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (files.length >= MOST_FILES)
        throw new UserError(`${root}: more than ${MOST_FILES} files; name a folder in it`);
      const inner = join(path, entry.name);
      refusePacked(inner);
      if (entry.isDirectory()) await walk(inner, root);
      else if (entry.isFile()) files.push(new SourceFile(inner, root, columnNames));
    }
  };
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => {
      throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
    });
    if (found.isDirectory()) await walk(path, path);
    else {
      refusePacked(path);
      files.push(new SourceFile(path, path, columnNames));
    }
  }
  return files;
}
