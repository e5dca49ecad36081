/** Reads the lines of a table, from CSV or Parquet, one after another. */

import { statSync } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { didYouMean, messageOf, UserError } from "../base/errors.js";
import { refuseOther } from "../base/utf8.js";
import { strictParsers } from "../datasets/index.js";
import { bytesOf } from "./packed.js";
import { checkColumnNames, type ColumnNames, COLUMNS_HINT, ownColumn, OWN_NAMES } from "./columns.js";

/** Holds one line: its values in the order of the header; empty where there is none. */
export interface TableLine {
  readonly values: readonly string[];
  /** Line of the file, or row of a Parquet file from 1. */
  readonly line: number;
}

/** Holds a table as it stands in a file. */
export interface TableFile {
  readonly header: readonly string[];
  /** "line" or "row": what the number of a line counts. */
  readonly unit: "line" | "row";
  readonly lines: AsyncIterable<TableLine> | Iterable<TableLine>;
}

/** Sets how many rows of a Parquet file are read at a time. */
const CHUNK = 100_000;

function isParquet(path: string): boolean {
  return /\.parquet$/i.test(path);
}

/**
 * Opens a table by its name.
 * @param names what its columns stand for
 * @throws UserError when the file cannot be read, or is not what its name says
 */
export async function openTableFile(path: string, names: ColumnNames = OWN_NAMES): Promise<TableFile> {
  const file = await openAsItStands(path);
  return names === OWN_NAMES ? file : withNames(file, names, path);
}

async function openAsItStands(path: string): Promise<TableFile> {
  if (isParquet(path)) return openParquet(path);
  const text = bytesOf(path);
  if (text.length === 0) throw new UserError(`${path}: the file is empty`);
  refuseOther(text, path);
  return csvTable(text, path);
}

/** @param source begins the error messages */
export function csvTable(text: Buffer | string, source: string): TableFile {
  let parsed: { record: string[]; info: { lines: number } }[];
  try {
    const options = { bom: true, info: true, skip_empty_lines: true, trim: true, record_delimiter: ["\r\n", "\n"] };
    parsed = parse(text, options) as unknown as typeof parsed;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(`${source}: not valid CSV (${messageOf(error)}); correct that line`);
  }
  const [head, ...rest] = parsed;
  refuseSeparator(head?.record ?? [], source);
  return {
    header: head?.record ?? [],
    unit: "line",
    lines: rest.map(({ record, info }) => ({ values: record, line: info.lines })),
  };
}

/** Renames columns, and leaves out those that are to be. */
function withNames({ header, unit, lines }: TableFile, names: ColumnNames, path: string): TableFile {
  checkColumnNames(names, header, path);
  const kept = header.flatMap((theirs, at) => {
    const own = ownColumn(names, theirs);
    return own === undefined ? [] : [{ own, at }];
  });
  async function* renamed(): AsyncGenerator<TableLine> {
    for await (const { values, line } of lines) yield { values: kept.map(({ at }) => values[at] ?? ""), line };
  }
  return { header: kept.map(({ own }) => own), unit, lines: renamed() };
}

/** Refuses a header whose fields are apart by something else than commas, or that has the whole file in it. */
export function refuseSeparator(header: readonly string[], source: string): void {
  if (header.some((name) => name.includes("\r")))
    throw new UserError(`${source}: its lines end in CR alone, as old programs of the Mac write them; save it with lines that end in LF or CRLF`); // prettier-ignore
  const [only, ...others] = header;
  const found = ([[";", "semicolons"], ["\t", "tabs"]] as const).find(([sign]) => only?.includes(sign)); // prettier-ignore
  if (found !== undefined && others.length === 0)
    throw new UserError(`${source}: fields are separated by ${found[1]}; write the file with commas`);
}

