/** Writes one task in one view: figures, the worst prompts with their text, all numbers. */

import type { Analysis, PromptLevel, TaskAtCheckpoint } from "../../analysis/document/document.js";
import { counted } from "../../base/wording.js";
import { aboutFigure } from "../figures/about.js";
import { axisVariance } from "../figures/axes.js";
import { promptDots, promptSlopes, rowsOf } from "../figures/prompts.js";
import { html, type Html, type HtmlValue } from "../html.js";
import { shownInterval } from "../../analysis/shown-interval.js";
import { interval, percent, pValue, score, signed, withError } from "../../base/numbers.js";
import { promptPairs, type PromptPair, type TaskView } from "../view.js";
import { term } from "./glossary.js";
import { promptContrast } from "./prompt-contrast.js";
import { orderTable, quantileTable } from "./order-table.js";
import { replicateTable } from "./replicate-table.js";
import { samplingTable } from "./sampling-table.js";
import { figureBlock, name, sentenceList, sortableTable, verdictChip, type Column, type TableRow } from "./pieces.js";
import { oneAnswer } from "../one-answer.js";
import { sdCell, sdsOf } from "../summary-columns.js";

/** Limits the prompts whose text is shown. */
const WORST = 3;
/** Limits the characters of a prompt that are shown; its end asks the question. */
const LONGEST_TEXT = 3000;

/** Finds the text of a prompt of the task, where it was stored. */
export type PromptTexts = ReadonlyMap<string, string>;

/** @param fileName beginning of the figures' names */
export function taskPanel(task: TaskView, analysis: Analysis, texts: PromptTexts, fileName: string): Html {
  const own = analysis.sentences.filter(({ task: about, checkpoint }) => {
    return about === task.task.name && [null, task.view.before, task.view.after].includes(checkpoint);
  });
  const first = own.filter(({ kind }) =>
    ["change of sensitivity", "sensitivity", "scorer", "replicates"].includes(kind),
  );
  const about = aboutFigure([task.task], task.view);
  const rest = own.filter((sentence) => !first.includes(sentence));
  return html`${summary(task)} ${sentenceList(first, analysis)}
    <div class="dots">${figureBlock(promptDots(task, fileName), about)}${figureBlock(promptSlopes(task, fileName), about)}</div>
    <div class="pair">${axesBlock(task, fileName, about)}<div>${worstPrompts(task, texts)}</div></div>
    ${promptContrast(task, texts)}
    <details><summary>All numbers of ${counted(promptPairs(task).length, "prompt")}</summary>${promptTable(task)}</details>
    ${rest.length === 0 ? null : html`<details><summary>${counted(rest.length, "more conclusion")} about ${name(task.task.name)}</summary>${sentenceList(rest, analysis)}</details>`}
    ${replicateTable(task, analysis)}${samplingTable(task)}${quantileTable(task)}${orderTable(task, analysis)}${scorers(task.after)}`;
}

/** Lists the prompts that the panel shows with their text: the worst, and the best. */
export function shownPrompts(task: TaskView): string[] {
  const prompts = promptPairs(task).map(({ prompt }) => prompt);
  return [...new Set([...prompts.slice(0, WORST), ...prompts.slice(-1)])];
}

