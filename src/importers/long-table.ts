/**
 * Reads a table with one line for the mean of each cell, from any source. Its columns are described in
 * docs/analysis.md.
 */

import { UserError } from "../base/errors.js";
import type { Range } from "../metrics/metric.js";
import { builtinMetric } from "../metrics/registry.js";
import { axesOfPrompt, promptName } from "./prompt-name.js";
import {
  AXIS_PREFIX, checkHeader, numberOf, stageOf, type TableFile, type TableLine, wholeNumber,
} from "./table-records.js"; // prettier-ignore

/** Lists the columns that every file has, and others that it may have, in any order. */
const REQUIRED_COLUMNS = ["checkpoint", "task", "prompt", "metric", "value"] as const;
const OPTIONAL_COLUMNS = ["step", "stage", "sft_task", "shots", "std", "n", "run", "chance", "seed"] as const;
type Column = (typeof REQUIRED_COLUMNS | typeof OPTIONAL_COLUMNS)[number];

/** Holds one line: the mean of one checkpoint on one task under one prompt. */
export interface TableCell {
  readonly checkpoint: string;
  readonly step: number | null;
  readonly stage: "base" | "sft" | null;
  readonly sft_task: string | null;
  readonly task: string;
  readonly prompt: string;
  readonly shots: number | null;
  readonly metric: string;
  /** In the range of the metric; from 0 to 1 where that is not known. */
  readonly value: number;
  /** Standard error of the value. */
  readonly std: number | null;
  /** Rows that the value is the mean of. */
  readonly n: number | null;
  /** The training run. */
  readonly run?: string | null;
  /** Score of guessing. */
  readonly chance?: number | null;
  /** What tells replicates of one cell apart. */
  readonly seed?: string | null;
  /** Levels of the prompt on its axes. */
  readonly axes?: Readonly<Record<string, string | null>>;
}

/** Makes the key that says whether two cells are the same. */
export function cellKey(cell: TableCell): string {
  const { checkpoint, run, step, stage, sft_task, task, prompt, shots, metric, seed } = cell;
  return JSON.stringify([checkpoint, run ?? null, step, stage, sft_task, task, prompt, shots, metric, seed ?? null]);
}

/**
 * Reads the cells of a table.
 * @throws UserError that names the file, the line and the column of what is wrong
 */
export function longTable({ header, unit }: TableFile, lines: readonly TableLine[], source: string): TableCell[] {
  checkHeader(header, REQUIRED_COLUMNS, OPTIONAL_COLUMNS, source);
  const seen = new Map<string, number>();
  const cells = lines.map(({ values, line }) => {
    const cell = cellOf(header, values, `${source}, ${unit} ${line}`);
    const key = cellKey(cell);
    const before = seen.get(key);
    if (before !== undefined) {
      throw new UserError(`${source}, ${unit} ${line}: the same cell as in ${unit} ${before}; keep one of them`);
    }
    seen.set(key, line);
    return cell;
  });
  if (cells.length === 0) throw new UserError(`${source}: no lines below the header`);
  return cells;
}

function cellOf(header: readonly string[], values: readonly string[], where: string): TableCell {
  const optional = (name: Column) => {
    const value = values[header.indexOf(name)] ?? "";
    return value === "" ? null : value;
  };
  const text = (name: Column) => {
    const value = optional(name);
    if (value === null) throw new UserError(`${where}: no ${name}`);
    return value;
  };
  const sftTask = optional("sft_task");
  const value = numberOf(text("value"), "value", where);
  const range = builtinMetric(text("metric"))?.range ?? [0, 1];
  checkRange(value, range, where);
  const chance = optional("chance");
  const named = promptName(text("prompt"));
  const axes = header.flatMap((name, at): [string, string | null][] =>
    name.startsWith(AXIS_PREFIX)
      ? [[name.slice(AXIS_PREFIX.length), values[at] === "" ? null : (values[at] ?? null)]]
      : [],
  );
  return {
    checkpoint: text("checkpoint"),
    step: wholeNumber(optional("step"), "step", where, 0),
    stage: stageOf(optional("stage"), sftTask, where),
    sft_task: sftTask,
    task: text("task"),
    prompt: named.id,
    shots: wholeNumber(optional("shots"), "shots", where, 0),
    metric: text("metric"),
    value,
    std: standardError(optional("std"), range, where),
    n: wholeNumber(optional("n"), "n", where, 1),
    run: optional("run"),
    chance: chance === null ? null : numberOf(chance, "chance", where),
    seed: optional("seed") ?? named.seed,
    axes: axesOfPrompt(named.axes, axes),
  };
}

/** Refuses a value that its metric cannot have. */
function checkRange(value: number, [low, high]: Range, where: string): void {
  if (value >= (low ?? -Infinity) && value <= (high ?? Infinity)) return;
  const percent = high === 1 && value > 1 && value <= 100 ? "; divide percentages by 100" : "";
  const ends = low === null ? `of at most ${high}` : high === null ? `of at least ${low}` : `from ${low} to ${high}`;
  throw new UserError(`${where}: value is ${value}, expected a number ${ends}${percent}`);
}

/** Reads a standard error, which is at most as large as the range. */
function standardError(text: string | null, [low, high]: Range, where: string): number | null {
  if (text === null) return null;
  const value = numberOf(text, "std", where);
  const most = low === null || high === null ? Infinity : high - low;
  if (value >= 0 && value <= most) return value;
  const ends = most === Infinity ? "of at least 0" : `from 0 to ${most}`;
  throw new UserError(`${where}: std is ${text}, expected a standard error ${ends}`);
}

/** Writes the cells as such a file. */
export function formatLongTable(cells: readonly TableCell[]): string {
  const quoted = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = cells.map((cell) => COLUMN_ORDER.map((name) => quoted(cell[name])).join(","));
  return `${[COLUMN_ORDER.join(","), ...lines].join("\n")}\n`;
}

const COLUMN_ORDER = ["checkpoint", "step", "stage", "sft_task", "task", "prompt", "shots", "metric", "value", "std", "n"] as const; // prettier-ignore
