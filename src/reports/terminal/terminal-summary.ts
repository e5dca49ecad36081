/** The end of a run in a few lines: the answer, one line a task, and what to look at next. */

import Table from "cli-table3";
import pc from "picocolors";
import type { Analysis, Verdict } from "../../analysis/document/document.js";
import { counted, shortened } from "../../base/wording.js";
import { intervalHead, intervalMark, type ShownInterval, shownInterval } from "../../analysis/shown-interval.js";
import { headline, promptMatters } from "../headline.js";
import { interval, score, signed } from "../../base/numbers.js";
import { PLAIN_BORDERS } from "./terminal-table.js";
import { promptPairs, viewLabel, Views, widestOf, type TaskView, type View } from "../view.js";
import { oneAnswer } from "../one-answer.js";

/** Pairs of checkpoints that are shown; a report has all. */
const MOST_VIEWS = 4;
/** Cautions that are shown; analyze and the report have all. */
const MOST_CAUTIONS = 6;
/** Width of a terminal that does not say. */
export const DEFAULT_WIDTH = 100;

/**
 * @param width columns of the terminal; lines are not longer, whatever the names
 * @param page path of the report, where one was written
 */
export function renderSummary(analysis: Analysis, width: number, page: string | undefined): string {
  const views = new Views(analysis);
  const blocks = views.all.slice(0, MOST_VIEWS).map((view) => viewBlock(views, view, width));
  const left = views.all.length - blocks.length;
  const notes = [
    "SD: standard deviation between prompts of their scores, the noise of the rows taken away; 0 means that these rows show no difference of the scores. Single answers may differ all the same: PSS is how often two prompts disagree on one row. One answer: prompts that give 95 % of the rows or more the same answer. raw SD holds the noise of the rows.",
    ...(left > 0 ? [`${counted(left, "earlier pair")} of checkpoints are in the report.`] : []),
  ];
  const unfinished = analysis.unfinished === null ? "" : pc.red(wrapped(analysis.unfinished, width).join("\n"));
  const cautions = analysis.sentences.filter(({ kind, checkpoint }) => kind === "caution" && checkpoint !== null);
  const warned = cautions.slice(0, MOST_CAUTIONS).flatMap(({ text }) => wrapped(safe(`! ${text}`), width));
  return [
    unfinished,
    ...blocks,
    pc.yellow(warned.join("\n")),
    next(views, width, page),
    pc.dim(notes.flatMap((note) => wrapped(note, width)).join("\n")),
  ]
    .filter((block) => block !== "")
    .join("\n\n");
}

function viewBlock(views: Views, view: View, width: number): string {
  const tasks = views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  const title = pc.dim(shortened(safe(viewLabel(view)), width));
  return [
    title,
    pc.bold(wrapped(safe(headline(view, tasks)), width).join("\n")),
    view.before === null ? aloneTable(tasks, width) : pairTable(tasks, width),
  ].join("\n");
}

function pairTable(tasks: readonly TaskView[], width: number): string {
  const shown = tasks.flatMap(({ comparison }) => (comparison === null ? [] : [shownInterval(comparison.level)]));
  const rows = tasks.flatMap(({ task, before, after, comparison }) => {
    if (comparison === null) return [];
    const { level, sensitivity, verdict, prompts, items, pss } = comparison;
    const own = shownInterval(level);
    const sd = sensitivity.probability;
    return [
      [
        safe(task.name),
        `${prompts.length} x ${items ?? "?"}`,
        `${score(level.before)} → ${score(level.after)}`,
        coloured(level.change, `${signed(level.change)} ${interval(own.interval, signed)}${intervalMark(own, shown)}`),
        `${score(sd?.sd_before)} → ${score(sd?.sd_after)}`,
        `${score(sd?.raw_sd_before)} → ${score(sd?.raw_sd_after)}`,
        pss === null ? "–" : `${score(pss.before)} → ${score(pss.after)}`,
        `${before === null ? "–" : oneAnswer(before)} → ${oneAnswer(after)}`,
        verdictText(verdict),
      ],
    ];
  });
  const head = ["task", "prompts x rows", "mean", "change [ ]", "SD", "raw SD", "PSS", "one answer", "SD changed?"]; // prettier-ignore
  return `${fitted(head, rows, [5, 1, 7, 6, 2], width)}\n${bracketNote("change", shown, width)}`;
}

function aloneTable(tasks: readonly TaskView[], width: number): string {
  const shown = tasks.map(({ after }) => shownInterval(after.level));
  const rows = tasks.map(({ task, after }) => {
    const sd = after.sensitivity.probability;
    const own = shownInterval(after.level);
    return [
      safe(task.name),
      `${after.prompts.length} x ${after.items ?? "?"}`,
      `${score(after.level.mean)} ${interval(own.interval)}${intervalMark(own, shown)}`,
      `${score(sd?.corrected_sd)} ${interval(sd?.interval)}`,
      score(sd?.raw_sd),
      score(after.pss?.value),
      oneAnswer(after),
      `${score(after.range.worst)} – ${score(after.range.best)}`,
    ];
  });
  const head = ["task", "prompts x rows", "mean [ ]", "SD [ ]", "raw SD", "PSS", "one answer", "worst – best"]; // prettier-ignore
  return `${fitted(head, rows, [4, 1, 7, 6], width)}\n${bracketNote("mean", shown, width)}`;
}