function summary(task: TaskView): Html {
  const { comparison, before, after } = task;
  if (comparison === null || before === null) {
    const sd = after.sensitivity.probability;
    const { text, beside } = sdCell(sd);
    return facts([
      [
        term("mean"),
        html`${score(after.level.mean)} <small>${interval(shownInterval(after.level).interval)} for ${shownInterval(after.level).for ?? "unknown"}</small>`,
      ],
      [term("sd"), html`${text} <small>${beside === "" ? "" : `${beside}, `}raw ${score(sd?.raw_sd)}</small>`],
      [html`${term("worst")} to best`, `${score(after.range.worst)} – ${score(after.range.best)}`],
      [term("pss"), html`${score(after.pss?.value)}${oneAnswerBeside(after)}`],
    ]);
  }
  const { level, sensitivity, pss, verdict } = comparison;
  const { probability, logit } = sensitivity;
  const [sdBefore, sdAfter] = sdsOf(comparison, task);
  const change = interval(probability?.sd_change_interval, signed);
  return facts([
    [term("mean"), html`${score(level.before)} → ${score(level.after)} <small>${signed(level.change)} ${interval(shownInterval(level).interval, signed)} for ${shownInterval(level).for ?? "unknown"}, ${pValue(level.p_holm)} (Holm)</small>`],
    [term("sd"), html`${sdBefore.text} → ${sdAfter.text} <small>${change === "" ? "" : `change ${change}; `}raw ${score(probability?.raw_sd_before)} → ${score(probability?.raw_sd_after)}</small>`],
    [term("verdict"), html`${verdictChip(verdict)} <small>${logit === null ? "" : html`${term("logit")}: ${score(logit.sd_before)} → ${score(logit.sd_after)} logits, ${pValue(logit.p_holm)} (Holm)`}</small>`],
    [html`${term("worst")} to best`, `${score(before.range.worst)} – ${score(before.range.best)} → ${score(after.range.worst)} – ${score(after.range.best)}`],
    ...(pss === null ? [] : [[term("pss"), `${score(pss.before)} → ${score(pss.after)}`] as const]),
  ]); // prettier-ignore
}

function oneAnswerBeside(at: TaskAtCheckpoint): Html | null {
  const prompts = oneAnswer(at);
  return prompts === "–" ? null : html` <small>one answer to nearly all rows: ${prompts}</small>`;
}

