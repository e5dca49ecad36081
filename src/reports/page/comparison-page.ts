/** Writes two results beside each other as one page that needs nothing but itself. */

import type { ComparedCell, ComparedTask, Comparison } from "../../analysis/compare/compare-studies.js";
import { interval, nats, score, signed } from "../../base/numbers.js";
import { publishable } from "../../base/published.js";
import { counted } from "../../base/wording.js";
import { metricTitle } from "../../metrics/registry.js";
import { differenceInterval, pairedChanges } from "../figures/paired-changes.js";
import { html, type Html } from "../html.js";
import { taskAnchors } from "./anchors.js";
import { figureBlock, name, sortableTable, type TableRow, type Value } from "./pieces.js";
import { pageWith } from "./shell.js";

/** Limits the checkpoints of a task whose figures are drawn; the tables hold all. */
const MOST_DRAWN = 6;

/** @param comparisons of one A with one B or more */
export function comparisonPage(comparisons: readonly Comparison[]): string {
  const shown = publishable(comparisons);
  const tasks = shown.flatMap((comparison, i) => comparison.tasks.map((task) => ({ comparison, task, key: `${i} ${task.task}` }))); // prettier-ignore
  const many = shown.length > 1;
  const label = (comparison: Comparison, task: ComparedTask) => (many ? `${task.task}, ${comparison.b}` : task.task);
  const anchors = taskAnchors(tasks.map(({ comparison, task }) => label(comparison, task)));
  const anchorOf = (comparison: Comparison, task: ComparedTask) => anchors.get(label(comparison, task)) ?? "";
  const body = html`<header>
      <div class="bar"><h1>Two results side by side</h1><button type="button" id="theme" hidden>Theme: system</button></div>
      <p class="about">B less A, paired row by row where both have the same rows. Works without a network.</p>
      <nav aria-label="Sections"><ul><li><a href="#answer">Answer</a></li>${tasks.map(({ comparison, task }) => html`<li><a href="#${anchorOf(comparison, task)}">${name(label(comparison, task))}</a></li>`)}</ul></nav>
    </header>
    <main>
      <section id="answer" aria-labelledby="answer-title"><h2 id="answer-title">The answer</h2>
        ${shown.map((comparison) => answerOf(comparison, (task) => anchorOf(comparison, task)))}</section>
      ${tasks.map(({ comparison, task }) => taskSection(comparison, task, anchorOf(comparison, task), label(comparison, task)))}
    </main>`;
  return pageWith({ title: "Two results side by side", script: "comparison", body });
}

