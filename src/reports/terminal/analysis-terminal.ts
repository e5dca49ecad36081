/** Writes an analysis as tables and sentences for a terminal. */

import pc from "picocolors";
import { fitsAnyRatio, isPoolOnNoTask } from "../../analysis/change-sentences.js";
import type { Analysis, Comparison, Limit, Pooled } from "../../analysis/document/document.js";
import { counted, wrapped, wrappedLine } from "../../base/wording.js";
import { headline } from "../headline.js";
import { orderTables, quantileTables } from "./order-tables.js";
import { replicateTables } from "./replicate-table.js";
import { type AloneCheckpoint, longRuns, runTables } from "./run-tables.js";
import { samplingTable } from "./sampling-table.js";
import { taskSummaryTable } from "./task-summary-table.js";
import { lineWidth, newTable, shown } from "./terminal-table.js";
import { type SummaryCell, summaryColumns } from "../summary-columns.js";
import { type TaskView, type View, Views } from "../view.js";
import { coefficient, interval, pValue, signed } from "../../base/numbers.js";

/** Limits the sentences and limits that are shown; the document has them all. */
const SHOWN = 40;

/** @param width columns of the terminal; Infinity where lines may have any length, 0 for no tables */
export function renderAnalysis(analysis: Analysis, width = Infinity): string {
  const views = new Views(analysis);
  const pairs = views.all.filter(({ before }) => before !== null).map((view) => tasksOf(views, view));
  const compared = new Set(
    analysis.comparisons.flatMap(({ base, sft, task }) => [`${base} ${task}`, `${sft} ${task}`]),
  );
  const alone = analysis.checkpoints.flatMap((checkpoint) => {
    const { name, step, sft_task: sftTask } = checkpoint;
    const view = { id: name, before: null, after: name, sftTask, step, isOneOfSeveral: false };
    const tasks = tasksOf(views, view).filter(({ task }) => !compared.has(`${name} ${task.name}`));
    return tasks.length === 0 ? [] : [{ checkpoint, tasks }];
  });
  const { runs, others } = longRuns(alone);
  const passed = new Set(runs.flatMap(({ checkpoints }) => checkpoints.slice(0, -1)).map(({ checkpoint }) => checkpoint.name)); // prettier-ignore
  // The table has the figures of each checkpoint; words are of the last one, of what it cautions of, and of all.
  const sentences = analysis.sentences.filter(({ kind, checkpoint }) => kind === "caution" || !passed.has(checkpoint ?? "")); // prettier-ignore
  const blocks = [
    analysis.unfinished === null ? "" : pc.red(analysis.unfinished),
    ...pairs.filter((own) => own.length > 0).map((own) => pairTable(own, analysis, width)),
    ...others.map((one) => aloneTable(one, width)),
    ...runs.flatMap((run) => runTables(run, width, (...of) => tableOf(...of, width))),
    replicateTables(analysis, width),
    samplingTable(analysis, width),
    quantileTables(analysis, width),
    orderTables(analysis, width),
    listed("In words", chosen(sentences), analysis.sentences.length, width),
    listed("Not estimated", analysis.limits.map(limitText), analysis.limits.length, width),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function tasksOf(views: Views, view: View): TaskView[] {
  return views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
}

function aloneTable({ checkpoint: { name }, tasks }: AloneCheckpoint, width: number): string {
  const [{ view }] = tasks as [TaskView];
  return [pc.bold(name), ...wrapped(headline(view, tasks), lineWidth(width)), tasksTable(tasks, width)].join("\n");
}

function pairTable(own: readonly TaskView[], analysis: Analysis, width: number): string {
  const [{ view }] = own as [TaskView];
  const of = `${view.before ?? ""} → ${view.after}`;
  const tuned = view.sftTask === null ? "" : `SFT on ${view.sftTask}`;
  const title = of.length + 2 + tuned.length <= lineWidth(width)
      ? `${pc.bold(of)}  ${tuned}`.trimEnd()
      : [...wrapped(of, lineWidth(width)).map(pc.bold), ...(tuned === "" ? [] : wrapped(tuned, lineWidth(width)))].join("\n"); // prettier-ignore
  const lines = analysis.pooled
    .filter((one) => one.sft === view.after && one.over === "all tasks")
    .flatMap((one) => wrappedLine(pooledLine(one, analysis.comparisons), lineWidth(width)).map(pc.dim));
  const parts = [title, ...wrapped(headline(view, own), lineWidth(width)), tasksTable(own, width), ...lines];
  return [...parts, taskSummaryTable(analysis, view.after, width)].filter((part) => part !== "").join("\n");
}

function tasksTable(tasks: readonly TaskView[], width: number): string {
  return tableOf("task", tasks.map(({ task }) => task.name), tasks, width); // prettier-ignore
}

/**
 * Writes all columns of the summary, with errors and intervals.
 * @param first heads the column of the rows' names
 */
function tableOf(first: string, names: readonly string[], rows: readonly TaskView[], width: number): string {
  const columns = summaryColumns(rows);
  const table = newTable([
    first,
    ...columns.map(({ head, brackets }) => `${head}${brackets === "" ? "" : ` [${brackets}]`}`),
  ]);
  names.forEach((name, row) => {
    table.push([
      name,
      ...columns.map(({ key, cells }) => {
        const { text, beside } = cells[row] as SummaryCell;
        return key === "verdict"
          ? `${verdict(text as Comparison["verdict"])} ${beside}`
          : `${text} ${beside}`.trimEnd();
      }),
    ]);
  });
  return shown(table, width);
}

function pooledLine(one: Pooled, comparisons: Analysis["comparisons"]): string {
  const { quantity, effect, interval: bounds, tasks, p } = one;
  const write = quantity === "level" ? signed : coefficient;
  const figure = fitsAnyRatio(one) ? "any ratio would fit" : `${write(effect)} ${interval(bounds, write)}`;
  const alone = isPoolOnNoTask(one, comparisons) ? "; on no task by itself" : "";
  return `  ${quantity} over ${counted(tasks.length, "task")}: ${figure}, ${pValue(p)}${alone}`;
}

function verdict(text: Comparison["verdict"]): string {
  if (text === "rose") return pc.red(text);
  if (text === "fell") return pc.green(text);
  return text === "probability scale only" ? pc.yellow(text) : pc.dim(text);
}

/** Chooses the sentences to show: where there are too many, the cautions stay, half of the room at the most. */
function chosen(sentences: Analysis["sentences"]): string[] {
  const cautions = sentences.filter(({ kind }) => kind === "caution").slice(-SHOWN / 2);
  const others = sentences.filter(({ kind }) => kind !== "caution").slice(0, SHOWN - cautions.length);
  return [...others, ...cautions].map(({ text }) => text);
}

/** @param all how many lines the document has */
function listed(title: string, lines: readonly string[], all: number, width: number): string {
  if (lines.length === 0) return "";
  const left = all - Math.min(lines.length, SHOWN);
  const more = left > 0 ? [pc.dim(`  … ${left} more in the JSON document`)] : [];
  return [
    pc.bold(title),
    ...lines.slice(0, SHOWN).map((line) =>
      wrapped(line, lineWidth(width) - 4)
        .map((part, i) => `${i === 0 ? "  - " : "    "}${part}`)
        .join("\n"),
    ),
    ...more,
  ].join("\n");
}

function limitText({ what, why, task, checkpoint }: Limit): string {
  const where = [task, checkpoint].filter((name) => name !== null).join(", ");
  return `${what}${where === "" ? "" : ` (${where})`}: ${why}`;
}
