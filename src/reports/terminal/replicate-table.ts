/** Changes over several seeds as a table for a terminal. */

import pc from "picocolors";
import type { Analysis } from "../../analysis/document/document.js";
import { wrapped } from "../../base/wording.js";
import { replicateColumns, replicateWord } from "../replicate-columns.js";
import { lineWidth, newTable, shown } from "./terminal-table.js";

/** Returns an empty text where no arm has several seeds. */
export function replicateTables({ replicates }: Analysis, width: number): string {
  if (replicates.length === 0) return "";
  const [columns, word] = [replicateColumns(replicates), replicateWord(replicates)];
  const table = newTable(["arm", "task", ...columns.map(({ head }) => head)]);
  replicates.forEach(({ arm, task }, row) => {
    table.push([arm, task, ...columns.map(({ cells }) => cells[row]?.text ?? "–")]);
  });
  const about = `changes by fine-tuning; intervals for new ${word}, wordings and rows`;
  return [pc.bold(`Over ${word}`), ...wrapped(about, lineWidth(width)), shown(table, width)].join("\n");
}
