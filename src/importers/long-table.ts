/** Anybody's numbers: a CSV file with one line for the mean of each cell. Its columns are described in docs/analysis.md. */

import { readFileSync } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import { didYouMean, messageOf, UserError } from "../base/errors.js";

/** Columns that every file has, and others that it may have, in any order. */
export const REQUIRED_COLUMNS = ["checkpoint", "task", "prompt", "metric", "value"] as const;
export const OPTIONAL_COLUMNS = ["step", "stage", "sft_task", "shots", "std", "n"] as const;
export const COLUMNS = [...REQUIRED_COLUMNS, ...OPTIONAL_COLUMNS];

/** One line: the mean of one checkpoint on one task under one prompt. */
export interface TableCell {
  readonly checkpoint: string;
  readonly step: number | null;
  readonly stage: "base" | "sft" | null;
  readonly sft_task: string | null;
  readonly task: string;
  readonly prompt: string;
  readonly shots: number | null;
  readonly metric: string;
  /** In [0, 1]. */
  readonly value: number;
  /** Standard error of the value. */
  readonly std: number | null;
  /** Rows that the value is the mean of. */
  readonly n: number | null;
}

/** What makes a cell the same cell. */
export function cellKey({ checkpoint, stage, sft_task, task, prompt, shots, metric }: TableCell): string {
  return JSON.stringify([checkpoint, stage, sft_task, task, prompt, shots, metric]);
}

/**
 * @throws UserError that names the file, the line and the column of what is wrong
 */
export function readLongTable(path: string): TableCell[] {
  let text: Buffer;
  try {
    text = readFileSync(path);
  } catch (error) {
    throw new UserError(`${path}: cannot be read (${messageOf(error)})`);
  }
  return parseLongTable(text, path);
}

/** @param source begins the error messages */
export function parseLongTable(text: Buffer | string, source: string): TableCell[] {
  const seen = new Map<string, number>();
  const cells = records(text, source).map(({ record, line }) => {
    const cell = cellOf(record, `${source}, line ${line}`);
    const key = cellKey(cell);
    const before = seen.get(key);
    if (before !== undefined) {
      throw new UserError(`${source}, line ${line}: the same cell as in line ${before}; keep one of them`);
    }
    seen.set(key, line);
    return cell;
  });
  if (cells.length === 0) throw new UserError(`${source}: no lines below the header`);
  return cells;
}

interface Line {
  readonly record: Readonly<Record<string, string>>;
  readonly line: number;
}

function records(text: Buffer | string, source: string): Line[] {
  try {
    const parsed = parse<{ record: Record<string, string>; info: { lines: number } }>(text, {
      bom: true,
      columns: (names: string[]) =>
        checkedHeader(
          names.map((name) => name.trim()),
          source,
        ),
      info: true,
      skip_empty_lines: true,
      trim: true,
      record_delimiter: ["\r\n", "\n"],
    });
    return parsed.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(`${source}: not valid CSV (${messageOf(error)}); correct that line`);
  }
}

function checkedHeader(names: string[], source: string): string[] {
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UserError(`${source}: column "${twice}" occurs twice in the header; rename one`);
  const missing = REQUIRED_COLUMNS.find((name) => !names.includes(name));
  const unknown = names.filter((name) => !(COLUMNS as readonly string[]).includes(name));
  if (missing !== undefined) {
    const near = unknown.length > 0 ? didYouMean(missing, unknown, 0) : "";
    const meant = near.replace("did you mean", "is it").replace("?", " in the header?");
    throw new UserError(`${source}: no column "${missing}"${meant}; columns are ${COLUMNS.join(", ")}`);
  }
  if (unknown[0] !== undefined) {
    throw new UserError(`${source}: unknown column "${unknown[0]}"${didYouMean(unknown[0], COLUMNS)}`);
  }
  return names;
}

function cellOf(record: Line["record"], where: string): TableCell {
  const text = (name: (typeof COLUMNS)[number]) => {
    const value = record[name] ?? "";
    if (value === "") throw new UserError(`${where}: no ${name}`);
    return value;
  };
  const optional = (name: (typeof COLUMNS)[number]) =>
    record[name] === undefined || record[name] === "" ? null : text(name);
  const stage = optional("stage");
  if (stage !== null && stage !== "base" && stage !== "sft") {
    throw new UserError(`${where}: stage is "${stage}"${didYouMean(stage, ["base", "sft"])}`);
  }
  const sftTask = optional("sft_task");
  if (sftTask !== null && stage === "base") {
    throw new UserError(`${where}: sft_task is "${sftTask}" though stage is base; leave it empty or say stage sft`);
  }
  const value = numberOf(text("value"), "value", where);
  if (value < 0 || value > 1) {
    const percent = value > 1 && value <= 100 ? "; divide percentages by 100" : "";
    throw new UserError(`${where}: value is ${value}, expected a number from 0 to 1${percent}`);
  }
  return {
    checkpoint: text("checkpoint"),
    step: wholeNumber(optional("step"), "step", where, 0),
    stage: stage ?? (sftTask === null ? null : "sft"),
    sft_task: sftTask,
    task: text("task"),
    prompt: text("prompt"),
    shots: wholeNumber(optional("shots"), "shots", where, 0),
    metric: text("metric"),
    value,
    std: standardError(optional("std"), where),
    n: wholeNumber(optional("n"), "n", where, 1),
  };
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function numberOf(text: string, name: string, where: string): number {
  if (!NUMBER.test(text)) throw new UserError(`${where}: ${name} is "${text}", expected a number`);
  return Number(text);
}

function wholeNumber(text: string | null, name: string, where: string, minimum: number): number | null {
  if (text === null) return null;
  const value = numberOf(text, name, where);
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new UserError(`${where}: ${name} is ${text}, expected a whole number of at least ${minimum}`);
  }
  return value;
}

function standardError(text: string | null, where: string): number | null {
  if (text === null) return null;
  const value = numberOf(text, "std", where);
  if (value < 0 || value > 1) throw new UserError(`${where}: std is ${text}, expected a standard error from 0 to 1`);
  return value;
}

/** The cells as such a file. */
export function formatLongTable(cells: readonly TableCell[]): string {
  const quoted = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = cells.map((cell) => COLUMN_ORDER.map((name) => quoted(cell[name])).join(","));
  return `${[COLUMN_ORDER.join(","), ...lines].join("\n")}\n`;
}

const COLUMN_ORDER = ["checkpoint", "step", "stage", "sft_task", "task", "prompt", "shots", "metric", "value", "std", "n"] as const; // prettier-ignore
