/** A report as LaTeX tables (package booktabs), to be taken into a paper with \input. */

import type { Analysis } from "../../analysis/document/document.js";
import { intervalHead, intervalMark, shownInterval, type ShownInterval } from "../../analysis/shown-interval.js";
import { interval, pFigure, score, signed } from "../../base/numbers.js";
import { viewLabel, Views, type TaskView, type View } from "../view.js";

export function latexReport(analysis: Analysis): string {
  const views = new Views(analysis);
  const tables = views.all.map((view, i) => viewTable(views, view, i));
  return [`% amuro-eval ${analysis.version}; needs \\usepackage{booktabs}`, ...tables].join("\n\n") + "\n";
}

function viewTable(views: Views, view: View, i: number): string {
  const tasks = views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  const paired = view.before !== null;
  const head = paired
    ? ["Task", "Before", "After", "Change", "SD before", "SD after", "Raw SD", "$p$ (Holm)"]
    : ["Task", "Mean", "SD", "Raw SD", "PSS", "Worst", "Best"];
  const shown = tasks.map(({ comparison, after }) => shownInterval((comparison ?? after).level));
  const rows = tasks.map((task) => (paired ? pairRow(task, shown) : aloneRow(task, shown)));
  const items = [
    ...new Set(
      tasks.map(
        ({ comparison, after }) =>
          `${comparison?.prompts.length ?? after.prompts.length} prompts on ${comparison?.items ?? after.items ?? "?"} rows`,
      ),
    ),
  ];
  const metrics = [...new Set(tasks.map(({ task }) => task.metric_title))];
  const notes = [
    ...(views.analysis.unfinished === null ? [] : [views.analysis.unfinished]),
    ...views.analysis.sentences.flatMap((one) =>
      one.kind === "caution" && [view.before, view.after].includes(one.checkpoint) && one.checkpoint !== null
        ? [one.text]
        : [],
    ),
  ];
  const caption = `${viewLabel(view)}: ${metrics.join(" or ")}, mean over prompts ${paired ? `with its standard error over rows, change with its interval (${intervalHead(shown)})` : `with its interval (${intervalHead(shown)})`}; SD: noise-corrected standard deviation between prompts (${items.join("; ")}).${paired ? " p: change of the SD on the logit scale." : ""}${notes.map((note) => ` ${note}`).join("")}`;
  return [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${latexText(caption)}}`,
    `  \\label{tab:prompt-sensitivity-${i + 1}}`,
    `  \\begin{tabular}{l${"r".repeat(head.length - 1)}}`,
    "    \\toprule",
    `    ${head.join(" & ")} \\\\`,
    "    \\midrule",
    ...rows.map((row) => `    ${row.join(" & ")} \\\\`),
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
  ].join("\n");
}

function pairRow({ task, before, after, comparison }: TaskView, shown: readonly ShownInterval[]): string[] {
  if (comparison === null) return [latexText(task.name)];
  const { level, sensitivity } = comparison;
  const { probability, logit } = sensitivity;
  return [
    latexText(task.name),
    estimate(level.before, before?.level.item_stderr ?? null),
    estimate(level.after, after.level.item_stderr),
    math(
      `${signed(level.change)}\\,${interval(shownInterval(level).interval, signed)}${intervalMark(shownInterval(level), shown)}`,
    ),
    math(score(probability?.sd_before)),
    math(score(probability?.sd_after)),
    math(`${score(probability?.raw_sd_before)} \\to ${score(probability?.raw_sd_after)}`),
    math(pFigure(logit?.p_holm)),
  ];
}

function aloneRow({ task, after }: TaskView, shown: readonly ShownInterval[]): string[] {
  const sd = after.sensitivity.probability;
  return [
    latexText(task.name),
    math(
      `${score(after.level.mean)}\\,${interval(shownInterval(after.level).interval)}${intervalMark(shownInterval(after.level), shown)}`,
    ),
    ...[sd?.corrected_sd, sd?.raw_sd, after.pss?.value, after.range.worst, after.range.best].map((value) =>
      math(score(value)),
    ),
  ];
}

function estimate(mean: number, stderr: number | null): string {
  return math(stderr === null ? score(mean) : `${score(mean)} \\pm ${score(stderr)}`);
}

function math(formula: string): string {
  return `$${formula.replaceAll("−", "-").replaceAll("–", "\\text{--}").replaceAll("∞", "\\infty")}$`;
}

const COMMANDS: Record<string, string> = {
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
  "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "\\textless{}", ">": "\\textgreater{}", "→": "$\\to$", "−": "$-$",
}; // prettier-ignore

/** Text of others as LaTeX text on one line: no command, no comment, no mathematics. */
export function latexText(plain: string): string {
  return plain
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\\{}$&#%_^~<>→−]/g, (char) => COMMANDS[char] ?? char);
}
