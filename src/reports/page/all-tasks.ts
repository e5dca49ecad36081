/** Writes one line for every task of every pair of checkpoints, sortable and filterable. */

import type { Verdict } from "../../analysis/document/document.js";
import { html, type Html, type HtmlValue } from "../html.js";
import { viewLabel, type TaskView } from "../view.js";
import { type Term, term } from "./glossary.js";
import { name, sortableTable, verdictChip, type Column, type TableRow, type Value } from "./pieces.js";
import { type SummaryCell, summaryColumns } from "../summary-columns.js";

/** @param anchor link target of a task */
export function allTasks(tasks: readonly TaskView[], anchor: (task: string) => string): Html {
  const pairs = tasks.filter(({ comparison }) => comparison !== null);
  const alone = tasks.filter(({ comparison }) => comparison === null);
  return html`<div class="controls">
      <label>Filter <input type="search" data-filter="all-tasks" placeholder="task, checkpoint, metric, verdict" autocomplete="off" /></label>
      <label><input type="checkbox" data-only-view="all-tasks" /> only the checkpoints shown</label>
      <output data-count="all-tasks"></output>
    </div>
    <div id="all-tasks">
      ${pairs.length === 0 ? null : tableOf("Scores and sensitivity before and after SFT. ± are standard errors over rows.", pairs, anchor)}
      ${alone.length === 0 ? null : tableOf("Scores and sensitivity of each checkpoint.", alone, anchor)}
    </div>`;
}

/** Lists the words of the heads that are explained. */
const TERMS: Readonly<Record<string, Term>> = {
  chance: "chance", mean: "mean", sd: "sd", raw_sd: "raw-sd", range: "worst", pss: "pss", verdict: "verdict", label_mass: "label-mass",
  contrast: "contrast", total_sd: "total-sd",
}; // prettier-ignore

function tableOf(caption: HtmlValue, tasks: readonly TaskView[], anchor: (task: string) => string): Html {
  const columns = summaryColumns(tasks);
  const heads: Column[] = columns.map(({ key, head }) => {
    const about = TERMS[key];
    return { head: about === undefined ? head : term(about, head), numeric: key !== "verdict" };
  });
  const brackets = columns.flatMap(({ head, brackets: of }) => (of === "" ? [] : [`${head}: ${of}`]));
  const rows = tasks.map(({ task, view }, row): TableRow => ({
    view: view.id,
    cells: [
      { shown: html`<a href="#${anchor(task.name)}">${name(task.name)}</a>` },
      { shown: name(viewLabel(view)) },
      { shown: task.metric_title },
      ...columns.map(({ key, cells }) => cellOf(key, cells[row] as SummaryCell)),
    ],
  }));
  const names = [
    { head: "task" },
    { head: tasks[0]?.comparison === null ? "checkpoint" : "checkpoints" },
    { head: "metric" },
  ];
  return sortableTable(html`${caption} [ ] of ${brackets.join("; ")}.`, [...names, ...heads], rows);
}

function cellOf(key: string, { text, beside, sort }: SummaryCell): Value {
  const by = sort === undefined ? {} : { sort };
  if (key === "verdict")
    return { shown: html`${verdictChip(text as Verdict)} <small>${beside === "" ? "" : `${beside} (Holm)`}</small>` };
  if (key === "change")
    return { shown: html`<b class="${(sort ?? 0) < 0 ? "down" : "up"}">${text}</b> <small>${beside}</small>`, ...by };
  return { shown: beside === "" ? text : html`${text} <small>${beside}</small>`, ...by };
}
