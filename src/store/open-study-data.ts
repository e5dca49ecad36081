/** Opens a folder of results as the data of a study. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../base/errors.js";
import type { RowScore } from "../metrics/row-score.js";
import { counted } from "../base/wording.js";
import { CellRows } from "./cell-rows.js";
import { Database } from "./database.js";
import { DATABASE_FILE } from "./results-folder.js";
import { listRuns, pickRun, runResults, type StoredRun } from "./runs.js";
import { metricValues, recordOf } from "./metric-values.js";
import { Queries } from "./queries.js";
import type { Results, TaskRecord } from "./results.js";
import type { ItemText, StudyData, TaskScores } from "./study-data.js";

/**
 * @param path the --output-dir of a run, or a file in it
 * @param run number of the run, as `results ls` lists it; the last one when left out
 * @throws UserError when there are no results, they are in use by a run, damaged, or of another version
 */
export async function openStudyData(path: string, run?: number): Promise<StoredStudy> {
  const { folder, database } = await openStore(path);
  try {
    const stored = pickRun(await listRuns(database), run, path);
    return new StoreData(folder, await runResults(database, stored), stored, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Reads a study in a folder, which also answers statements of SQL. */
export interface StoredStudy extends StudyData {
  /** Views of its run; the caller closes them. */
  queries(): Promise<Queries>;
}

/** Opens the store of a folder for reading. */
export async function openStore(path: string): Promise<{ readonly folder: string; readonly database: Database }> {
  const folder = ["results.json", DATABASE_FILE].includes(basename(path)) ? dirname(path) : path;
  const file = join(folder, DATABASE_FILE);
  if (!existsSync(file)) {
    throw new UserError(`${path}: no results of a run (there is no ${DATABASE_FILE}); ${insteadOf(folder)}`);
  }
  return { folder, database: await Database.open(file, { readOnly: true }) };
}

/**
 * Says what to give instead of a folder without results: the runs in it, or the results that an export was made from.
 */
function insteadOf(folder: string): string {
  const inside = namesIn(folder).map((name) => join(folder, name));
  const runs = inside.filter((path) => existsSync(join(path, DATABASE_FILE)));
  if (runs.length > 0) {
    return `it holds ${counted(runs.length, "run")}, name those that are wanted: ${runs.slice(0, 5).join(" ")}${runs.length > 5 ? " …" : ""}`;
  }
  const exported = [...inside, ...inside.flatMap(namesIn)]
    .map((path) => basename(path))
    .some((name) => /^(results|samples)_.*\.jsonl?$/.test(name));
  if (exported)
    return "it is in the form of lm-evaluation-harness: give the --output-dir that it was exported from, or take it in by amuro-eval import lm-eval";
  const others = existsSync(folder)
    ? "; of files of another program, amuro-eval import KIND PATH says what they lack"
    : "";
  return `give the --output-dir of one${others}`;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).sort() : [];
}

class StoreData implements StoredStudy {
  private readonly cellRows: CellRows;

  constructor(
    readonly source: string,
    readonly results: Results,
    private readonly run: StoredRun,
    private readonly database: Database,
  ) {
    this.cellRows = new CellRows(database, run.id, results.tasks);
  }

  async scores(checkpoint: string, task: string, metric?: string): Promise<TaskScores | undefined> {
    const about = this.results.tasks.find(({ name }) => name === task);
    if (about === undefined) return undefined;
    const wanted = metric ?? about.metric;
    if (recordOf(wanted, about).of === "set") return this.setScores(checkpoint, about, wanted);
    const found = await this.database.all<{ prompt: string; row: number; score: number | null }>(
      `SELECT r.prompt, v.row_number AS row, s.metrics[$wanted] AS score
       FROM run_cells r JOIN variant_questions v ON v.variant = r.variant
         JOIN row_scores s ON s.question = v.question AND s.checkpoint = r.checkpoint
       WHERE r.run = $run AND r.current AND r.status = 'finished' AND r.checkpoint_name = $checkpoint AND r.task = $task
       ORDER BY r.place, v.place`,
      { run: this.run.id, checkpoint, task, wanted },
    );
    const byPrompt = new Map<string, { row: number; score: number | null }[]>();
    for (const { prompt, row, score } of found) {
      const rows = byPrompt.get(prompt);
      if (rows === undefined) byPrompt.set(prompt, [{ row, score }]);
      else rows.push({ row, score });
    }
    const cells = about.prompts.flatMap(({ id }) => {
      const rows = byPrompt.get(id);
      return rows === undefined || rows.some(({ score }) => score === null) ? [] : [{ id, rows }];
    });
    const [first] = cells;
    if (first === undefined) return undefined;
    return {
      checkpoint,
      task,
      metric: wanted,
      prompts: cells.map(({ id }) => id),
      rows: first.rows.map(({ row }) => row),
      scores: Float64Array.from(cells.flatMap(({ rows }) => rows.map(({ score }) => score as number))),
    };
  }

  /** Returns the values of a metric of all rows together, which are made of the rows of each cell. */
  private async setScores(checkpoint: string, about: TaskRecord, metric: string): Promise<TaskScores | undefined> {
    const cells = [];
    for (const { id } of about.prompts) {
      const rows = (await this.rows(checkpoint, about.name, id)) ?? [];
      const values = rows.length === 0 ? undefined : metricValues(rows, metric, about);
      if (values !== undefined) cells.push({ id, rows, values });
    }
    const [first] = cells;
    if (first === undefined) return undefined;
    return {
      checkpoint,
      task: about.name,
      metric,
      prompts: cells.map(({ id }) => id),
      rows: first.rows.map(({ row }) => row),
      scores: Float64Array.from(cells.flatMap(({ values }) => [...values])),
    };
  }

  rows(checkpoint: string, task: string, prompt: string): Promise<readonly RowScore[] | undefined> {
    return this.cellRows.of(checkpoint, task, prompt);
  }

  async items(task: string): Promise<readonly ItemText[]> {
    const found = await this.database.all<ItemColumns>(
      `SELECT v.row_number AS row, i.fields, i.answers, i.gold, i.texts
       FROM variant_questions v JOIN questions q ON q.id = v.question JOIN items i ON i.id = q.item
       WHERE v.variant = (SELECT min(variant) FROM run_cells WHERE run = $run AND current AND task = $task)
       ORDER BY v.place`,
      { run: this.run.id, task },
    );
    return found.map(({ row, fields, answers: listed, gold, texts }): ItemText => {
      const answers = JSON.parse(listed) as string[];
      const right = gold === null ? (JSON.parse(texts ?? "[]") as string[])[0] : answers[gold];
      return { row, fields: JSON.parse(fields) as Record<string, string>, answers, right: right ?? "" };
    });
  }

  async promptText(task: string, prompt: string): Promise<string | undefined> {
    const [found] = await this.database.all<{ example: string }>(
      `SELECT v.example FROM run_cells r JOIN variants v ON v.id = r.variant
       WHERE r.run = $run AND r.current AND r.task = $task AND r.prompt = $prompt LIMIT 1`,
      { run: this.run.id, task, prompt },
    );
    return found?.example;
  }

  async answerWords(task: string, prompt: string): Promise<readonly string[]> {
    const [found] = await this.database.all<{ answers: string }>(
      `SELECT q.answers FROM run_cells r JOIN variant_questions v ON v.variant = r.variant JOIN questions q ON q.id = v.question
       WHERE r.run = $run AND r.current AND r.task = $task AND r.prompt = $prompt ORDER BY v.place LIMIT 1`,
      { run: this.run.id, task, prompt },
    );
    return found === undefined ? [] : (JSON.parse(found.answers) as string[]);
  }

  queries(): Promise<Queries> {
    return Queries.open(this.database, this.run.id);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

interface ItemColumns {
  readonly row: number;
  readonly fields: string;
  readonly answers: string;
  readonly gold: number | null;
  readonly texts: string | null;
}
