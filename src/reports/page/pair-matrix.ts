/** Writes the answer of a study as one table: what SFT on each task does to the sensitivity on every task. */

import type { Verdict } from "../../analysis/document/document.js";
import { interval, signed } from "../../base/numbers.js";
import { counted } from "../../base/wording.js";
import { html, type Html } from "../html.js";
import { viewLabel, type TaskView, type View, type Views } from "../view.js";
import { term } from "./glossary.js";
import { LONGEST_IN_PAIR, withShortNames } from "./names.js";
import { name, VERDICTS } from "./pieces.js";

/** Writes one line a pair of checkpoints, one column a task; null for fewer than two pairs. */
export function pairMatrix(views: Views, shown: readonly View[]): Html | null {
  const pairs = shown.filter(({ before }) => before !== null);
  if (pairs.length < 2) return null;
  const { tasks } = views.analysis;
  const lines = pairs.map((view) => {
    const cells = tasks.map((task) => html`<td>${cell(views.taskView(view, task), view)}</td>`);
    return html`<tr data-pair="${view.id}"><th scope="row"><button type="button" data-choose="${view.id}">${withShortNames(viewLabel(view), views.analysis, LONGEST_IN_PAIR)}</button></th>${cells}</tr>`;
  });
  return html`<h3>Change of sensitivity, pair by pair</h3>
    <div class="table scrolls matrix" tabindex="0" role="group" aria-label="Change of sensitivity, table"><table><caption><span>${term("sd", "Noise-corrected SD")} between prompts after SFT less before, [ ] 95 % interval. ▲ rose, ▼ fell, ● no change seen, ◐ on the probability scale only, – not testable. A verdict is made after Holm over the tasks of its pair and holds on the logit scale, too; an interval stands for itself, so that one without 0 may still be “no change seen”. ${tallied(views, pairs)} Press a pair to see it below.</span></caption>
    <thead><tr><th scope="col">pair</th>${tasks.map((task) => html`<th scope="col">${name(task.name)}</th>`)}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

/** Counts the verdicts over all pairs. */
function tallied(views: Views, pairs: readonly View[]): string {
  const verdicts = pairs.flatMap((view) =>
    views.analysis.tasks.flatMap((task) => views.taskView(view, task)?.comparison?.verdict ?? []),
  );
  const of = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length;
  return `Of ${counted(verdicts.length, "change")} over all pairs and tasks ${of("fell")} fell and ${of("rose")} rose.`;
}

function cell(task: TaskView | undefined, view: View): Html {
  if (task?.comparison == null) return html`<span class="about">not scored</span>`;
  const { verdict, sensitivity } = task.comparison;
  const { sign } = VERDICTS[verdict satisfies Verdict];
  const sd = sensitivity.probability;
  const change = sd?.sd_after == null || sd.sd_before == null ? null : sd.sd_after - sd.sd_before;
  const marked = verdict === "rose" || verdict === "fell" ? "clear" : "";
  const [by, ends] = [signed(change), interval(sd?.sd_change_interval, signed)];
  // A study has hundreds of these: the words for screen readers are an attribute, not elements.
  return html`<button type="button" class="${marked}" data-choose="${view.id}" title="${task.task.name}, ${viewLabel(view)}: ${verdict}" aria-label="${`${verdict} ${by} ${ends}`.trim()}">${sign} ${by}<small>${ends}</small></button>`;
}