/** Says what the brackets of a table are. */
function bracketNote(of: string, shown: readonly ShownInterval[], width: number): string {
  return pc.dim(
    wrapped(`[ ] of the ${of}: ${intervalHead(shown)}${of === "mean" ? "; of the SD: 95 %" : ""}`, width).join("\n"),
  );
}

/** A table without its less important columns, and with shorter names, where it would be wider than the terminal. */
function fitted(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  spare: readonly number[],
  width: number,
): string {
  for (let dropped = 0; dropped <= spare.length; dropped++) {
    const without = new Set(spare.slice(0, dropped));
    const kept = head.map((_, i) => i).filter((i) => !without.has(i));
    const widths = kept.map((i) => Math.max(...[head, ...rows].map((row) => visibleLength(row[i] ?? ""))));
    const others = widths.slice(1).reduce((sum, one) => sum + one + 2, 2);
    const longest = Math.max(8, width - others);
    if (others + Math.min(widths[0] ?? 0, 16) > width && dropped < spare.length) continue;
    const table = new Table({
      head: kept.map((i) => head[i] ?? ""),
      colAligns: kept.map((_, i): "left" | "right" => (i === 0 ? "left" : "right")),
      chars: PLAIN_BORDERS,
      style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    });
    for (const row of rows) table.push(kept.map((i) => (i === 0 ? shortened(row[0] ?? "", longest) : (row[i] ?? ""))));
    return table
      .toString()
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n");
  }
  return "";
}

/** What deserves a look: the task that changed most, prompts whose answers the model would not give. */
function next(views: Views, width: number, page: string | undefined): string {
  const tasks = views.taskViews();
  const [moved] = tasks
    .filter(({ comparison }) => comparison !== null && ["rose", "fell"].includes(comparison.verdict))
    .sort((a, b) => sdMove(b) - sdMove(a));
  const widest = widestOf(tasks.filter(({ after }) => promptMatters(after)));
  const [lowest] = tasks
    .flatMap((task) =>
      promptPairs(task).flatMap(({ prompt, after }) =>
        after.label_mass === null ? [] : [{ task, prompt, mass: after.label_mass }],
      ),
    )
    .sort((a, b) => a.mass - b.mass);
  const lines = [
    ...(moved?.comparison
      ? [`${moved.task.name} (${moved.view.after}): the SD between prompts ${moved.comparison.verdict}`]
      : []),
    ...(widest === undefined
      ? []
      : [
          `${widest.task.name} (${widest.view.after}): ${widest.after.range.worst_prompt} scores ${score(widest.after.range.worst)}, ${widest.after.range.best_prompt} ${score(widest.after.range.best)}`,
        ]),
    ...(lowest !== undefined && lowest.mass < 0.1
      ? [
          `${lowest.task.task.name}, prompt ${lowest.prompt}: label mass ${score(lowest.mass)}; the model hardly ever gives one of the answers that are compared`,
        ]
      : []),
    ...(page === undefined ? [] : [`${page}: every prompt and row`]),
  ];
  if (lines.length === 0) return "";
  return [
    pc.bold("Look at"),
    ...lines.flatMap((line) => wrapped(safe(line), width - 4).map((part, i) => `${i === 0 ? "  " : "    "}${part}`)),
  ].join("\n");
}

function sdMove({ comparison }: TaskView): number {
  const sd = comparison?.sensitivity.probability;
  return Math.abs((sd?.sd_after ?? 0) - (sd?.sd_before ?? 0));
}

function verdictText(verdict: Verdict): string {
  if (verdict === "rose") return pc.red("▲ rose");
  if (verdict === "fell") return pc.green("▼ fell");
  return verdict === "probability scale only" ? pc.yellow(verdict) : pc.dim(verdict);
}

function coloured(change: number, text: string): string {
  return change < 0 ? pc.yellow(text) : pc.cyan(text);
}

/** Names of others without characters that would steer a terminal. */
function safe(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

function visibleLength(text: string): number {
  // eslint-disable-next-line no-control-regex -- colours are control sequences
  return Array.from(text.replace(/\u001b\[[0-9;]*m/g, "")).length;
}

/** Lines of at most so many characters, broken at spaces where there are any. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((one) => pieces(one, width))) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function pieces(word: string, width: number): string[] {
  const characters = Array.from(word);
  const count = Math.max(1, Math.ceil(characters.length / Math.max(1, width)));
  return Array.from({ length: count }, (_, i) => characters.slice(i * width, (i + 1) * width).join(""));
}
