/**
 * Exports a run's scores, rows, prompts, tasks and checkpoints as tables: Parquet and CSV by DuckDB, as JSON lines one
 * file of scores a cell.
 */

import { join } from "node:path";
import { makeFolders } from "../base/folders.js";
import { CellRows } from "./cell-rows.js";
import { attempt, writeWhole } from "./results-folder.js";
import type { Database } from "./database.js";
import { fileNameOf } from "./file-names.js";
import { rowLines } from "./row-lines.js";
import { runHeader, type StoredRun } from "./runs.js";

const OPTIONS = {
  parquet: "FORMAT parquet, COMPRESSION zstd",
  csv: "FORMAT csv, HEADER true",
  jsonl: "FORMAT json",
} as const;
export type TableFormat = Exclude<keyof typeof OPTIONS, "jsonl">;

/** Lists the columns of "scores" that hold no metric. */
export const SCORE_COLUMNS: readonly string[] = [
  "checkpoint", "task", "prompt", "row", "row_hash", "prompt_hash", "gold", "choice", "generated", "logprobs",
  "label_mass", "context_tokens", "new_tokens", "shots_dropped", "truncated", "merged", "samples",
]; // prettier-ignore

const FINISHED = "r.run = $run AND r.current AND r.status = 'finished'";

/**
 * Writes the tables of a run as SQL with a parameter $run; each metric is a column of its own in "scores".
 * @param at comes before the name of each table: the place of the tables where views may have the same names
 */
export async function tablesOf(database: Database, run: number, at = ""): Promise<Record<string, string>> {
  const metrics = await database.all<{ metric: string }>(
    `SELECT DISTINCT unnest(map_keys(s.metrics)) AS metric FROM run_cells r
     JOIN variant_questions v ON v.variant = r.variant
     JOIN row_scores s ON s.question = v.question AND s.checkpoint = r.checkpoint WHERE ${FINISHED} ORDER BY metric`,
    { run },
  );
  const header = await runHeader(database, { id: run });
  const columns = metrics.map(({ metric }) => `, s.metrics[${quoted(metric, "'")}] AS ${quoted(metric, '"')}`);
  return {
    scores: `SELECT r.checkpoint_name AS checkpoint, r.task, r.prompt, v.row_number AS row, i.row_hash, q.prompt_hash, i.gold,
        s.choice, s.generated, s.logprobs, s.label_mass${columns.join("")}, s.context_tokens, s.new_tokens,
        s.shots_dropped, s.truncated, s.merged, s.samples
      FROM ${at}run_cells r JOIN ${at}variant_questions v ON v.variant = r.variant
        JOIN ${at}row_scores s ON s.question = v.question AND s.checkpoint = r.checkpoint
        JOIN ${at}questions q ON q.id = v.question JOIN ${at}items i ON i.id = q.item
      WHERE ${FINISHED} ORDER BY r.place, v.place`,
    items: `SELECT DISTINCT r.task, v.row_number AS row, i.row_hash, i.fields, i.answers, i.gold, i.texts
      FROM ${at}run_cells r JOIN ${at}variant_questions v ON v.variant = r.variant JOIN ${at}questions q ON q.id = v.question
        JOIN ${at}items i ON i.id = q.item WHERE ${FINISHED} ORDER BY r.task, row`,
    prompts: `SELECT DISTINCT r.task, r.prompt, p.hash, p.example, p.numbered, a.asked, x.axes, x.chat_template
      FROM ${at}run_cells r JOIN ${at}variants p ON p.id = r.variant
        JOIN (SELECT v.variant, CASE WHEN count(DISTINCT q.answers) = 1 THEN min(q.answers) END AS asked
          FROM ${at}variant_questions v JOIN ${at}questions q ON q.id = v.question GROUP BY v.variant) a ON a.variant = r.variant
        LEFT JOIN (${levelsOf(header)}) x ON x.task = r.task AND x.prompt = r.prompt
      WHERE ${FINISHED} ORDER BY r.task, r.prompt`,
    tasks: `SELECT t.* FROM (${factsOf(header)}) t SEMI JOIN (SELECT task FROM ${at}run_cells r WHERE ${FINISHED}) r USING (task)
      ORDER BY t.task`,
    checkpoints: `SELECT DISTINCT r.checkpoint_name AS checkpoint, p.* EXCLUDE (name), c.* EXCLUDE (id, key)
      FROM ${at}run_cells r JOIN ${at}checkpoints c ON c.id = r.checkpoint
        LEFT JOIN (${pointsOf(header)}) p ON p.name = r.checkpoint_name WHERE ${FINISHED} ORDER BY checkpoint`,
  };
}

type Header = Awaited<ReturnType<typeof runHeader>>;

/** Makes a literal of a text, NULL of nothing. */
function literal(value: string | null | undefined): string {
  return value === null || value === undefined ? "NULL" : quoted(value, "'");
}

