/** Writes the end of a run in a few lines: the answer, one line a task, and what to look at next. */

import pc from "picocolors";
import type { Analysis, Verdict } from "../../analysis/document/document.js";
import { counted, shortened, wrapped } from "../../base/wording.js";
import { headline, promptMatters } from "../headline.js";
import { score } from "../../base/numbers.js";
import { newTable, shown as inBlocks, trimmedLines, visibleLength } from "./terminal-table.js";
import { countedViews, promptPairs, viewLabel, Views, widestOf, type TaskView, type View } from "../view.js";
import { summaryColumns } from "../summary-columns.js";

/** Limits the pairs of checkpoints that are shown; a report has all. */
const MOST_VIEWS = 4;
/** Limits the cautions that are shown: one checkpoint on all built-in tasks; the report has all. */
const MOST_CAUTIONS = 18;
/** Sets the width of a terminal that does not say. */
export const DEFAULT_WIDTH = 100;

/**
 * @param columns of the terminal; lines are not longer, whatever the names; 0 for no tables
 * @param page path of the report, where one was written
 */
export function renderSummary(analysis: Analysis, columns: number, page: string | undefined): string {
  const width = columns > 0 ? columns : DEFAULT_WIDTH;
  const views = new Views(analysis);
  const tables = views.all.slice(0, MOST_VIEWS).map((view) => viewBlock(views, view, columns));
  const blocks = tables.map(({ text }) => text);
  const left = views.all.slice(MOST_VIEWS);
  const where = page === undefined ? "amuro-eval report shows" : "the report has";
  const shownKeys = new Set(tables.flatMap(({ keys }) => keys.map((key) => key.replace(/ pair$/, ""))));
  const words = WORDS.filter(([key]) => shownKeys.has(key)).map(([, words]) => words);
  const notes = [words.join(" "), ...(left.length > 0 ? [`Not shown: ${countedViews(left)}; ${where} all.`] : [])];
  const unfinished = analysis.unfinished === null ? "" : pc.red(wrapped(analysis.unfinished, width).join("\n"));
  const cautions = analysis.sentences.filter(({ kind, checkpoint }) => kind === "caution" && checkpoint !== null);
  const more = cautions.length - MOST_CAUTIONS;
  const warned = [
    ...cautions.slice(0, MOST_CAUTIONS).map(({ text }) => text),
    ...(more > 0 ? [`${counted(more, "more caution")}: ${where} all.`] : []),
  ].flatMap((text) => wrapped(safe(`! ${text}`), width));
  return [
    unfinished,
    ...blocks,
    warned.length === 0 ? "" : pc.yellow(warned.join("\n")),
    next(views, width, page),
    pc.dim(notes.flatMap((note) => wrapped(note, width)).join("\n")),
  ]
    .filter((block) => block !== "")
    .join("\n\n");
}

/** Lists what columns say that do not say it themselves. */
const WORDS: readonly (readonly [key: string, words: string])[] = [
  ["sd", "SD: standard deviation between prompts of their scores, the noise of the rows taken away; 0 means that these rows show no difference of the scores."],
  ["pss", "Single answers may differ all the same: PSS is how far two prompts' scores of one row lie apart in the mean: of right and wrong, how often one alone is right."],
  ["one_answer", "One answer: prompts that give 95 % of the rows or more the same answer."],
  ["raw_sd", "raw SD holds the noise of the rows."],
  ["chance", "Chance is the score of guessing."],
  ["majority", "Majority is the share of the most frequent right answer."],
  ["contrast", "Contrast is the second presentation less the first."],
  ["total_sd", "SD with presentations counts wordings and presentations."],
]; // prettier-ignore

interface ViewBlock {
  readonly text: string;
  /** Columns of its table. */
  readonly keys: readonly string[];
}

function viewBlock(views: Views, view: View, columns: number): ViewBlock {
  const width = columns > 0 ? columns : DEFAULT_WIDTH;
  const tasks = views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  const title = pc.dim(shortened(safe(viewLabel(view)), width));
  const table = summaryTable(tasks, width, columns > 0);
  const found = pc.bold(wrapped(safe(headline(view, tasks)), width).join("\n"));
  return { ...table, text: [title, found, table.text].join("\n") };
}