function facts(pairs: readonly (readonly [HtmlValue, HtmlValue])[]): Html {
  return html`<dl class="facts">${pairs.map(([head, value]) => html`<div><dt>${head}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function axesBlock(task: TaskView, fileName: string, about: string): Html {
  return html`<div>${figureBlock(axisVariance(task, fileName), about)}${notEstimable(task.after)}</div>`;
}

/**
 * Says which axes have no figure of their own: those that change together, and those that hold no more than others do.
 */
function notEstimable({ axes }: TaskAtCheckpoint): Html | null {
  if (axes === null || axes.not_estimable.length === 0) return null;
  const joined = axes.terms.filter(({ term: axis }) => axis.includes(" or "));
  const parts = new Set(joined.flatMap(({ term: axis }) => axis.split(" or ")));
  const reasons = new Map<string, string[]>();
  for (const { term: axis, why } of axes.not_estimable) {
    if (!parts.has(axis)) reasons.set(why, [...(reasons.get(why) ?? []), axis]);
  }
  const sentences = [
    ...joined.map(({ term: axis }) => `“${axis}” is one figure for what changes together from prompt to prompt.`),
    ...[...reasons].map(([why, all]) =>
      all.length === 1
        ? `No figure for “${all.join("")}”: ${why}.`
        : `No figures for “${all.join("”, “")}”: ${why.replace(/^it /, "they ")}.`,
    ),
  ];
  return html`<p class="about">${sentences.join(" ")}</p>`;
}

function worstPrompts(task: TaskView, texts: PromptTexts): Html {
  const worst = promptPairs(task).slice(0, WORST);
  const items = worst.map(({ prompt, before, after }) => {
    const text = texts.get(prompt);
    return html`<li><p><b>${name(prompt)}</b>: ${before === null ? "" : `${score(before.mean)} → `}${withError(after.mean, after.stderr)}${massOf(after)}</p>
      ${text === undefined ? null : html`<details><summary>Its text for the first row</summary>${promptText(text)}</details>`}</li>`;
  });
  const known = worst.some(({ prompt }) => texts.has(prompt));
  return html`<h4>The prompts that do worst${task.before === null ? "" : " after SFT"}</h4>
    <ol class="worst">${items}</ol>${known ? null : html`<p class="about">The texts of the prompts were not stored with these results.</p>`}`;
}

function massOf({ label_mass, unparseable }: PromptLevel): Html {
  return html`${label_mass === null ? null : html`, ${term("label-mass")} ${score(label_mass)}`}${unparseable === null ? null : `, ${percent(unparseable)} of the answers could not be read`}`;
}

function promptText(text: string): Html {
  const characters = Array.from(text);
  const left = characters.length - LONGEST_TEXT;
  return html`${left > 0 ? html`<p class="about">The first ${counted(left, "character")} are left out.</p>` : null}<pre tabindex="0" role="group" aria-label="Text of the prompt">${left > 0 ? characters.slice(left).join("") : text}</pre>`;
}

function promptTable(task: TaskView): Html {
  const pairs = promptPairs(task).reverse();
  const paired = task.before !== null;
  const changes = new Map(task.comparison?.prompts.map((one) => [one.prompt, one]));
  const axes = new Map(task.task.prompts.map((prompt) => [prompt.id, prompt]));
  const has = (what: (level: PromptLevel) => number | null) => pairs.some(({ after }) => what(after) !== null);
  const mass = has(({ label_mass }) => label_mass);
  const parsed = has(({ unparseable }) => unparseable);
  const columns: Column[] = [
    { head: "prompt" },
    ...(paired ? [{ head: "before", numeric: true }, { head: "after", numeric: true }, { head: "change", numeric: true }] : [{ head: "score", numeric: true }]),
    ...(mass ? [{ head: term("label-mass"), numeric: true }] : []),
    ...(parsed ? [{ head: "not read", numeric: true }] : []),
    { head: "seen in SFT" },
    { head: "levels of the axes" },
  ]; // prettier-ignore
  const rows = pairs.map(({ prompt, before, after }: PromptPair): TableRow => {
    const change = changes.get(prompt);
    const about = axes.get(prompt);
    const levels = Object.entries(about?.axes ?? {}).flatMap(([axis, level]) =>
      level === null ? [] : [`${axis}: ${level}`],
    );
    const number = (level: PromptLevel) => ({
      shown: html`${withError(level.mean, level.stderr)} <small>${interval(level.interval)}</small>`,
      sort: level.mean,
    });
    const seen = after.seen ?? about?.seen ?? null;
    return {
      cells: [
        { shown: name(prompt) },
        ...(before === null ? [] : [number(before)]),
        number(after),
        ...(paired
          ? [
              {
                shown: html`${signed(change?.change)} <small>${interval(change?.interval, signed)}</small>`,
                sort: change?.change ?? null,
              },
            ]
          : []),
        ...(mass
          ? [
              {
                shown: `${before === null ? "" : `${score(before.label_mass)} → `}${score(after.label_mass)}`,
                sort: after.label_mass,
              },
            ]
          : []),
        ...(parsed ? [{ shown: percent(after.unparseable), sort: after.unparseable }] : []),
        { shown: seen === null ? "–" : seen ? "yes" : "no" },
        { shown: html`<small>${levels.join(", ")}</small>` },
      ],
    };
  });
  return sortableTable(
    html`Score of every prompt${rowsOf(task)}, ± standard error over rows, [ ] 95 % interval.`,
    columns,
    rows,
  );
}

/** Writes the same answers judged in other ways: what changes comes from the scorer, not from the model. */
function scorers({ scorer }: TaskAtCheckpoint): Html | null {
  if (scorer.scorers.length < 2) return null;
  const columns: Column[] = [{ head: "scored by" }, { head: term("mean"), numeric: true }, { head: term("sd"), numeric: true }, { head: term("raw-sd"), numeric: true }, { head: term("pss"), numeric: true }]; // prettier-ignore
  const rows = scorer.scorers.map(({ name: by, mean, corrected_sd, raw_sd, pss }): TableRow => {
    return {
      cells: [
        { shown: by },
        ...[mean, corrected_sd, raw_sd, pss].map((value) => ({ shown: score(value), sort: value })),
      ],
    };
  });
  return html`<details><summary>The same answers scored in ${scorer.scorers.length} ways</summary>${sortableTable("Where the SD changes with the scorer, that part of the sensitivity is the scorer's.", columns, rows)}</details>`;
}
