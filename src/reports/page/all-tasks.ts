/** One line for every task of every pair of checkpoints, sortable and filterable. */

import { html, type Html } from "../html.js";
import { intervalHead, intervalMark, shownInterval, type ShownInterval } from "../../analysis/shown-interval.js";
import { interval, pValue, score, signed, withError } from "../../base/numbers.js";
import { viewLabel, type TaskView } from "../view.js";
import { term } from "./glossary.js";
import { name, sortableTable, verdictChip, type Column, type TableRow, type Value } from "./pieces.js";
import { oneAnswer } from "../one-answer.js";

/** @param anchor link target of a task */
export function allTasks(tasks: readonly TaskView[], anchor: (task: string) => string): Html {
  const pairs = tasks.filter(({ comparison }) => comparison !== null);
  const alone = tasks.filter(({ comparison }) => comparison === null);
  const pairShown = pairs.flatMap(({ comparison }) => (comparison === null ? [] : [shownInterval(comparison.level)]));
  const aloneShown = alone.map(({ after }) => shownInterval(after.level));
  return html`<div class="controls">
      <label>Filter <input type="search" data-filter="all-tasks" placeholder="task, checkpoint, metric, verdict" autocomplete="off" /></label>
      <label><input type="checkbox" data-only-view="all-tasks" /> only the checkpoints shown</label>
      <output data-count="all-tasks"></output>
    </div>
    <div id="all-tasks">
      ${
        pairs.length === 0
          ? null
          : sortableTable(
              html`Scores and sensitivity before and after SFT. ± are standard errors over rows; [ ] ${intervalHead(pairShown)}.`,
              PAIR_COLUMNS,
              pairs.map((task) => pairRow(task, anchor, pairShown)),
            )
      }
      ${
        alone.length === 0
          ? null
          : sortableTable(
              html`Scores and sensitivity of each checkpoint. [ ] of the mean: ${intervalHead(aloneShown)}; of the SD: 95 %.`,
              ALONE_COLUMNS,
              alone.map((task) => aloneRow(task, anchor, aloneShown)),
            )
      }
    </div>`;
}

const PAIR_COLUMNS: readonly Column[] = [
  { head: "task" },
  { head: "checkpoints" },
  { head: "metric" },
  { head: "prompts × rows", numeric: true },
  { head: html`${term("mean", "mean")} before`, numeric: true },
  { head: "mean after", numeric: true },
  { head: "change", numeric: true },
  { head: html`${term("sd", "SD")} before`, numeric: true },
  { head: "SD after", numeric: true },
  { head: term("raw-sd"), numeric: true },
  { head: html`${term("worst")} before → after`, numeric: true },
  { head: html`${term("pss")} before → after`, numeric: true },
  { head: html`${term("verdict", "SD")} (${term("logit")})` },
];

const ALONE_COLUMNS: readonly Column[] = [
  { head: "task" },
  { head: "checkpoint" },
  { head: "metric" },
  { head: "prompts × rows", numeric: true },
  { head: term("mean", "mean"), numeric: true },
  { head: term("sd", "SD"), numeric: true },
  { head: term("raw-sd"), numeric: true },
  { head: term("worst"), numeric: true },
  { head: "best prompt", numeric: true },
  { head: term("pss"), numeric: true },
  { head: "one answer", numeric: true },
];

function leading({ task, view, after, comparison }: TaskView, anchor: (task: string) => string): Value[] {
  const items = comparison?.items ?? after.items;
  const prompts = comparison?.prompts.length ?? after.prompts.length;
  return [
    { shown: html`<a href="#${anchor(task.name)}">${name(task.name)}</a>` },
    { shown: name(viewLabel(view)) },
    { shown: task.metric_title },
    { shown: `${prompts} × ${items ?? "?"}`, sort: prompts * (items ?? 1) },
  ];
}

function pairRow(one: TaskView, anchor: (task: string) => string, shown: readonly ShownInterval[]): TableRow {
  const { comparison, before, after } = one;
  if (comparison === null || before === null) return { cells: [] };
  const { level, sensitivity, pss, verdict } = comparison;
  const { probability, logit } = sensitivity;
  const change = level.change;
  return {
    view: one.view.id,
    cells: [
      ...leading(one, anchor),
      { shown: withError(level.before, before.level.item_stderr), sort: level.before },
      { shown: withError(level.after, after.level.item_stderr), sort: level.after },
      { shown: html`<b class="${change < 0 ? "down" : "up"}">${signed(change)}</b> <small>${interval(shownInterval(level).interval, signed)}${intervalMark(shownInterval(level), shown)}</small>`, sort: change },
      { shown: sdCell(probability?.sd_before, before.sensitivity.probability?.interval), sort: probability?.sd_before ?? null },
      { shown: sdCell(probability?.sd_after, after.sensitivity.probability?.interval), sort: probability?.sd_after ?? null },
      { shown: probability === null ? "–" : `${score(probability.raw_sd_before)} → ${score(probability.raw_sd_after)}`, sort: probability?.raw_sd_after ?? null },
      { shown: `${score(before.range.worst)} → ${score(after.range.worst)}`, sort: after.range.worst },
      { shown: pss === null ? "–" : `${score(pss.before)} → ${score(pss.after)}`, sort: pss?.after ?? null },
      { shown: html`${verdictChip(verdict)} <small>${logit?.p_holm === null || logit === null ? "" : `${pValue(logit.p_holm)} (Holm)`}</small>` },
    ],
  }; // prettier-ignore
}

function aloneRow(one: TaskView, anchor: (task: string) => string, shown: readonly ShownInterval[]): TableRow {
  const { level, sensitivity, range, pss } = one.after;
  const { probability } = sensitivity;
  return {
    view: one.view.id,
    cells: [
      ...leading(one, anchor),
      {
        shown: html`${score(level.mean)} <small>${interval(shownInterval(level).interval)}${intervalMark(shownInterval(level), shown)}</small>`,
        sort: level.mean,
      },
      { shown: sdCell(probability?.corrected_sd, probability?.interval), sort: probability?.corrected_sd ?? null },
      { shown: score(probability?.raw_sd), sort: probability?.raw_sd ?? null },
      { shown: html`${score(range.worst)} <small>${name(range.worst_prompt)}</small>`, sort: range.worst },
      { shown: html`${score(range.best)} <small>${name(range.best_prompt)}</small>`, sort: range.best },
      { shown: score(pss?.value), sort: pss?.value ?? null },
      { shown: oneAnswer(one.after), sort: one.after.answers?.one_answer_prompts ?? null },
    ],
  };
}

function sdCell(sd: number | null | undefined, bounds: Parameters<typeof interval>[0]): Html {
  return html`${score(sd)} <small>${interval(bounds)}</small>`;
}
