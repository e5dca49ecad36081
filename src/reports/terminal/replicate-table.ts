/** Changes over several seeds as a table for a terminal. */

import pc from "picocolors";
import type { Analysis } from "../../analysis/document/document.js";
import { replicateColumns } from "../replicate-columns.js";
import { newTable, shown } from "./terminal-table.js";

/** Returns an empty text where no arm has several seeds. */
export function replicateTables({ replicates }: Analysis, width: number): string {
  if (replicates.length === 0) return "";
  const columns = replicateColumns(replicates);
  const table = newTable(["arm", "task", ...columns.map(({ head }) => head)]);
  replicates.forEach(({ arm, task }, row) => {
    table.push([arm, task, ...columns.map(({ cells }) => cells[row]?.text ?? "–")]);
  });
  const title = `${pc.bold("Over seeds")}  changes by fine-tuning; intervals for new seeds, wordings and rows`;
  return [title, shown(table, width)].join("\n");
}
