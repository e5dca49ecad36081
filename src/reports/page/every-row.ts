/** Writes every row of a study as Parquet files that lie beside its page, which reads them part by part. */

import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { rounded } from "../../base/numbers.js";
import type { RowScore } from "../../metrics/row-score.js";
import { parquetOfLines } from "../../store/parquet.js";
import type { TaskRecord } from "../../store/results.js";
import type { StudyData } from "../../store/study-data.js";
import { printable } from "../html.js";

/** Counts the rows that are read together: the fewest that DuckDB keeps in one group. */
const GROUP_ROWS = 2048;

/** Names a file beside the page. */
interface FileAbout {
  readonly path: string;
  readonly bytes: number;
}

/** Says what the page's script finds where, for one task. */
export interface EveryRow {
  readonly metric: string;
  /** Level of every prompt on each axis, by the id of the prompt. */
  readonly axes: Readonly<Record<string, Readonly<Record<string, string | number | null>>>>;
  /** Rows of each checkpoint. */
  readonly count: number;
  /** In the order in which their rows follow each other in the file of the scores. */
  readonly checkpoints: readonly { readonly name: string; readonly prompts: readonly string[] }[];
  readonly scores: FileAbout;
  /** Texts of the rows, in the order of the rows of a checkpoint; null where they were not stored. */
  readonly texts: FileAbout | null;
}

export interface EveryRowFiles {
  readonly about: EveryRow;
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
}

/** Lists are in the order of the prompts of a checkpoint. */
const SCORES = {
  checkpoint: "VARCHAR",
  row: "INTEGER",
  mean: "FLOAT",
  scores: "FLOAT[]",
  choices: "INTEGER[]",
  generated: "VARCHAR[]",
  logprobs: "FLOAT[][]",
  label_mass: "FLOAT[]",
};
const TEXTS = { row: "INTEGER", fields: "JSON", answers: "VARCHAR[]", right: "VARCHAR" };

/**
 * @param name what the files of the task begin with
 * @returns undefined where no cell of the task is finished
 */
export async function everyRow(study: StudyData, task: TaskRecord, name: string): Promise<EveryRowFiles | undefined> {
  const numbers = await firstRows(study, task);
  if (numbers === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "amuro-eval-rows-"));
  const write = async (
    kind: string,
    columns: Readonly<Record<string, string>>,
    lines: Iterable<string> | AsyncIterable<string>,
  ) => {
    const [from, to] = [join(folder, `${kind}.jsonl`), join(folder, `${kind}.parquet`)];
    await pipeline(Readable.from(lines), createWriteStream(from));
    await parquetOfLines(from, columns, to, { compression: "snappy", groupRows: GROUP_ROWS });
    await rm(from);
    const content = await readFile(to);
    return { path: `rows/${name}.${kind}.parquet`, content, bytes: content.byteLength };
  };
  try {
    const checkpoints: { name: string; prompts: readonly string[] }[] = [];
    const scores = await write("scores", SCORES, scoreLines(study, task, checkpoints));
    const items = new Map((await study.items(task.name)).map((item) => [item.row, item]));
    const texts = items.size === 0 ? null : await write("texts", TEXTS, textLines(numbers, items));
    const named = ({ path, bytes }: FileAbout): FileAbout => ({ path, bytes });
    return {
      about: {
        metric: task.metric,
        axes: Object.fromEntries(task.prompts.map(({ id, axes }) => [id, axes])),
        count: numbers.length,
        checkpoints,
        scores: named(scores),
        texts: texts === null ? null : named(texts),
      },
      files: [scores, texts].flatMap((file) => (file === null ? [] : [{ path: file.path, content: file.content }])),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function firstRows(study: StudyData, task: TaskRecord): Promise<readonly number[] | undefined> {
  for (const { name } of study.results.checkpoints) {
    const grid = await study.scores(name, task.name);
    if (grid !== undefined) return grid.rows;
  }
  return undefined;
}

/** Holds what is kept of one cell while the others of its checkpoint are read. */
interface Kept {
  readonly scores: readonly number[];
  readonly choices: readonly (number | null)[] | null;
  readonly generated: readonly (string | null)[] | null;
  readonly logprobs: readonly (readonly number[] | null)[] | null;
  readonly masses: readonly (number | null)[] | null;
}

/** @param checkpoints filled with what was written, in order */
async function* scoreLines(
  study: StudyData,
  task: TaskRecord,
  checkpoints: { name: string; prompts: readonly string[] }[],
): AsyncGenerator<string> {
  for (const { name } of study.results.checkpoints) {
    const grid = await study.scores(name, task.name);
    if (grid === undefined) continue;
    checkpoints.push({ name, prompts: grid.prompts });
    const cells: Kept[] = [];
    for (const prompt of grid.prompts) cells.push(kept((await study.rows(name, task.name, prompt)) ?? [], task.metric));
    for (const [i, row] of grid.rows.entries()) {
      const each = <T>(list: (cell: Kept) => readonly T[] | null) =>
        cells.some((cell) => list(cell) !== null) ? cells.map((cell) => list(cell)?.[i] ?? null) : null;
      const scores = cells.map((cell) => cell.scores[i] ?? 0);
      const line = {
        checkpoint: name,
        row,
        mean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
        scores,
        choices: each((cell) => cell.choices),
        generated: each((cell) => cell.generated),
        logprobs: each((cell) => cell.logprobs),
        label_mass: each((cell) => cell.masses),
      };
      yield lineOf(line);
    }
  }
}

function kept(rows: readonly RowScore[], metric: string): Kept {
  const unlessEmpty = <T>(values: readonly (T | null)[]) => (values.some((value) => value !== null) ? values : null);
  return {
    scores: rows.map(({ metrics }) => metrics[metric] ?? 0),
    choices: unlessEmpty(rows.map(({ answer }) => (typeof answer === "number" ? answer : null))),
    generated: unlessEmpty(rows.map(({ answer, generated }) => generated ?? (typeof answer === "string" ? answer : null))), // prettier-ignore
    logprobs: unlessEmpty(rows.map(({ logprobs }) => logprobs?.map((value) => rounded(value, 4)) ?? null)),
    masses: unlessEmpty(rows.map(({ label_mass }) => (label_mass === undefined ? null : rounded(label_mass, 4)))),
  };
}

function* textLines(
  rows: readonly number[],
  items: ReadonlyMap<number, { fields: Readonly<Record<string, string>>; answers: readonly string[]; right: string }>,
): Generator<string> {
  for (const row of rows) {
    const { fields = {}, answers = [], right = null } = items.get(row) ?? {};
    const named = Object.fromEntries(Object.entries(fields).map(([field, text]) => [printable(field), text]));
    yield lineOf({ row, fields: named, answers, right });
  }
}

/** Writes a line in which every text is one that a table can hold. */
function lineOf(value: object): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? printable(part) : part));
  return `${text}\n`;
}
