/** The first screen: what the study found, in sentences, counts and one figure. */

import type { Analysis } from "../../analysis/document.js";
import { counted } from "../../wording.js";
import { overview } from "../figures/overview.js";
import { html, type Html } from "../html.js";
import { score } from "../numbers.js";
import { viewLabel, type TaskView, type View } from "../view.js";
import { term } from "./glossary.js";
import { figureBlock, name, sentenceList } from "./pieces.js";

/** Sentences on the first screen; the others follow on demand. */
const FIRST = 4;

/** The conclusions, the most important first. */
export function answer({ sentences }: Analysis): Html {
  const first = sentences.filter(({ kind }) => kind !== "caution").slice(0, FIRST);
  const shown = new Set(first);
  const rest = sentences.filter((one) => !shown.has(one));
  const cautions = rest.filter(({ kind }) => kind === "caution").slice(0, 3);
  return html`<section id="answer" aria-labelledby="answer-title">
    <h2 id="answer-title">The answer</h2>
    ${first.length === 0 ? html`<p>The study holds no finished cells that could be compared.</p>` : sentenceList(first, "headline")}
    ${sentenceList(cautions)}
    ${rest.length === cautions.length ? null : html`<details><summary>All ${counted(sentences.length, "conclusion")}</summary>${sentenceList(sentences)}</details>`}
  </section>`;
}

/** What changes with the choice of checkpoints: counts over tasks, and the figure of all tasks. */
export function glance(view: View, tasks: readonly TaskView[]): Html {
  return html`<p class="about">${view.before === null ? "Checkpoint" : "Before and after SFT"}: ${name(viewLabel(view))}, ${counted(tasks.length, "task")}</p>
    <ul class="tiles">
      ${view.before === null ? aloneTiles(tasks) : pairTiles(tasks)}
    </ul>
    ${figureBlock(overview(tasks, `overview-${view.id}`))}`;
}

function pairTiles(tasks: readonly TaskView[]): Html[] {
  const of = tasks.length;
  const verdicts = tasks.flatMap(({ comparison }) => (comparison === null ? [] : [comparison.verdict]));
  const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
  const clear = tasks.flatMap(({ comparison }) => {
    const p = comparison?.level.p_holm ?? null;
    return comparison !== null && p !== null && p < 0.05 ? [comparison.level.change] : [];
  });
  const up = clear.filter((change) => change > 0).length;
  return [
    tile(html`<b class="up">▲ ${up}</b> <b class="down">▼ ${clear.length - up}</b>`, html`of ${of} tasks: ${term("mean")} clearly higher, clearly lower after ${term("sft")} (${term("p")} below .05, for prompts like these)`),
    tile(html`<b class="bad">▲ ${count("rose")}</b> <b class="good">▼ ${count("fell")}</b>`, html`of ${of} tasks: the prompt matters more, less after SFT (${term("verdict", "change of the SD")}, p after Holm below .05)`),
    tile(html`<b>${count("no change seen") + count("probability scale only")}</b>`, html`of ${of} tasks: no change of sensitivity seen; ${term("power")} is in the table of methods`),
  ];
}

function aloneTiles(tasks: readonly TaskView[]): Html[] {
  const of = tasks.length;
  const matter = tasks.filter(({ after }) => (after.sensitivity.probability?.p_no_effect ?? 1) < 0.05).length;
  const largest = [...tasks].sort((a, b) => sdOf(b) - sdOf(a))[0];
  const widest = [...tasks].sort((a, b) => b.after.range.spread - a.after.range.spread)[0];
  return [
    tile(html`<b>${matter}</b>`, html`of ${of} tasks: prompts make a difference beyond the noise of the rows (p below .05, each task by itself)`),
    ...(largest === undefined || sdOf(largest) < 0 ? [] : [tile(html`<b>${score(sdOf(largest))}</b>`, html`largest ${term("sd")}: ${name(largest.task.name)}`)]),
    ...(widest === undefined ? [] : [tile(html`<b>${score(widest.after.range.worst)} – ${score(widest.after.range.best)}</b>`, html`widest range from ${term("worst")} to best: ${name(widest.task.name)}`)]),
  ];
}

function sdOf({ after }: TaskView): number {
  return after.sensitivity.probability?.corrected_sd ?? -1;
}

function tile(figure: Html, about: Html): Html {
  return html`<li><span class="figure">${figure}</span><span class="about">${about}</span></li>`;
}
