/** Changes over several seeds in the panel of a task. */

import type { Analysis } from "../../analysis/document/document.js";
import { html, type Html } from "../html.js";
import { replicateColumns, replicateWord } from "../replicate-columns.js";
import type { TaskView } from "../view.js";
import { name, sortableTable, type TableRow } from "./pieces.js";

/** Returns the arm that the checkpoint of the view is a seed of; null where it is alone. */
export function replicateTable({ view, task }: TaskView, { replicates }: Analysis): Html | null {
  const own = replicates.filter((one) => one.task === task.name && one.seeds.some(({ sft }) => sft === view.after));
  if (own.length === 0) return null;
  const [columns, word] = [replicateColumns(own), replicateWord(own)];
  const rows = own.map(({ arm }, row): TableRow => ({
    cells: [
      { shown: name(arm) },
      ...columns.map(({ cells }) => ({ shown: cells[row]?.text ?? "–", sort: cells[row]?.sort ?? null })),
    ],
  }));
  const caption = `Fine-tunings that are one another's replicates, by their ${word}: the mean of their changes, [ ] 95 % interval for new ${word}, wordings and rows. The SD between ${word} is that on these prompts and rows; the share is that of the squared standard error.`;
  const heads = [{ head: "arm" }, ...columns.map(({ head }) => ({ head, numeric: true }))];
  return html`<details open><summary>Over ${word}</summary>${sortableTable(caption, heads, rows)}</details>`;
}
