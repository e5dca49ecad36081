/** Writes a report as Markdown: conclusions, one table, the worst prompts. For notes, issues and model cards. */

import type { Analysis } from "../../analysis/document/document.js";
import { counted } from "../../base/wording.js";
import { headline, isOverTasks, viewSentences } from "../headline.js";
import { withError } from "../../base/numbers.js";
import { promptPairs, viewLabel, Views, type TaskView, type View } from "../view.js";
import { replicateWord } from "../replicate-columns.js";
import { type SummaryCell, summaryColumns } from "../summary-columns.js";
import { TASK_SUMMARY_CAPTION, taskSummariesOf, taskSummaryColumns, taskSummaryName } from "../task-summary-columns.js";

const WORST = 3;

export function markdownReport(analysis: Analysis): string {
  const views = new Views(analysis);
  const cautions = analysis.sentences.filter(({ kind }) => kind === "caution");
  const seeds = analysis.sentences.flatMap(({ kind, text }) => (kind === "replicates" ? [text] : []));
  const blocks = [
    "# Prompt sensitivity",
    `${counted(analysis.checkpoints.length, "checkpoint")}, ${counted(analysis.tasks.length, "task")}; amuro-eval ${analysis.version}, seed ${analysis.seed}.`,
    ...(analysis.unfinished === null ? [] : [`**${text(analysis.unfinished)}**`]),
    ...views.all.flatMap((view) => viewBlocks(views, view)),
    ...(seeds.length === 0 ? [] : [`## Over ${replicateWord(analysis.replicates)}`, list(seeds)]),
    ...(cautions.length === 0 ? [] : ["## To keep in mind", list(cautions.map(({ text }) => text))]),
    "SD: noise-corrected standard deviation between prompts, in units of the score; 0 means that these rows show no difference of the scores. Raw SD holds the noise of the rows as well. PSS: how far two prompts' scores of one row lie apart in the mean; of right and wrong, how often one alone is right. One answer: prompts that give 95 % of the rows or more the same answer. Chance: the score of guessing; majority: the share of the most frequent right answer. Contrast: the second presentation less the first; SD with presentations counts both. ± standard errors over rows, [ ] 95 % intervals.",
  ];
  return `${blocks.join("\n\n")}\n`;
}

function viewBlocks(views: Views, view: View): string[] {
  const tasks = views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  const sentences = viewSentences(views.analysis, view).filter(({ kind }) => isOverTasks(kind));
  return [
    `## ${text(viewLabel(view))}`,
    `**${text(headline(view, tasks))}**`,
    ...(sentences.length === 0 ? [] : [list(sentences.map((one) => one.text))]),
    summaryTable(tasks),
    ...overTasks(views.analysis, view),
    `Lowest prompts${view.before === null ? "" : " after SFT"}:`,
    list(
      tasks.map((task) => worst(task)),
      false,
    ),
  ];
}

function summaryTable(tasks: readonly TaskView[]): string {
  const columns = summaryColumns(tasks);
  const head = [
    "task",
    "metric",
    ...columns.map(({ head: one, brackets }) => `${one}${brackets === "" ? "" : ` [${brackets}]`}`),
  ];
  return table(
    head,
    tasks.map(({ task }, row) => [
      task.name,
      task.metric_title,
      ...columns.map(({ key, cells }) => {
        const { text: figure, beside } = cells[row] as SummaryCell;
        return key === "verdict" && beside !== "" ? `${figure} (${beside})` : `${figure} ${beside}`.trimEnd();
      }),
    ]),
  );
}

/** Writes the changes over tasks; nothing where there are too few. */
function overTasks(analysis: Analysis, view: View): string[] {
  const own = taskSummariesOf(analysis, view.after);
  if (own.length === 0) return [];
  const columns = taskSummaryColumns(own);
  return [
    table(
      ["over tasks", "metric", ...columns.map(({ head }) => head)],
      own.map((one, row) => [
        taskSummaryName(one, [one]),
        one.metric,
        ...columns.map(({ cells }) => cells[row]?.text ?? "–"),
      ]),
    ),
    text(TASK_SUMMARY_CAPTION),
  ];
}

function worst(task: TaskView): string {
  const prompts = promptPairs(task).slice(0, WORST);
  return `${text(task.task.name)}: ${prompts.map(({ prompt, after }) => `${text(prompt)} (${withError(after.mean, after.stderr)})`).join(", ")}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => text(cell)).join(" | ")} |`;
  return [line(head), `| ${head.map((_, i) => (i < 2 ? "---" : "---:")).join(" | ")} |`, ...rows.map(line)].join("\n");
}

function list(items: readonly string[], escaped = true): string {
  return items.map((item) => `- ${escaped ? text(item) : item}`).join("\n");
}

/** Writes text of others as Markdown text on one line: no markup, no HTML, no links, no end of a table's cell. */
export function text(plain: string): string {
  return plain
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\\`*_{}[\]<>#|~!&$]/g, (char) =>
      char === "<" ? "&lt;" : char === ">" ? "&gt;" : char === "&" ? "&amp;" : `\\${char}`,
    )
    .replace(/^(\s*)([-+=]|\d+[.)])(?=\s|$)/, "$1\\$2")
    .replace(/(https?|ftp|www)([:.])/gi, "$1\u200b$2");
}
