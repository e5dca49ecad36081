/** Says what the scores of a task do not show of how its rows were asked and answered. */

import { counted } from "../../base/wording.js";
import { answerRead } from "../../metrics/answer-read.js";
import type { RowScore } from "../../metrics/row-score.js";
import { percentile } from "../../statistics/level.js";

/** Says how the rows of one prompt were asked, and what came back. */
export interface AskedRows {
  /** Shots that were asked for. */
  readonly shots: number;
  readonly rows: readonly RowScore[];
}

/** Returns a clause for each: dropped shots, cut rows, empty texts, answers that are no label. */
export function validityOf(columns: readonly AskedRows[]): string[] {
  const rows = columns.flatMap((column) => column.rows);
  const of = counted(rows.length, "row score");
  const count = (what: (row: RowScore) => boolean) => rows.filter(what).length;
  const dropped = count(({ shots_dropped }) => shots_dropped > 0);
  const asked = [...new Set(columns.map(({ shots }) => shots))].sort((a, b) => a - b).join(" or ");
  const cut = count(({ truncated }) => truncated);
  const empty = count(isEmpty);
  const unextracted = count((row) => row.metrics[answerRead.name] === 0 && !isEmpty(row));
  const unread = count((row) => row.generated !== undefined && row.answer === -1 && !isEmpty(row));
  const say = (n: number, text: string) => (n === 0 ? [] : [text]);
  return [
    ...say(
      dropped,
      `in ${dropped} of ${of} shots were dropped to fit the model's window: ${asked} were asked for, the median shown is ${medianShots(columns)}`,
    ),
    ...say(cut, `in ${cut} of ${of} the row alone did not fit the model's window, and its beginning was cut`),
    ...say(empty, `in ${empty} of ${of} the generated text is empty`),
    ...say(
      unextracted,
      `in ${unextracted} of ${of} no answer could be read from the generated text, which counts as wrong`,
    ),
    ...say(unread, `in ${unread} of ${of} the generated text is none of the labels, and counts as wrong`),
  ];
}

/** Returns the median number of shots that rows were shown. */
export function medianShots(columns: readonly AskedRows[]): number {
  return percentile(
    columns.flatMap(({ shots, rows }) => rows.map((row) => shots - row.shots_dropped)),
    0.5,
  );
}

function isEmpty({ answer, generated }: RowScore): boolean {
  const text = generated ?? (typeof answer === "string" ? answer : undefined);
  return text?.trim() === "";
}
