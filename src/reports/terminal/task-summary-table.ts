/** Changes over tasks as a table for a terminal. */

import pc from "picocolors";
import type { Analysis } from "../../analysis/document/document.js";
import { wrapped } from "../../base/wording.js";
import { taskSummariesOf, taskSummaryColumns, taskSummaryName } from "../task-summary-columns.js";
import { lineWidth, newTable, shown } from "./terminal-table.js";

/** Returns an empty text for fewer than three tasks of one metric. */
export function taskSummaryTable(analysis: Analysis, sft: string, width: number): string {
  const own = taskSummariesOf(analysis, sft);
  if (own.length === 0) return "";
  const columns = taskSummaryColumns(own);
  const table = newTable(["over tasks", ...columns.map(({ head }) => head)]);
  own.forEach((one, row) => {
    table.push([taskSummaryName(one, own), ...columns.map(({ cells }) => cells[row]?.text ?? "–")]);
  });
  const words =
    "Over tasks: each counts once; for these prompts, and tasks and rows like these. Variances as SD before and after.";
  const title = pc.dim(wrapped(words, lineWidth(width)).join("\n"));
  return [title, shown(table, width)].join("\n");
}
