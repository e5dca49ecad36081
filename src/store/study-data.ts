/** Defines a study's results as the analysis and the reports read them, wherever they were stored. */

import type { RowScore } from "../metrics/row-score.js";
import { hasScores, type Results } from "./results.js";

/** Scores of one checkpoint on one task under one metric: the prompts whose cells are finished, over the same rows. */
export interface TaskScores {
  readonly checkpoint: string;
  readonly task: string;
  readonly metric: string;
  /** Ids of the prompts (P), in the order of `Results.tasks[].prompts`. */
  readonly prompts: readonly string[];
  /** Row numbers in the dataset (I), the same for every checkpoint of the study. */
  readonly rows: readonly number[];
  /**
   * Value of each row, row-major [prompt][row] (P x I). Those of a metric of all rows together are such that their mean
   * is its value (`centredPseudoValues`).
   */
  readonly scores: Float64Array;
}

/** Names the field of a row that holds what its source says it belongs to, e.g. its passage; no column of a dataset. */
export const CLUSTER_FIELD = "cluster (given)";

/** Holds a row as it was asked: for reading beside its scores. */
export interface ItemText {
  readonly row: number;
  readonly fields: Readonly<Record<string, string>>;
  /** Answers to choose from, as the task words them; empty for free text. */
  readonly answers: readonly string[];
  /** The right answer, or the first reference. */
  readonly right: string;
}

/** Lists the checkpoints that have finished cells, with these. */
export function finishedCells({ checkpoints, cells }: Results) {
  return checkpoints.flatMap((checkpoint) => {
    const own = cells.filter((cell) => cell.checkpoint === checkpoint.name && hasScores(cell));
    return own.length === 0 ? [] : [{ checkpoint, cells: own }];
  });
}

/** Reads the texts of the rows of all tasks, by task. */
export async function itemsByTask(data: StudyData): Promise<ReadonlyMap<string, readonly ItemText[]>> {
  const items = new Map<string, readonly ItemText[]>();
  for (const { name } of data.results.tasks) items.set(name, await data.items(name));
  return items;
}

export interface StudyData {
  /** Where it came from, for messages. */
  readonly source: string;
  readonly results: Results;
  /**
   * @param metric the task's own when left out
   * @returns undefined when no cell of it is finished
   */
  scores(checkpoint: string, task: string, metric?: string): Promise<TaskScores | undefined>;
  /** @returns the rows of one cell in the order of TaskScores.rows; undefined when the cell is not finished */
  rows(checkpoint: string, task: string, prompt: string): Promise<readonly RowScore[] | undefined>;
  /** @returns what is known of the rows of a task; empty where the texts were not stored */
  items(task: string): Promise<readonly ItemText[]>;
  /** @returns the prompt that the first row got, shots included; undefined where it was not stored */
  promptText(task: string, prompt: string): Promise<string | undefined>;
  /** @returns the texts that the first row could be answered with under the prompt; empty where they were not stored */
  answerWords(task: string, prompt: string): Promise<readonly string[]>;
  close(): Promise<void>;
}
