/** Reads a file that says at which point of training checkpoints are whose names do not: CSV with a header, or JSON. */

import { readFileSync } from "node:fs";
import { CsvError, parse as parseCsv } from "csv-parse/sync";
import { didYouMean, messageOf, UsageError } from "../../base/errors.js";
import { compileSchema, validated } from "../../base/validation.js";
import { textOf } from "../../base/utf8.js";
import { countOf } from "./training-steps.js";

/** Holds what the file says of one name; what it leaves out the name may tell. */
export interface StatedPoint {
  readonly step?: number;
  readonly tokens?: number;
  readonly stage?: string;
  readonly seed?: string;
}

const COLUMNS = ["name", "step", "tokens", "stage", "seed"] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], string | number | null>>;

const value = { type: ["string", "number", "null"] };
const properties = { step: value, tokens: value, stage: value, seed: value };
const isList = compileSchema<Row[]>({
  type: "array",
  items: { type: "object", additionalProperties: false, required: ["name"], properties: { name: { type: "string" }, ...properties } },
}); // prettier-ignore
const isMap = compileSchema<Record<string, Row>>({
  type: "object",
  additionalProperties: { type: "object", additionalProperties: false, properties },
});

/**
 * Reads what --steps-file names: CSV with the columns name, step, tokens, stage, seed (name, and step or tokens, are
 * needed); or JSON, a list of such objects or an object of them by name. Counts may have units: 50K, 105B.
 * @returns by the name of a revision, a folder of a repository or a subfolder
 * @throws UsageError naming the line or the name, what is wrong and the nearest valid name
 */
export function readStepsFile(path: string): ReadonlyMap<string, StatedPoint> {
  const source = `--steps-file ${path}`;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${source}: ${code === "ENOENT" ? "no such file" : `cannot be read (${code ?? messageOf(error)})`}`); // prettier-ignore
  }
  const text = textOf(bytes, source, UsageError);
  const points = new Map<string, StatedPoint>();
  for (const [where, row] of /^\s*[[{]/.test(text) ? jsonRows(text, source) : csvRows(text, source)) {
    const name = String(row.name ?? "");
    if (name === "") throw new UsageError(`${source}: ${where} has no name`);
    if (points.has(name)) throw new UsageError(`${source}: ${where}: "${name}" is there twice`);
    points.set(name, statedPoint(row, `${source}: ${where}`));
  }
  if (points.size === 0) throw new UsageError(`${source}: names no checkpoint`);
  return points;
}

function* jsonRows(text: string, source: string): Generator<[string, Row]> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${source}: not JSON (${messageOf(error)})`);
  }
  const fail = (message: string) => new UsageError(message);
  if (Array.isArray(content)) {
    for (const [i, row] of validated(isList, content, source, fail).entries()) yield [`entry ${i + 1}`, row];
    return;
  }
  for (const [name, row] of Object.entries(validated(isMap, content, source, fail)))
    yield [`"${name}"`, { ...row, name }];
}

function* csvRows(text: string, source: string): Generator<[string, Row]> {
  let lines: string[][];
  try {
    lines = parseCsv(text, { bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`${source}: not CSV (${messageOf(error)})`);
    throw error;
  }
  const [header = [], ...rows] = lines;
  const unknown = header.find((column) => !(COLUMNS as readonly string[]).includes(column));
  if (unknown !== undefined)
    throw new UsageError(`${source}: unknown column "${unknown}"${didYouMean(unknown, COLUMNS)}`);
  if (!header.includes("name")) throw new UsageError(`${source}: no column "name"; its first line names the columns`);
  for (const [i, row] of rows.entries())
    yield [`line ${i + 2}`, Object.fromEntries(header.map((column, k) => [column, row[k] ?? ""]))];
}

function statedPoint({ step, tokens, stage, seed }: Row, where: string): StatedPoint {
  const count = (what: string, value: string | number | null | undefined) => {
    if (value === undefined || value === null || value === "") return {};
    const number = countOf(String(value));
    if (number === undefined)
      throw new UsageError(`${where}: ${what} is "${value}"; expected a whole number, or one such as 50K or 105B`);
    return { [what]: number };
  };
  const word = (what: string, value: string | number | null | undefined) =>
    value === undefined || value === null || value === "" ? {} : { [what]: String(value) };
  const point: StatedPoint = { ...count("step", step), ...count("tokens", tokens), ...word("stage", stage), ...word("seed", seed) }; // prettier-ignore
  if (point.step === undefined && point.tokens === undefined)
    throw new UsageError(`${where} has neither step nor tokens`);
  return point;
}
