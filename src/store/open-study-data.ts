/** Opens a folder of results as the data of a study. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { sha256 } from "../hash.js";
import { isRowScore, type RowScore } from "../study/row-score.js";
import { parseResults } from "./results-folder.js";
import type { CellRecord, Results } from "./results.js";
import type { ItemText, StudyData, TaskScores } from "./study-data.js";

/**
 * @param path folder that a run wrote
 * @throws UserError when there are no results, or they are not of this version
 */
export async function openStudyData(path: string): Promise<StudyData> {
  const file = join(path, "results.json");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UserError(`${path}: no results of a run (${messageOf(error)}); give the --output-dir of one`);
  });
  return new FolderData(path, parseResults(text, file));
}

class FolderData implements StudyData {
  constructor(
    readonly source: string,
    readonly results: Results,
  ) {}

  async scores(checkpoint: string, task: string, metric?: string): Promise<TaskScores | undefined> {
    const about = this.results.tasks.find(({ name }) => name === task);
    if (about === undefined) return undefined;
    const wanted = metric ?? about.metric;
    const cells: { readonly prompt: string; readonly rows: readonly RowScore[] }[] = [];
    for (const { id } of about.prompts) {
      const rows = await this.rows(checkpoint, task, id);
      if (rows?.[0]?.metrics[wanted] !== undefined) cells.push({ prompt: id, rows });
    }
    const [first] = cells;
    if (first === undefined) return undefined;
    const scores = new Float64Array(cells.length * first.rows.length);
    cells.forEach(({ rows }, p) => {
      rows.forEach((row, i) => (scores[p * first.rows.length + i] = row.metrics[wanted] as number));
    });
    return {
      checkpoint,
      task,
      metric: wanted,
      prompts: cells.map(({ prompt }) => prompt),
      rows: first.rows.map(({ row }) => row),
      scores,
    };
  }

  async rows(checkpoint: string, task: string, prompt: string): Promise<readonly RowScore[] | undefined> {
    const cell = this.results.cells.find(
      (one) => one.checkpoint === checkpoint && one.task === task && one.prompt === prompt,
    );
    return cell?.rows_file === undefined ? undefined : this.readRows(cell);
  }

  private async readRows({ rows_file = "", rows_sha256 }: CellRecord): Promise<RowScore[]> {
    const path = join(this.source, rows_file);
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      throw new UserError(`${path}: cannot be read (${messageOf(error)}); run the command again`);
    });
    if (sha256(text) !== rows_sha256) throw new UserError(`${path}: not as it was written; run the command again`);
    const rows = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    if (!rows.every((row) => isRowScore(row))) throw new UserError(`${path}: not the rows of this version`);
    return rows;
  }

  items(): Promise<readonly ItemText[]> {
    return Promise.resolve([]);
  }

  promptText(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
