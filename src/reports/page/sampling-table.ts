/** Shows what drawn texts add to the noise in the panel of a task. */

import { html, type Html } from "../html.js";
import { samplingColumns } from "../sampling-columns.js";
import type { TaskView } from "../view.js";
import { name, sortableTable, type TableRow } from "./pieces.js";

/** Returns null where no texts were drawn. */
export function samplingTable({ before, after }: TaskView): Html | null {
  const levels = [before, after].filter((level) => level?.sampling !== undefined) as (typeof after)[];
  const [first] = levels;
  if (first === undefined) return null;
  const rows = levels.map((level): TableRow => ({
    cells: [{ shown: name(level.checkpoint) }, ...samplingColumns(level).map(({ cell }) => ({ shown: cell }))],
  }));
  const caption =
    "Components of the variance of one text's score with their shares: prompts, rows, their interaction, and the texts drawn for one prompt and row. [ ] 95 % interval for new rows. The last column is the share of the squared standard error of a prompt's mean.";
  const heads = [{ head: "checkpoint" }, ...samplingColumns(first).map(({ head }) => ({ head }))];
  return html`<details open><summary>Drawn texts</summary>${sortableTable(caption, heads, rows)}</details>`;
}
