/** Converts a row's score to the columns of row_scores, and back. */

import {
  BOOLEAN, DOUBLE, INTEGER, LIST, listValue, MAP, mapValue, VARCHAR, type DuckDBValue,
} from "@duckdb/node-api"; // prettier-ignore
import type { RowSample, RowScore } from "../metrics/row-score.js";

/** Lists types of the columns of row_scores, in their order. */
export const ROW_TYPES = [
  INTEGER, INTEGER, INTEGER, VARCHAR, LIST(DOUBLE), DOUBLE, MAP(VARCHAR, DOUBLE), INTEGER, INTEGER, INTEGER, BOOLEAN, BOOLEAN, INTEGER, VARCHAR,
]; // prettier-ignore

export function rowColumns(checkpoint: number, question: number, row: RowScore): DuckDBValue[] {
  const isText = typeof row.answer === "string";
  return [
    checkpoint,
    question,
    typeof row.answer === "string" ? null : row.answer,
    isText ? row.answer : (row.generated ?? null),
    row.logprobs === undefined ? null : listValue(row.logprobs),
    row.label_mass ?? null,
    mapValue(Object.entries(row.metrics).map(([key, value]) => ({ key, value }))),
    row.context_tokens,
    row.new_tokens ?? null,
    row.shots_dropped,
    row.truncated,
    row.merged ?? null,
    row.logprobs === undefined ? null : (row.tied ?? 1),
    row.samples === undefined ? null : JSON.stringify(row.samples),
  ];
}

/** Holds a row of {@link SELECT_ROWS}. */
export interface StoredRow {
  readonly place: number;
  readonly question: number;
  readonly row_number: number;
  readonly row_hash: string;
  readonly prompt_hash: string;
  readonly gold: number | null;
  readonly choice: number | null;
  readonly generated: string | null;
  readonly logprobs: readonly number[] | null;
  readonly label_mass: number | null;
  readonly metrics: readonly { readonly key: string; readonly value: number }[];
  readonly context_tokens: number;
  readonly new_tokens: number | null;
  readonly shots_dropped: number;
  readonly truncated: boolean;
  readonly merged: boolean | null;
  readonly tied: number | null;
  readonly grade: number | null;
  /** JSON of the drawn texts; null where none was drawn. */
  readonly samples: string | null;
}

const COLUMNS = `v.place, v.question, v.row_number, i.row_hash, q.prompt_hash, i.gold, s.choice, s.generated, s.logprobs,
    s.label_mass, s.metrics, s.context_tokens, s.new_tokens, s.shots_dropped, s.truncated, s.merged, s.tied, i.grade,
    s.samples`;

const selectRows = (columns: string, joins = "") => `
  SELECT ${columns}
  FROM variant_questions v JOIN row_scores s ON s.question = v.question JOIN questions q ON q.id = v.question
    JOIN items i ON i.id = q.item ${joins}
  WHERE v.variant = $variant AND s.checkpoint = $checkpoint ORDER BY v.place`;

/** Selects the scores of $checkpoint under $variant that are there, in the order of the rows. */
export const SELECT_ROWS = selectRows(COLUMNS);

/** Holds a row of {@link SELECT_ANSWERS}. */
export interface StoredAnswer extends StoredRow {
  /** JSON list of the texts that were scored or looked for. */
  readonly asked: string;
  /** JSON list of the texts that count as right; null where the answer is no free text. */
  readonly texts: string | null;
  readonly numbered: boolean;
  /** As in `TaskRecord.answer`. */
  readonly how: string;
  /** JSON of how answers are read out of generated texts; null where the whole text counts. */
  readonly extract: string | null;
}

/** Selects the same with all that metrics look at. */
export const SELECT_ANSWERS = selectRows(
  `${COLUMNS}, q.answers AS asked, i.texts, p.numbered, t.answer AS how, t.extract`,
  "JOIN variants p ON p.id = v.variant JOIN tasks t ON t.id = p.task",
);

/**
 * Selects the same for all finished cells of $checkpoint, as the run calls it, on $task, with their "prompt": one query
 * takes twice the time of one for a single cell.
 */
export const SELECT_TASK_ROWS = `
  SELECT r.prompt, ${COLUMNS}
  FROM run_cells r JOIN variant_questions v ON v.variant = r.variant
    JOIN row_scores s ON s.question = v.question AND s.checkpoint = r.checkpoint JOIN questions q ON q.id = v.question
    JOIN items i ON i.id = q.item
  WHERE r.run = $run AND r.current AND r.status = 'finished' AND r.checkpoint_name = $checkpoint AND r.task = $task
  ORDER BY r.place, v.place`;

export function rowScoreOf(stored: StoredRow): RowScore {
  const { choice, gold, generated, logprobs, label_mass, new_tokens, merged, tied, grade, samples } = stored;
  return {
    row: stored.row_number,
    row_hash: stored.row_hash,
    prompt_hash: stored.prompt_hash,
    ...(gold === null ? {} : { gold }),
    answer: choice ?? generated ?? "",
    ...(choice === null || generated === null ? {} : { generated }),
    ...(logprobs === null ? {} : { logprobs }),
    ...(label_mass === null ? {} : { label_mass }),
    ...(tied === null || tied === 1 ? {} : { tied }),
    ...(grade === null ? {} : { grade }),
    metrics: Object.fromEntries(stored.metrics.map(({ key, value }) => [key, value])),
    ...(choice === null ? {} : { correct: choice === gold }),
    ...(samples === null ? {} : { samples: JSON.parse(samples) as RowSample[] }),
    ...(merged === null ? {} : { merged }),
    context_tokens: stored.context_tokens,
    ...(new_tokens === null ? {} : { new_tokens }),
    shots_dropped: stored.shots_dropped,
    truncated: stored.truncated,
  };
}
