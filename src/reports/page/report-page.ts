/** Writes a study as one page that needs nothing but itself. */

import { withoutPlaces } from "../../base/published.js";
import type { AnalysedTask, Analysis } from "../../analysis/document/document.js";
import type { StudyData } from "../../store/study-data.js";
import { counted, shortened, sized } from "../../base/wording.js";
import { aboutFigure } from "../figures/about.js";
import { orderReversals, sensitivityAgainstLevel } from "../figures/distributions.js";
import { promptHeatmap } from "../figures/matrices.js";
import { trajectories } from "../figures/training.js";
import { html, scriptJson, trusted, type Html } from "../html.js";
import { countedViews, viewLabel, Views, type TaskView, type View } from "../view.js";
import { allTasks } from "./all-tasks.js";
import { taskAnchors } from "./anchors.js";
import { answer } from "./answer.js";
import type { EveryRow } from "./every-row.js";
import { methods } from "./methods.js";
import { packed } from "./pack.js";
import { pairMatrix } from "./pair-matrix.js";
import { figureBlock, name, part } from "./pieces.js";
import { packedPrompts, type PackedPrompt } from "./prompt-texts.js";
import { sampleRows, type SampledTask } from "./row-sample.js";
import { pageWith } from "./shell.js";
import { shownPrompts, taskPanel, type PromptTexts } from "./task-panel.js";
import { trainingSection, transferSection } from "./training-section.js";

/** Limits the characters of JSON for all rows of a report, before compression. */
const ROWS_BUDGET = 12_000_000;
/** Limits the panels (a task in a view) of a report; of more, the earliest steps have none. */
const MOST_PANELS = 600;
/** Limits the prompts in one figure of all tasks. */
const MOST_HEATMAP_ROWS = 48;
/** Counts the characters of all panels of one view from which on parts are put off until they come into sight. */
const LATER_FROM = 500_000;
/** Limits the views whose rows can be read one by one. */
const VIEWS_WITH_ROWS = 6;

/**
 * @param study what was run; its rows are read once
 * @param analysis of this study
 * @param everyRow where every row of a task lies beside the page; a sample of them is inside it when left out
 * @returns the page
 */