async function openParquet(path: string): Promise<TableFile> {
  const attempt = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      throw unreadableParquet(path, error);
    }
  };
  if (await attempt(() => Promise.resolve(statSync(path).size === 0)))
    throw new UserError(`${path}: the file is empty`);
  const file = await attempt(() => asyncBufferFromFile(path));
  const metadata = await attempt(() => parquetMetadataAsync(file));
  const header = parquetSchema(metadata).children.map(({ element }) => element.name);
  const rows = Number(metadata.num_rows);
  async function* lines(): AsyncGenerator<TableLine> {
    for (let start = 0; start < rows; start += CHUNK) {
      const rowEnd = Math.min(rows, start + CHUNK);
      const chunk = await attempt(() =>
        parquetReadObjects({
          file,
          metadata,
          columns: header,
          rowStart: start,
          rowEnd,
          compressors,
          parsers: strictParsers,
        }),
      );
      for (const [k, row] of chunk.entries()) {
        yield { values: header.map((name) => asText(row[name])), line: start + k + 1 };
      }
    }
  }
  return { header, unit: "row", lines: lines() };
}

/** Returns the error of a Parquet file that its reader failed on. */
export function unreadableParquet(path: string, error: unknown): UserError {
  if (error instanceof UserError) return new UserError(`${path}: ${error.message}`);
  return new UserError(`${path}: truncated or not a readable Parquet file (${messageOf(error)})`);
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, bigIntAsText);
}

function bigIntAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

/** Begins the names of columns that hold axes of the prompts. */
export const AXIS_PREFIX = "axes.";

/** Lists the columns that a flag of the same name stands for where a table has none of them. */
export const GIVEN_COLUMNS = ["checkpoint", "task", "prompt", "metric"] as const;
export type GivenColumn = (typeof GIVEN_COLUMNS)[number];

/**
 * Checks the names of columns against those that a kind of table has; columns of axes may be any.
 * @throws UserError for a column that is twice, missing or unknown
 */
export function checkHeader(
  names: readonly string[],
  required: readonly string[],
  optional: readonly string[],
  source: string,
): void {
  const known = [...required, ...optional];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UserError(`${source}: column "${twice}" occurs twice in the header; rename one`);
  const missing = required.filter((name) => !names.includes(name));
  const unknown = names.filter((name) => !known.includes(name) && !name.startsWith(AXIS_PREFIX));
  if (missing[0] !== undefined) {
    const near = unknown.length > 0 ? didYouMean(missing[0], unknown, 0) : "";
    const meant = near.replace("did you mean", "is it").replace("?", " in the header?");
    const wanted = missing.map((name) => `"${name}"`).join(", ");
    const flags = GIVEN_COLUMNS.filter((name) => missing.includes(name)).map((name) => `--${name}`);
    const given =
      flags.length === 0 ? "" : ` (${flags.join(", ")} NAME ${flags.length === 1 ? "says" : "say"} it for all lines)`;
    throw new UserError(
      `${source}: no column ${wanted}${meant}${given}; the header has ${shown(names)}; needed are ${required.join(", ")}; ${optional.join(", ")} and ${AXIS_PREFIX}NAME may stand beside them${COLUMNS_HINT}`,
    );
  }
  if (unknown[0] !== undefined) {
    throw new UserError(
      `${source}: unknown column "${unknown[0]}"${didYouMean(unknown[0], known)}; leave it out by --columns =${unknown[0]}`,
    );
  }
}

function shown(names: readonly string[]): string {
  return `${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}`;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @throws UserError when it is no number, or one that is too large for a computer */
export function numberOf(text: string, name: string, where: string): number {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return value;
  const truth = /^(true|false)$/i.test(text) ? "; write 1 for true and 0 for false" : "";
  throw new UserError(`${where}: ${name} is "${text}", expected a number${truth}`);
}

/** @throws UserError when it is no whole number of at least `minimum`; null stays null */
export function wholeNumber(text: string | null, name: string, where: string, minimum: number): number | null {
  if (text === null) return null;
  const value = numberOf(text, name, where);
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new UserError(`${where}: ${name} is ${text}, expected a whole number of at least ${minimum}`);
  }
  return value;
}

/** @throws UserError when a stage is neither base nor sft, or a base has a task that it was fine-tuned on */
export function stageOf(stage: string | null, sftTask: string | null, where: string): "base" | "sft" | null {
  if (stage !== null && stage !== "base" && stage !== "sft") {
    throw new UserError(`${where}: stage is "${stage}"${didYouMean(stage, ["base", "sft"])}`);
  }
  if (sftTask !== null && stage === "base") {
    throw new UserError(`${where}: sft_task is "${sftTask}" though stage is base; leave it empty or say stage sft`);
  }
  return stage ?? (sftTask === null ? null : "sft");
}
