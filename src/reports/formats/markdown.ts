/** A report as Markdown: conclusions, one table, the worst prompts. For notes, issues and model cards. */

import type { Analysis } from "../../analysis/document/document.js";
import { counted } from "../../base/wording.js";
import { headline, viewSentences } from "../headline.js";
import { intervalHead, intervalMark, shownInterval } from "../../analysis/shown-interval.js";
import { interval, pValue, score, signed, withError } from "../../base/numbers.js";
import { promptPairs, viewLabel, Views, type TaskView, type View } from "../view.js";
import { oneAnswer } from "../one-answer.js";

const WORST = 3;

export function markdownReport(analysis: Analysis): string {
  const views = new Views(analysis);
  const cautions = analysis.sentences.filter(({ kind }) => kind === "caution");
  const blocks = [
    "# Prompt sensitivity",
    `${counted(analysis.checkpoints.length, "checkpoint")}, ${counted(analysis.tasks.length, "task")}; amuro-eval ${analysis.version}, seed ${analysis.seed}.`,
    ...(analysis.unfinished === null ? [] : [`**${text(analysis.unfinished)}**`]),
    ...views.all.flatMap((view) => viewBlocks(views, view)),
    ...(cautions.length === 0 ? [] : ["## To keep in mind", list(cautions.map(({ text }) => text))]),
    "SD: noise-corrected standard deviation between prompts, in units of the score; 0 means that these rows show no difference of the scores. Raw SD holds the noise of the rows as well. PSS: how often two prompts disagree on one row. One answer: prompts that give 95 % of the rows or more the same answer. ± standard errors over rows, [ ] 95 % intervals.",
  ];
  return `${blocks.join("\n\n")}\n`;
}

function viewBlocks(views: Views, view: View): string[] {
  const tasks = views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  const sentences = viewSentences(views.analysis, view).filter(({ kind }) => kind === "pooled");
  return [
    `## ${text(viewLabel(view))}`,
    `**${text(headline(view, tasks))}**`,
    ...(sentences.length === 0 ? [] : [list(sentences.map((one) => one.text))]),
    view.before === null ? aloneTable(tasks) : pairTable(tasks),
    `Lowest prompts${view.before === null ? "" : " after SFT"}:`,
    list(
      tasks.map((task) => worst(task)),
      false,
    ),
  ];
}

function pairTable(tasks: readonly TaskView[]): string {
  const shown = tasks.flatMap(({ comparison }) => (comparison === null ? [] : [shownInterval(comparison.level)]));
  const head = [
    "task",
    "metric",
    "prompts × rows",
    "mean before",
    "mean after",
    `change [${intervalHead(shown)}]`,
    "SD before",
    "SD after",
    "raw SD",
    "PSS",
    "one answer",
    "SD changed?",
  ];
  return table(
    head,
    tasks.flatMap(({ task, before, after, comparison }) => {
      if (before === null || comparison === null) return [];
      const { level, sensitivity, verdict } = comparison;
      const { probability, logit } = sensitivity;
      return [
        [
          task.name,
          task.metric_title,
          `${comparison.prompts.length} × ${comparison.items ?? "?"}`,
          withError(level.before, before.level.item_stderr),
          withError(level.after, after.level.item_stderr),
          `${signed(level.change)} ${interval(shownInterval(level).interval, signed)}${intervalMark(shownInterval(level), shown)}`,
          `${score(probability?.sd_before)} ${interval(before.sensitivity.probability?.interval)}`,
          `${score(probability?.sd_after)} ${interval(after.sensitivity.probability?.interval)}`,
          `${score(probability?.raw_sd_before)} → ${score(probability?.raw_sd_after)}`,
          comparison.pss === null ? "–" : `${score(comparison.pss.before)} → ${score(comparison.pss.after)}`,
          `${oneAnswer(before)} → ${oneAnswer(after)}`,
          `${verdict} (${pValue(logit?.p_holm)})`,
        ],
      ];
    }),
  );
}

function aloneTable(tasks: readonly TaskView[]): string {
  const shown = tasks.map(({ after }) => shownInterval(after.level));
  const head = ["task", "metric", "prompts × rows", `mean [${intervalHead(shown)}]`, "SD", "raw SD", "PSS", "one answer", "worst – best"]; // prettier-ignore
  return table(
    head,
    tasks.map(({ task, after }) => [
      task.name,
      task.metric_title,
      `${after.prompts.length} × ${after.items ?? "?"}`,
      `${score(after.level.mean)} ${interval(shownInterval(after.level).interval)}${intervalMark(shownInterval(after.level), shown)}`,
      `${score(after.sensitivity.probability?.corrected_sd)} ${interval(after.sensitivity.probability?.interval)}`,
      score(after.sensitivity.probability?.raw_sd),
      score(after.pss?.value),
      oneAnswer(after),
      `${score(after.range.worst)} – ${score(after.range.best)}`,
    ]),
  );
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

/** Text of others as Markdown text on one line: no markup, no HTML, no links, no end of a table's cell. */
export function text(plain: string): string {
  return plain
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\\`*_{}[\]<>#|~!&$]/g, (char) =>
      char === "<" ? "&lt;" : char === ">" ? "&gt;" : char === "&" ? "&amp;" : `\\${char}`,
    )
    .replace(/^(\s*)([-+=]|\d+[.)])(?=\s|$)/, "$1\\$2")
    .replace(/(https?|ftp|www)([:.])/gi, "$1\u200b$2");
}