export async function reportPage(
  study: StudyData,
  given: Analysis,
  everyRow?: ReadonlyMap<string, EveryRow>,
): Promise<string> {
  const analysis = withoutFolders(given);
  const views = new Views(analysis);
  const shown = views.all.slice(0, Math.max(1, Math.floor(MOST_PANELS / Math.max(1, analysis.tasks.length))));
  const texts = await promptTexts(study, views, shown);
  const rows: ReadonlyMap<string, SampledTask> =
    everyRow === undefined ? await sampledTasks(study, analysis, shown.slice(0, VIEWS_WITH_ROWS)) : new Map();
  const prompts = new Map<string, readonly PackedPrompt[]>();
  const checkpoints = new Set(shown.flatMap(({ before, after }) => [before, after]));
  for (const { name: task } of analysis.tasks) {
    const levels = analysis.levels.filter((one) => one.task === task && checkpoints.has(one.checkpoint));
    prompts.set(task, await packedPrompts(study, task, levels));
  }
  const [first, ...others] = shown;
  const parts = (view: View) => viewParts(views, view, study, texts);
  const anchors = taskAnchors(analysis.tasks.map(({ name: task }) => task));
  const anchorOf = (task: string) => anchors.get(task) ?? "";
  const initial = first === undefined ? undefined : parts(first);
  const isLater = (initial?.panels ?? []).reduce((sum, panel) => sum + (panel?.text.length ?? 0), 0) >= LATER_FROM;
  const training = trainingSection(views, isLater);
  const about = aboutFigure(analysis.tasks);
  const hasRows = rows.size > 0 || everyRow !== undefined;
  const hasHeatmaps = shown.some(
    (view) => heatmapGroups(analysis.tasks.flatMap((task) => views.taskView(view, task) ?? [])).length > 0,
  );
  const body = html`${header({ study, shown, views, anchorOf, isFolder: everyRow !== undefined, hasTraining: training !== null, hasHeatmaps, hasRows })}
    <main>
      <section id="answer" aria-labelledby="answer-title"><h2 id="answer-title">The answer</h2>${pairMatrix(views, shown)}<div id="glance">${initial?.answer ?? html`<p>No cell of this study is finished.</p>`}</div></section>
      <section id="tasks-table" aria-labelledby="tasks-title"><h2 id="tasks-title">All tasks as numbers</h2>${allTasks(views, anchorOf, isLater)}
        ${part(html`${figureBlock(sensitivityAgainstLevel(views, "sensitivity-against-mean"), about)}${figureBlock(orderReversals(analysis, "order-reversals"), about)}`, { isLater, kind: "pair" })}</section>
      ${training} ${transferSection(analysis, isLater)}
      ${hasHeatmaps ? html`<section id="heatmaps-section" aria-labelledby="heatmaps-title"><h2 id="heatmaps-title">Prompts by tasks</h2>${part(initial?.heatmaps, { isLater, id: "heatmaps" })}</section>` : null}
      ${!hasRows ? null : html`<section id="find" aria-labelledby="find-title"><h2 id="find-title">Find rows</h2><div class="slot"><p class="about">This part needs JavaScript.</p></div></section>`}
      ${analysis.tasks.map((task, i) => taskSection({ views, task, i, isLater, anchor: anchorOf(task.name), panel: initial?.panels[i] ?? null, rows: rowsAbout(rows.get(task.name), everyRow?.get(task.name)), prompts: prompts.get(task.name)?.length ?? 0 }))}
      ${methods({ analysis, results: study.results, tasks: views.taskViews(), isLater })}
    </main>
    ${others.map((view) => packed(`pack-${view.id}`, JSON.stringify(plain(parts(view)))))}
    ${analysis.tasks.map(({ name: task }, i) => {
      const own = rows.get(task);
      return own === undefined ? null : packed(`rows-${i}`, JSON.stringify(own.sample));
    })}
    ${everyRow === undefined ? null : html`<script type="application/json" id="every-row">${scriptJson(analysis.tasks.map(({ name: task }) => everyRow.get(task) ?? null))}</script>`}
    ${[...prompts.values()].map((own, i) => (own.length === 0 ? null : packed(`prompts-${i}`, JSON.stringify(own))))}`;
  return withSize(pageWith({ title: titleOf(analysis), script: everyRow === undefined ? "report" : "folder", body }));
}

/** Returns the analysis with folders of this machine taken out of its words; names stay, by which parts are found. */
function withoutFolders(analysis: Analysis): Analysis {
  return {
    ...analysis,
    sentences: analysis.sentences.map((one) => ({ ...one, text: withoutPlaces(one.text) })),
    limits: analysis.limits.map((one) => ({ ...one, what: withoutPlaces(one.what), why: withoutPlaces(one.why) })),
    trends: analysis.trends.map((one) => ({ ...one, run: one.run === null ? null : withoutPlaces(one.run) })),
  };
}

/** Holds what a view replaces in the page. */
interface ViewParts {
  readonly answer: Html;
  readonly heatmaps: Html;
  /** By number of the task; null where the view does not have it. */
  readonly panels: readonly (Html | null)[];
}

function viewParts(
  views: Views,
  view: View,
  { results }: StudyData,
  texts: ReadonlyMap<string, PromptTexts>,
): ViewParts {
  const { tasks } = views.analysis;
  const own = tasks.map((task) => views.taskView(view, task));
  const there = own.flatMap((task) => task ?? []);
  return {
    answer: answer(views.analysis, results, view, there),
    heatmaps: heatmapFigures(there, view),
    panels: own.map((task, i) =>
      task === undefined
        ? null
        : taskPanel(
            task,
            views.analysis,
            texts.get(task.task.name) ?? new Map<string, string>(),
            `task-${i}-${view.id}`,
          ),
    ),
  };
}

/**
 * Groups tasks that are drawn in one figure: all where they share their prompts, otherwise those of a family. A task
 * alone, or several that share no prompt, have their prompts in figures of their own.
 */
