/** Writes the first screen: what the study found, in one line, counts, sentences and one figure. */

import type { Analysis } from "../../analysis/document/document.js";
import { scoreDistributions } from "../figures/distributions.js";
import { aboutFigure } from "../figures/about.js";
import { overview } from "../figures/overview.js";
import { countsOf, headline, promptMatters, pValues, viewSentences } from "../headline.js";
import { html, type Html } from "../html.js";
import { viewLabel, widestOf, type TaskView, type View } from "../view.js";
import { score } from "../../base/numbers.js";
import { bullets } from "../bullets.js";
import type { Results } from "../../store/results.js";
import { asked, checks } from "./asked.js";
import { term } from "./glossary.js";
import { LONGEST_IN_PAIR, withShortNames } from "./names.js";
import { figureBlock, name, sentenceList } from "./pieces.js";
import { taskSummaryTable } from "./task-summary-table.js";

/** @param tasks those of the view */
export function answer(analysis: Analysis, results: Results, view: View, tasks: readonly TaskView[]): Html {
  const sentences = viewSentences(analysis, view);
  const about = aboutFigure(
    tasks.map(({ task }) => task),
    view,
  );
  return html`${analysis.unfinished === null ? null : html`<p class="caution">${analysis.unfinished}</p>`}<p class="headline">${withShortNames(headline(view, tasks), analysis)}</p>
    <p class="about">${view.before === null ? "Checkpoint" : "Before and after SFT"}: ${withShortNames(viewLabel(view), analysis, LONGEST_IN_PAIR)}</p>
    <ul class="bullets">${bullets(tasks).map((text) => html`<li>${withShortNames(text, analysis)}</li>`)}</ul>
    <div class="cards">${asked(tasks)}${checks(tasks, results)}</div>
    <ul class="tiles">${view.before === null ? aloneTiles(tasks) : pairTiles(tasks)}</ul>
    ${figureBlock(overview(tasks, `overview-${view.id}`), about)}
    ${figureBlock(scoreDistributions(tasks, `distributions-${view.id}`), about)}
    ${taskSummaryTable(analysis, view)}
    ${sentences.length === 0 ? null : html`<details><summary>${sentences.length === 1 ? "The conclusion" : `All ${sentences.length} conclusions`} about these checkpoints</summary>${sentenceList(sentences, analysis)}</details>`}
    ${sentenceList(
      analysis.sentences.filter(({ kind }) => kind === "caution"),
      analysis,
    )}`;
}

function pairTiles(tasks: readonly TaskView[]): Html[] {
  const { tasks: of, higher, lower, rose, fell, unseen, notTestable } = countsOf(tasks);
  return [
    tile(
      html`<b>▲ ${rose} rose</b>, <b>▼ ${fell} fell</b>`,
      html`of ${of}: how much prompts differ (${term("verdict", "SD")}, ${term("p", "p after Holm")} below .05)`,
    ),
    tile(
      html`<b class="up">${higher} rose</b>, <b class="down">${lower} fell</b>`,
      html`of ${of}: ${term("mean")} over prompts (p after Holm below .05, for prompts like these)`,
    ),
    tile(
      html`<b>${unseen} no change seen</b>${notTestable > 0 ? `, ${notTestable} not testable` : null}`,
      html`of ${of}: a change of the SD is too small to be seen, if there is one. <a href="#power">What this design can see</a>`,
    ),
  ];
}

function aloneTiles(tasks: readonly TaskView[]): Html[] {
  const of = tasks.filter(({ after }) => pValues(after).length > 0).length;
  const matter = tasks.filter(({ after }) => promptMatters(after));
  const [largest] = [...tasks].sort((a, b) => sdOf(b) - sdOf(a));
  const widest = widestOf(matter);
  return [
    tile(
      of === 0 ? html`<b>not known</b>` : html`<b>${matter.length} of ${of}</b>`,
      html`tasks where prompts make a difference beyond the noise of the rows (p below .05, each task by itself)`,
    ),
    ...(largest === undefined || sdOf(largest) < 0
      ? []
      : [tile(html`<b>${score(sdOf(largest))}</b>`, html`largest ${term("sd")}: ${name(largest.task.name)}`)]),
    ...(widest === undefined
      ? []
      : [
          tile(
            html`<b>${score(widest.after.range.worst)} – ${score(widest.after.range.best)}</b>`,
            html`widest range beyond noise from ${term("worst")} to best: ${name(widest.task.name)}`,
          ),
        ]),
  ];
}

function sdOf({ after }: TaskView): number {
  return after.sensitivity.probability?.corrected_sd ?? -1;
}

function tile(figure: Html, about: Html): Html {
  return html`<li><span class="figure">${figure}</span><span class="about">${about}</span></li>`;
}