/** Lists columns in the order in which a narrow terminal does without them. */
const SPARE = ["label_mass", "range", "raw_sd", "shots", "contrast", "total_sd", "size", "majority", "chance", "one_answer", "pss", "mean pair"]; // prettier-ignore
/** Lists columns that stand in wider outputs only. */
const WIDE = ["sd_change"];

function summaryTable(tasks: readonly TaskView[], width: number, isTable: boolean): ViewBlock {
  const columns = summaryColumns(tasks).filter(({ key }) => !WIDE.includes(key));
  const merged = columns.flatMap((column, i): TerminalColumn[] => {
    const { key, head, side, cells, brackets } = column;
    if (side === "after") return [];
    if (side === "before") {
      const later = columns[i + 1]?.cells ?? [];
      const both = cells.map(({ text }, task) => `${text} → ${later[task]?.text ?? ""}`);
      return [{ key: `${key} pair`, head: head.replace(" before", ""), cells: both }];
    }
    const own = cells.map(({ text, beside }, task) =>
      coloured(key, text, key === "verdict" ? "" : beside, tasks[task]),
    );
    return [{ key, head: brackets === "" ? head : `${head} [ ]`, cells: own }];
  });
  const names = { key: "task", head: "task", cells: tasks.map(({ task }) => safe(task.name)) };
  const shown = columnsThatFit([names, ...merged], width);
  const notes = columns.flatMap(({ key, head, brackets, side }) =>
    brackets === "" || side !== undefined || !shown.some((one) => one.key === key) ? [] : [`${head}: ${brackets}`],
  );
  return {
    text: `${tableOf(shown, width, isTable)}\n${pc.dim(wrapped(`[ ] of ${notes.join("; ")}`, width).join("\n"))}`,
    keys: shown.map(({ key }) => key),
  };
}

interface TerminalColumn {
  readonly key: string;
  readonly head: string;
  readonly cells: readonly string[];
}

/** Leaves out the less important columns where the table would be wider than the terminal. */
function columnsThatFit(columns: readonly TerminalColumn[], width: number): readonly TerminalColumn[] {
  let kept = columns;
  for (const spare of SPARE) {
    if (widthBehindNames(kept) + Math.min(widthOf(kept[0] as TerminalColumn), 16) <= width) break;
    kept = kept.filter(({ key }) => key !== spare);
  }
  return kept;
}

/** Makes a table with shorter names where it would be wider than the terminal. */
function tableOf(columns: readonly TerminalColumn[], width: number, isTable: boolean): string {
  const longest = Math.max(8, width - widthBehindNames(columns));
  const table = newTable(columns.map(({ head }) => head));
  const [names, ...others] = columns;
  names?.cells.forEach((name, row) => {
    table.push([shortened(name, longest), ...others.map(({ cells }) => cells[row] ?? "")]);
  });
  return isTable ? trimmedLines(table.toString()) : inBlocks(table, 0);
}

function widthOf({ head, cells }: TerminalColumn): number {
  return Math.max(...[head, ...cells].map(visibleLength));
}

function widthBehindNames(columns: readonly TerminalColumn[]): number {
  return columns.slice(1).reduce((sum, column) => sum + widthOf(column) + 2, 2);
}

/** Writes what deserves a look: the task that changed most, prompts whose answers the model would not give. */
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

function coloured(key: string, text: string, beside: string, task: TaskView | undefined): string {
  const written = beside === "" ? text : `${text} ${beside}`;
  if (key === "verdict") return verdictText(text as Verdict);
  if (key !== "change") return written;
  return (task?.comparison?.level.change ?? 0) < 0 ? pc.yellow(written) : pc.cyan(written);
}

function verdictText(verdict: Verdict): string {
  if (verdict === "rose") return pc.red("▲ rose");
  if (verdict === "fell") return pc.green("▼ fell");
  return verdict === "probability scale only" ? pc.yellow(verdict) : pc.dim(verdict);
}

/** Names of others without characters that would steer a terminal. */
function safe(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
