/** Writes one line for every task of every pair of checkpoints, sortable and filterable. */

import type { Verdict } from "../../analysis/document/document.js";
import { html, type Html, type HtmlValue } from "../html.js";
import { viewLabel, type TaskView, type Views } from "../view.js";
import { type Term, term } from "./glossary.js";
import { LONGEST_IN_PAIR, withShortNames } from "./names.js";
import { name, part, sortableTable, verdictChip, type Column, type TableRow, type Value } from "./pieces.js";
import { type SummaryCell, type SummaryColumn, summaryColumns } from "../summary-columns.js";

/**
 * @param anchor link target of a task
 * @param isLater whether the table is put off until it comes into sight
 */
export function allTasks(views: Views, anchor: (task: string) => string, isLater: boolean): Html {
  const tasks = views.taskViews();
  const pairs = tasks.filter(({ comparison }) => comparison !== null);
  const alone = tasks.filter(({ comparison }) => comparison === null);
  return html`<div class="controls">
      <label>Filter <input type="search" data-filter="all-tasks" placeholder="task, checkpoint, metric, verdict" autocomplete="off" /></label>
      ${views.all.length < 2 ? null : html`<label><input type="checkbox" data-only-view="all-tasks" /> only the checkpoints shown</label>`}
      <output data-count="all-tasks"></output>
    </div>
    ${part(
      html`${pairs.length === 0 ? null : tableOf("Scores and sensitivity before and after SFT. ± are standard errors over rows.", pairs, views, anchor)}
      ${alone.length === 0 ? null : tableOf("Scores and sensitivity of each checkpoint.", alone, views, anchor)}`,
      { isLater, id: "all-tasks" },
    )}`;
}

/** Lists the words of the heads that are explained. */
const TERMS: Readonly<Record<string, Term>> = {
  chance: "chance", mean: "mean", sd: "sd", raw_sd: "raw-sd", range: "worst", pss: "pss", verdict: "verdict", label_mass: "label-mass",
  contrast: "contrast", total_sd: "total-sd",
}; // prettier-ignore

function tableOf(
  caption: HtmlValue,
  tasks: readonly TaskView[],
  { analysis }: Views,
  anchor: (task: string) => string,
): Html {
  const own = UNDER.reduce(withUnder, summaryColumns(tasks));
  // The verdict stands beside the name of the task: it stays in sight where the rest scrolls.
  const columns = [...own.filter(({ key }) => key === "verdict"), ...own.filter(({ key }) => key !== "verdict")];
  const heads: Column[] = columns.map(({ key, head }) => {
    const about = TERMS[key];
    return { head: about === undefined ? head : term(about, head), numeric: key !== "verdict" };
  });
  const brackets = columns.flatMap(({ head, brackets: of }) => (of === "" ? [] : [`${head}: ${of}`]));
  const rows = tasks.map(({ task, view }, row): TableRow => ({
    view: view.id,
    cells: [
      {
        shown: html`<a href="#${anchor(task.name)}">${name(task.name)}</a><small>${withShortNames(viewLabel(view), analysis, LONGEST_IN_PAIR)}</small><small>${task.metric_title}</small>`,
      },
      ...columns.map(({ key, cells }) => cellOf(key, cells[row] as SummaryCell)),
    ],
  }));
  const paired = columns[0]?.key === "verdict";
  return sortableTable(
    html`${caption} [ ] of ${brackets.join("; ")}.`,
    [{ head: "task, checkpoints, metric" }, ...heads],
    rows,
    paired ? "first two" : "first",
  );
}

/** Lists the columns that stand under another one, with the words before their figures. */
const UNDER = [
  ["size", "shots", "shots"],
  ["chance", "majority", "majority"],
  ["pss", "one_answer", "one answer"],
] as const;

/** Writes one column under the figures of another, where both are there. */
function withUnder(columns: SummaryColumn[], [upper, lower, unit]: (typeof UNDER)[number]): SummaryColumn[] {
  const under = columns.find(({ key }) => key === lower);
  if (under === undefined || !columns.some(({ key }) => key === upper)) return columns;
  return columns.flatMap((column) => {
    if (column === under) return [];
    if (column.key !== upper) return [column];
    const cells = column.cells.map((cell, i) => ({ ...cell, beside: `${unit} ${under.cells[i]?.text ?? ""}` }));
    return [{ ...column, cells }];
  });
}

function cellOf(key: string, { text, beside, sort }: SummaryCell): Value {
  const by = sort === undefined ? {} : { sort };
  if (key === "verdict")
    return { shown: html`${verdictChip(text as Verdict)} <small>${beside === "" ? "" : `${beside} (Holm)`}</small>` };
  if (key === "change")
    return { shown: html`<b class="${(sort ?? 0) < 0 ? "down" : "up"}">${text}</b> <small>${beside}</small>`, ...by };
  return { shown: beside === "" ? text : html`${text} <small>${beside}</small>`, ...by };
}
