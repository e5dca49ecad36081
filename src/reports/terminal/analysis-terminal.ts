/** Writes an analysis as tables and sentences for a terminal. */

import pc from "picocolors";
import type { Analysis, Comparison, Limit, Pooled } from "../../analysis/document/document.js";
import { counted, wrapped } from "../../base/wording.js";
import { headline } from "../headline.js";
import { orderTables, quantileTables } from "./order-tables.js";
import { replicateTables } from "./replicate-table.js";
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
  const alone = analysis.checkpoints.flatMap(({ name, step, sft_task: sftTask }) => {
    const view = { id: name, before: null, after: name, sftTask, step };
    const own = tasksOf(views, view).filter(({ task }) => !compared.has(`${name} ${task.name}`));
    return own.length === 0
      ? []
      : [[pc.bold(name), ...wrapped(headline(view, own), lineWidth(width)), tableOf(own, width)].join("\n")];
  });
  const blocks = [
    analysis.unfinished === null ? "" : pc.red(analysis.unfinished),
    ...pairs.filter((own) => own.length > 0).map((own) => pairTable(own, analysis.pooled, width)),
    ...alone,
    replicateTables(analysis, width),
    quantileTables(analysis, width),
    orderTables(analysis, width),
    listed(
      "In words",
      analysis.sentences.map(({ text }) => text),
      width,
    ),
    listed("Not estimated", analysis.limits.map(limitText), width),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function tasksOf(views: Views, view: View): TaskView[] {
  return views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
}

function pairTable(own: readonly TaskView[], pooled: readonly Pooled[], width: number): string {
  const [{ view }] = own as [TaskView];
  const title = `${pc.bold(`${view.before ?? ""} → ${view.after}`)}${view.sftTask === null ? "" : `  SFT on ${view.sftTask}`}`;
  const lines = pooled.filter((one) => one.sft === view.after && one.over === "all tasks").map(pooledLine);
  return [title, ...wrapped(headline(view, own), lineWidth(width)), tableOf(own, width), ...lines].join("\n");
}

/** Writes all columns of the summary, with errors and intervals. */
function tableOf(tasks: readonly TaskView[], width: number): string {
  const columns = summaryColumns(tasks);
  const table = newTable([
    "task",
    ...columns.map(({ head, brackets }) => `${head}${brackets === "" ? "" : ` [${brackets}]`}`),
  ]);
  tasks.forEach(({ task }, row) => {
    table.push([
      task.name,
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

function pooledLine({ quantity, effect, interval: bounds, tasks, p }: Pooled): string {
  const write = quantity === "level" ? signed : coefficient;
  return pc.dim(
    `  ${quantity} over ${counted(tasks.length, "task")}: ${write(effect)} ${interval(bounds, write)}, ${pValue(p)}`,
  );
}

function verdict(text: Comparison["verdict"]): string {
  if (text === "rose") return pc.red(text);
  if (text === "fell") return pc.green(text);
  return text === "probability scale only" ? pc.yellow(text) : pc.dim(text);
}

function listed(title: string, lines: readonly string[], width: number): string {
  if (lines.length === 0) return "";
  const more = lines.length > SHOWN ? [pc.dim(`  … ${lines.length - SHOWN} more in the JSON document`)] : [];
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