function heatmapGroups(tasks: readonly TaskView[]): { readonly title: string; readonly tasks: readonly TaskView[] }[] {
  const prompts = new Set(tasks.flatMap(({ task }) => task.prompts.map(({ id }) => id)));
  const families = [...new Set(tasks.map(({ task }) => task.family ?? "other"))];
  const groups =
    prompts.size <= MOST_HEATMAP_ROWS
      ? [{ title: "all tasks", tasks }]
      : families.map((title) => ({ title, tasks: tasks.filter(({ task }) => (task.family ?? "other") === title) }));
  return groups.filter((group) => {
    const asked = group.tasks.flatMap(({ task }) => task.prompts.map(({ id }) => id));
    return new Set(asked).size < asked.length;
  });
}

function heatmapFigures(tasks: readonly TaskView[], view: View): Html {
  const groups = heatmapGroups(tasks);
  const figures = groups.map(({ title, tasks: own }, i) => {
    const about = own.map(({ task }) => task);
    return figureBlock(
      promptHeatmap(title, own, groups.length === 1 ? `heatmap-${view.id}` : `heatmap-${i}-${view.id}`),
      aboutFigure(about, view),
    );
  });
  if (groups.length === 0) return html`<p class="about">No two tasks of these checkpoints share their prompts.</p>`;
  return groups.length === 1 ? html`${figures}` : html`<div class="pair">${figures}</div>`;
}

function plain({ answer: first, heatmaps, panels }: ViewParts): object {
  return { answer: first.text, heatmaps: heatmaps.text, panels: panels.map((panel) => panel?.text ?? null) };
}

interface HeaderParts {
  readonly study: StudyData;
  readonly shown: readonly View[];
  readonly views: Views;
  readonly anchorOf: (task: string) => string;
  readonly isFolder: boolean;
  /** Whether there is a section along pre-training. */
  readonly hasTraining: boolean;
  /** Whether tasks share prompts. */
  readonly hasHeatmaps: boolean;
  /** Whether rows can be found by their words. */
  readonly hasRows: boolean;
}

function header({
  study: { results },
  shown,
  views,
  anchorOf,
  isFolder,
  hasTraining,
  hasHeatmaps,
  hasRows,
}: HeaderParts): Html {
  const { analysis } = views;
  const prompts = [...new Set(analysis.tasks.map((task) => task.prompts.length))].sort((a, b) => a - b);
  const left = views.all.filter((view) => !shown.includes(view));
  return html`<header>
    <div class="bar">
      <h1>${titleOf(analysis)}</h1>
      <button type="button" id="theme" hidden>Theme: system</button>
    </div>
    <p class="about">${counted(analysis.checkpoints.length, "checkpoint")} · ${counted(analysis.tasks.length, "task")} · ${prompts.join(" – ")} prompts a task · ${results.times.finished.slice(0, 10)} · amuro-eval ${analysis.version} · this page is ${trusted(SIZE_MARK)}, ${isFolder ? "every row lies in the folder rows beside it" : "works without a network"}</p>
    <nav aria-label="Sections"><ul>
      <li><a href="#answer">Answer</a></li><li><a href="#tasks-table">All tasks</a></li>
      ${hasTraining ? html`<li><a href="#training">Pre-training</a></li>` : null}
      ${analysis.transfer.length > 0 ? html`<li><a href="#forgetting">Forgetting</a></li>` : null}
      ${hasHeatmaps ? html`<li><a href="#heatmaps-section">Prompts by tasks</a></li>` : null}${hasRows ? html`<li><a href="#find">Find rows</a></li>` : null}
      ${analysis.tasks.map((task) => html`<li><a href="#${anchorOf(task.name)}">${name(task.name)}</a></li>`)}
      <li><a href="#methods">Methods</a></li>
    </ul></nav>
    <script type="application/json" id="views">${scriptJson(shown.map(({ id, before, after }) => ({ id, before, after })))}</script>
  </header>
  ${shown.length < 2 ? null : html`<div class="choose"><label>Checkpoints shown <select id="view" disabled>${shown.map((view) => html`<option value="${view.id}">${shortened(viewLabel(view), 140)}</option>`)}</select></label></div>${left.length > 0 ? html`<p class="about earlier">${countedViews(left)} ${left.length === 1 ? "is" : "are"} in the tables only.</p>` : null}`}`;
}