/** Selects where each checkpoint of a run stands in its training, and what it was tuned from. */
function pointsOf({ checkpoints }: Header): string {
  const lines = checkpoints.map((one) => {
    const { name, spec, step, tokens, training_stage, training_seed, stage, sft_task, base, given } = one;
    const texts = [training_stage, training_seed, stage, sft_task, base, given?.name, given?.run];
    return `(${[literal(name), literal(spec), step ?? "NULL", tokens ?? "NULL", ...texts.map(literal)].join(", ")})`;
  });
  return `SELECT name, spec::VARCHAR AS spec, step::BIGINT AS step, tokens::BIGINT AS tokens, training_stage::VARCHAR AS training_stage,
    training_seed::VARCHAR AS training_seed, stage::VARCHAR AS stage, sft_task::VARCHAR AS sft_task, base::VARCHAR AS base,
    shared_name::VARCHAR AS shared_name, run::VARCHAR AS run
    FROM (VALUES ${lines.join(", ")}) AS v(name, spec, step, tokens, training_stage, training_seed, stage, sft_task, base, shared_name, run)`;
}

/** Selects the levels of each prompt on its axes, as JSON, and its chat template. */
function levelsOf({ tasks }: Header): string {
  const lines = tasks.flatMap((task) =>
    task.prompts.map(
      ({ id, axes, chat_template }) =>
        `(${[task.name, id, JSON.stringify(axes), chat_template].map(literal).join(", ")})`,
    ),
  );
  return `SELECT task, prompt, axes, chat_template::VARCHAR AS chat_template
    FROM (VALUES ${lines.join(", ")}) AS v(task, prompt, axes, chat_template)`;
}

/** Selects how each task is answered and judged; labels and metrics of which less is better are JSON. */
function factsOf({ tasks }: Header): string {
  const lines = tasks.map(
    ({ name, family, metric, answer, answer_kind, labels, metrics, chance, shots, eval_source }) => {
      const lower = (metrics ?? []).filter(({ higher_is_better: higher }) => !higher).map((one) => one.name);
      const texts = [name, family, metric, answer, answer_kind, labels === null ? null : JSON.stringify(labels), JSON.stringify(lower), eval_source]; // prettier-ignore
      return `(${[...texts.map(literal), chance ?? "NULL", shots].join(", ")})`;
    },
  );
  return `SELECT task, family, metric, answer, answer_kind::VARCHAR AS answer_kind, labels::VARCHAR AS labels, lower_is_better,
    source, chance::DOUBLE AS chance, shots::INTEGER AS shots
    FROM (VALUES ${lines.join(", ")}) AS v(task, family, metric, answer, answer_kind, labels, lower_is_better, source, chance, shots)`;
}

/** @returns the files that were written */
export async function exportTables(
  database: Database,
  { id }: StoredRun,
  format: TableFormat,
  folder: string,
): Promise<string[]> {
  return await copyTables(database, Object.entries(await tablesOf(database, id)), id, format, folder);
}

async function copyTables(
  database: Database,
  tables: readonly (readonly [name: string, sql: string])[],
  run: number,
  format: keyof typeof OPTIONS,
  folder: string,
): Promise<string[]> {
  await attempt(folder, () => makeFolders(folder));
  const files: string[] = [];
  for (const [name, sql] of tables) {
    const file = join(folder, `${name}.${format}`);
    await database.run(`COPY (${sql.replaceAll("$run", String(run))}) TO ${quoted(file, "'")} (${OPTIONS[format]})`);
    files.push(file);
  }
  return files;
}

/**
 * Writes rows/CHECKPOINT/TASK/PROMPT.jsonl, whose SHA-256 is in results.json, cells.jsonl, which says what each of
 * these files is of, and the other tables.
 */
export async function exportLines(database: Database, { id }: StoredRun, folder: string): Promise<string[]> {
  const cells = await database.all<{ name: string; task: string; prompt: string }>(
    `SELECT checkpoint_name AS name, task, prompt FROM run_cells r WHERE ${FINISHED} ORDER BY place`,
    { run: id },
  );
  const cellRows = new CellRows(database, id, (await runHeader(database, { id })).tasks);
  const files: string[] = [];
  const list: string[] = [];
  for (const { name, task, prompt } of cells) {
    const rows = (await cellRows.of(name, task, prompt)) ?? [];
    const path = ["rows", ...[name, task].map(fileNameOf), `${fileNameOf(prompt)}.jsonl`];
    const file = join(folder, ...path);
    await writeWhole(file, rowLines(rows));
    files.push(file);
    list.push(JSON.stringify({ file: path.join("/"), checkpoint: name, task, prompt, rows: rows.length }));
  }
  const listed = join(folder, "cells.jsonl");
  await writeWhole(listed, list.map((line) => `${line}\n`).join(""));
  const tables = Object.entries(await tablesOf(database, id)).filter(([name]) => name !== "scores");
  return [...files, listed, ...(await copyTables(database, tables, id, "jsonl", folder))];
}

/** Writes a text as a literal or a name of SQL. */
export function quoted(text: string, mark: "'" | '"'): string {
  return mark + text.replaceAll(mark, mark + mark) + mark;
}
