/** Holds a study in memory as the analysis and the reports read it. */

import type { RowScore } from "../metrics/row-score.js";
import { metricValues } from "../store/metric-values.js";
import type { Results } from "../store/results.js";
import type { ItemText, StudyData, TaskScores } from "../store/study-data.js";

/** Holds what is known of a task beside its scores. */
export interface TaskTexts {
  readonly items: readonly ItemText[];
  /** Prompt of the first row, by the id of the prompt. */
  readonly prompts: ReadonlyMap<string, string>;
  /** Texts that the first row could be answered with, likewise. */
  readonly words: ReadonlyMap<string, readonly string[]>;
}

export class MemoryStudy implements StudyData {
  /**
   * @param cells rows of the finished cells, by {@link cellKey}
   * @param texts by the name of the task
   */
  constructor(
    readonly source: string,
    readonly results: Results,
    private readonly cells: ReadonlyMap<string, readonly RowScore[]>,
    private readonly texts: ReadonlyMap<string, TaskTexts>,
  ) {}

  scores(checkpoint: string, task: string, metric?: string): Promise<TaskScores | undefined> {
    const about = this.results.tasks.find(({ name }) => name === task);
    if (about === undefined) return Promise.resolve(undefined);
    const wanted = metric ?? about.metric;
    const columns = about.prompts.flatMap(({ id }) => {
      const rows = this.cells.get(cellKey(checkpoint, task, id)) ?? [];
      const values = rows.length === 0 ? undefined : metricValues(rows, wanted, about);
      return values === undefined ? [] : [{ id, rows, values }];
    });
    const [first] = columns;
    if (first === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      checkpoint,
      task,
      metric: wanted,
      prompts: columns.map(({ id }) => id),
      rows: first.rows.map(({ row }) => row),
      scores: Float64Array.from(columns.flatMap(({ values }) => [...values])),
    });
  }

  rows(checkpoint: string, task: string, prompt: string): Promise<readonly RowScore[] | undefined> {
    return Promise.resolve(this.cells.get(cellKey(checkpoint, task, prompt)));
  }

  items(task: string): Promise<readonly ItemText[]> {
    return Promise.resolve(this.texts.get(task)?.items ?? []);
  }

  promptText(task: string, prompt: string): Promise<string | undefined> {
    return Promise.resolve(this.texts.get(task)?.prompts.get(prompt));
  }

  answerWords(task: string, prompt: string): Promise<readonly string[]> {
    return Promise.resolve(this.texts.get(task)?.words.get(prompt) ?? []);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Names a cell. */
export function cellKey(checkpoint: string, task: string, prompt: string): string {
  return JSON.stringify([checkpoint, task, prompt]);
}