function answerOf(comparison: Comparison, anchorOf: (task: ComparedTask) => string): Html {
  const { a, b, checkpoints, tasks, only } = comparison;
  const notes = [
    ...checkpoints.filter((pair) => pair.a !== pair.b).map((pair) => `Checkpoint ${pair.a} is compared with ${pair.b}: each is the only one.`),
    ...(["a", "b"] as const).flatMap((side) => {
      const where = `only in ${side.toUpperCase()}`;
      const { checkpoints: points, tasks: own } = only[side];
      return [
        ...(points.length > 0 ? [`Checkpoints ${where}: ${points.join(", ")}.`] : []),
        ...(own.length > 0 ? [`Tasks ${where}: ${own.join(", ")}.`] : []),
      ];
    }),
    ...(checkpoints.length === 0 ? ["No checkpoint has the same name in both: nothing to pair."] : []),
    ...(tasks.length === 0 ? ["No task has the same name in both: nothing to pair."] : []),
  ]; // prettier-ignore
  const rows = tasks.flatMap((task) =>
    task.means.map((one): TableRow => {
      const ends = differenceInterval(one);
      return {
        cells: [
          { shown: html`<a href="#${anchorOf(task)}">${name(task.task)}</a>` },
          { shown: name(one.checkpoint.a) },
          { shown: verdict(one.difference, ends), sort: Math.abs(one.difference) },
          { shown: score(one.mean.a), sort: one.mean.a },
          { shown: score(one.mean.b), sort: one.mean.b },
          { shown: html`${signed(one.difference)} <small>${interval(ends, signed)}</small>`, sort: one.difference },
          { shown: String(one.prompts), sort: one.prompts },
          { shown: one.rows === null ? "–" : String(one.rows), sort: one.rows },
          { shown: countOf(differingCells(task)), sort: differingCells(task) },
          { shown: metricTitle(task.metric.a) },
        ],
      };
    }),
  );
  const columns = [
    { head: "task" },
    { head: "checkpoint" },
    { head: "B against A" },
    { head: "mean in A", numeric: true },
    { head: "mean in B", numeric: true },
    { head: "B less A", numeric: true },
    { head: "prompts in both", numeric: true },
    { head: "rows in both", numeric: true },
    { head: "prompts that are asked otherwise", numeric: true },
    { head: "metric" },
  ];
  const caption =
    "Means over the prompts that both have. [ ] 95 % interval over rows, for these prompts; none where the rows are not known or all differ alike.";
  return html`<dl class="facts sides"><div><dt>A</dt><dd>${name(a)}</dd></div><div><dt>B</dt><dd>${name(b)}</dd></div></dl>
    ${notes.length === 0 ? null : html`<ul class="bullets">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    ${rows.length === 0 ? null : sortableTable(caption, columns, rows)}`;
}

function verdict(difference: number, ends: { low: number; high: number } | null): string {
  if (ends === null) return difference === 0 ? "equal" : "not testable";
  if (ends.low > 0) return "▲ higher";
  if (ends.high < 0) return "▼ lower";
  return difference === 0 && ends.low === 0 && ends.high === 0 ? "equal" : "● no difference seen";
}

/** Counts the prompts in both whose text or whose level on an axis differs. */
function differingCells({ prompts }: ComparedTask): number {
  return prompts.filter(({ sameText, axes }) => sameText === false || axes.length > 0).length;
}

function countOf(value: number | null): string {
  return value === null ? "–" : String(value);
}

function taskSection(comparison: Comparison, task: ComparedTask, anchor: string, label: string): Html {
  const { rows, metric, cells, definition, calledInB } = task;
  const facts = [
    rows === null
      ? "Means alone: no rows are paired, and errors are those of different rows."
      : `${counted(rows.common, "row")} in both, ${rows.a - rows.common} only in A, ${rows.b - rows.common} only in B; ${counted(task.prompts.length, "prompt")} in both.${task.pairedBy === "texts" ? " No row has the same hash in both: rows are paired by their texts." : ""}`,
    ...(metric.a === metric.b ? [] : [
          `A is judged by ${metricTitle(metric.a)}, B by ${metricTitle(metric.b)}; ${metric.shared ? "they are compared by the first" : "a difference is also that of what they measure"}.`,
        ]),
    ...(calledInB === undefined ? [] : [`B calls the task ${calledInB}.`]),
    ...(definition === null || definition.differs.length === 0
      ? []
      : [`Two versions of the task, ${definition.a} in A and ${definition.b} in B: they differ in ${definition.differs.join(" and ")}.`]),
  ]; // prettier-ignore
  const drawn = comparison.checkpoints.slice(0, MOST_DRAWN);
  const about = `A: ${comparison.a}; B: ${comparison.b}${rows === null ? "" : `; n = ${counted(rows.common, "row")}`}, ${counted(task.prompts.length, "prompt")}`;
  const figures = drawn.map((checkpoint, i) => {
    const own = cells.filter((cell) => cell.checkpoint.a === checkpoint.a);
    const both = pairedChanges(task, own, `${anchor}-${i}`);
    return both.length === 0
      ? null
      : html`${comparison.checkpoints.length > 1 ? html`<h3>${name(checkpoint.a)}</h3>` : null}<div class="pair">${both.map((figure) => figureBlock(figure, about))}</div>`;
  });
  return html`<section class="task" id="${anchor}" aria-labelledby="${anchor}-title"><h2 id="${anchor}-title">${name(label)}</h2>
    <ul class="bullets">${facts.map((fact) => html`<li>${fact}</li>`)}</ul>
    ${promptDifferences(task)} ${figures}
    ${cells.length === 0 ? html`<p class="about">No ${rows === null ? "cell" : "row"} is in both: nothing to pair.</p>` : cellTable(cells, rows !== null)}
  </section>`;
}

/** Lists the prompts that only one of the two has, and those that both have and ask otherwise. */
function promptDifferences({ prompts, only }: ComparedTask): Html | null {
  const lines = [
    ...only.a.map((id): [string, string, string] => [id, "–", "only in A"]),
    ...only.b.map((id): [string, string, string] => ["–", id, "only in B"]),
    ...prompts.flatMap(({ a, b, sameText, axes }): [string, string, string][] => [
      ...(sameText === false && axes.length === 0 ? [[a, b, "the texts differ"] as [string, string, string]] : []),
      ...axes.map(({ axis, a: own, b: theirs }): [string, string, string] => [a, b, `${axis}: ${String(own)} in A, ${String(theirs)} in B`]),
    ]),
  ]; // prettier-ignore
  if (lines.length === 0) return null;
  const rows = lines.map(([a, b, what]): TableRow => ({ cells: [{ shown: name(a) }, { shown: name(b) }, { shown: what }] })); // prettier-ignore
  return html`<details open><summary>Which prompts and axes differ</summary>${sortableTable("Prompts are paired by their texts, otherwise by their names.", [{ head: "prompt in A" }, { head: "prompt in B" }, { head: "what differs" }], rows)}</details>`;
}

function cellTable(cells: readonly ComparedCell[], paired: boolean): Html {
  const columns = [
    { head: "prompt" },
    { head: "checkpoint" },
    ...(paired ? [{ head: "rows", numeric: true }] : []),
    { head: "mean in A", numeric: true },
    { head: "mean in B", numeric: true },
    { head: "B less A", numeric: true },
    ...(paired
      ? [
          { head: "rows with another score", numeric: true },
          { head: "rows with another answer", numeric: true },
          { head: "largest difference of log-likelihoods (nats)", numeric: true },
        ]
      : []),
  ];
  const rows = cells.map((cell): TableRow => {
    const { checkpoint, prompt, mean, difference, otherScores, otherAnswers, logprobs } = cell;
    const counts: Value[] = [
      { shown: countOf(otherScores), sort: otherScores },
      { shown: countOf(otherAnswers), sort: otherAnswers },
      { shown: nats(logprobs), sort: logprobs },
    ];
    return {
      cells: [
        { shown: prompt.a === prompt.b ? name(prompt.a) : html`${name(prompt.a)} = ${name(prompt.b)}` },
        { shown: name(checkpoint.a) },
        ...(paired ? [{ shown: String(cell.rows), sort: cell.rows }] : []),
        { shown: score(mean.a), sort: mean.a },
        { shown: score(mean.b), sort: mean.b },
        { shown: html`${signed(difference)} <small>${interval(differenceInterval(cell), signed)}</small>`, sort: difference }, // prettier-ignore
        ...(paired ? counts : []),
      ],
    };
  });
  return html`<details open><summary>Every prompt as numbers</summary>${sortableTable(`[ ] 95 % interval over rows${paired ? "" : ", as of different rows"}.`, columns, rows)}</details>`;
}
