/** Shows what drawn texts add to the noise as a table for a terminal. */

import pc from "picocolors";
import type { Analysis } from "../../analysis/document/document.js";
import { samplingColumns } from "../sampling-columns.js";
import { newTable, shown } from "./terminal-table.js";

/** Returns an empty text where no texts were drawn. */
export function samplingTable({ levels }: Analysis, width: number): string {
  const drawn = levels
    .map((level) => ({ level, columns: samplingColumns(level) }))
    .filter(({ columns }) => columns.length > 0);
  const [first] = drawn;
  if (first === undefined) return "";
  const table = newTable(["checkpoint", "task", ...first.columns.map(({ head }) => head)]);
  for (const { level, columns } of drawn)
    table.push([level.checkpoint, level.task, ...columns.map(({ cell }) => cell)]);
  const title = `${pc.bold("Drawn texts")}  components of the variance of one text's score, with their shares`;
  return [title, shown(table, width)].join("\n");
}