interface TaskParts {
  readonly views: Views;
  readonly task: AnalysedTask;
  readonly i: number;
  readonly isLater: boolean;
  readonly anchor: string;
  readonly panel: Html | null;
  /** Which rows can be read one by one; undefined for none. */
  readonly rows: string | undefined;
  /** Prompts whose texts are in the page. */
  readonly prompts: number;
}

function taskSection({ views, task, i, isLater, anchor, panel, rows, prompts }: TaskParts): Html {
  return html`<section class="task" id="${anchor}" aria-labelledby="${anchor}-title">
    <h2 id="${anchor}-title">${name(task.name)}</h2>
    ${part(panel ?? html`<p class="about">Not scored by these checkpoints.</p>`, { isLater, kind: "panel", task: i })}
    ${part(html`${trajectories(views, task, `task-${i}`).map((figure) => figureBlock(figure, aboutFigure([task])))}`, { isLater, kind: "pair" })}
    ${prompts === 0 ? null : html`<details class="prompts" data-pack="prompts-${i}" data-rows="${task.items ?? ""}"><summary>Every prompt with its text: filter by axis, compare any two</summary><div class="slot"><p class="about">This part needs JavaScript.</p></div></details>`}
    ${rows === undefined ? null : html`<details class="rows" data-pack="rows-${i}"><summary>Rows by prompts: which rows flip, under which prompts</summary><p class="about">${rows}</p><div class="slot"><p class="about">This part needs JavaScript.</p></div></details>`}
  </section>`;
}

function rowsAbout(sampled: SampledTask | undefined, every: EveryRow | undefined): string | undefined {
  if (every !== undefined) return `All ${counted(every.count, "row")}, read from ${every.scores.path} beside this page`;
  if (sampled === undefined) return undefined;
  if (sampled.sample.rows.length === sampled.total) return "";
  return `${sampled.sample.rows.length} of ${counted(sampled.total, "row")}: half of them those with the most disagreement, half drawn at random`;
}

function titleOf({ checkpoints, comparisons }: Analysis): string {
  const of = comparisons.length > 0 ? "before and after SFT" : counted(checkpoints.length, "checkpoint");
  return `Prompt sensitivity, ${of}`;
}

async function promptTexts(study: StudyData, views: Views, shown: readonly View[]): Promise<Map<string, PromptTexts>> {
  const texts = new Map<string, PromptTexts>();
  for (const task of views.analysis.tasks) {
    const own = shown.flatMap((view): TaskView[] => [views.taskView(view, task)].flatMap((one) => one ?? []));
    const wanted = new Set(own.flatMap((one) => shownPrompts(one)));
    const found = new Map<string, string>();
    for (const prompt of wanted) {
      const text = await study.promptText(task.name, prompt);
      if (text !== undefined) found.set(prompt, text);
    }
    texts.set(task.name, found);
  }
  return texts;
}

async function sampledTasks(
  study: StudyData,
  { tasks, seed }: Analysis,
  shown: readonly View[],
): Promise<Map<string, SampledTask>> {
  const checkpoints = [...new Set(shown.flatMap(({ before, after }) => (before === null ? [after] : [before, after])))];
  const budget = ROWS_BUDGET / Math.max(1, tasks.length);
  const sampled = new Map<string, SampledTask>();
  for (const { name: task } of tasks) {
    const one = await sampleRows({ study, task, checkpoints, seed, budget });
    if (one !== undefined) sampled.set(task, one);
  }
  return sampled;
}

/** Marks where the size of the page goes, once it is known. */
const SIZE_MARK = '<span id="size"></span>';

function withSize(page: string): string {
  const size = Buffer.byteLength(page) + 10;
  return page.replace(SIZE_MARK, `<span id="size">${sized(size)}</span>`);
}
