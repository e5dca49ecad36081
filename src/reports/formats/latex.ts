/** Writes a report as LaTeX tables (package booktabs), to be taken into a paper with \input. */

import type { Analysis } from "../../analysis/document/document.js";
import { type SummaryCell, summaryColumns } from "../summary-columns.js";
import { viewLabel, Views, type View } from "../view.js";

export function latexReport(analysis: Analysis): string {
  const views = new Views(analysis);
  const tables = views.all.map((view, i) => viewTable(views, view, i));
  return [`% amuro-eval ${analysis.version}; needs \\usepackage{booktabs}`, ...tables].join("\n\n") + "\n";
}

function viewTable(views: Views, view: View, i: number): string {
  const tasks = views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []);
  const paired = view.before !== null;
  const columns = summaryColumns(tasks).filter(({ key }) => !LEFT_OUT.includes(key));
  const head = ["Task", ...columns.map(({ head: one }) => latexText(one))];
  const rows = tasks.map(({ task }, row) => [
    latexText(task.name),
    ...columns.map(({ key, cells }) => cellText(key, cells[row] as SummaryCell)),
  ]);
  const brackets = columns.flatMap(({ head: one, brackets: of }) => (of === "" ? [] : [`${one}: ${of}`]));
  const metrics = [...new Set(tasks.map(({ task }) => task.metric_title))];
  const notes = [
    ...(views.analysis.unfinished === null ? [] : [views.analysis.unfinished]),
    ...views.analysis.sentences.flatMap((one) =>
      one.kind === "caution" && [view.before, view.after].includes(one.checkpoint) && one.checkpoint !== null
        ? [one.text]
        : [],
    ),
  ];
  const caption = `${viewLabel(view)}: ${metrics.join(" or ")}, mean over prompts${paired ? " with its standard error over rows" : ""}; SD: noise-corrected standard deviation between prompts; contrast: the second presentation less the first. Brackets are intervals (${brackets.join("; ")}).${paired ? " p: change of the SD on the logit scale, after Holm." : ""}${notes.map((note) => ` ${note}`).join("")}`;
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

/** Lists the columns that would make a table too wide for a page. */
const LEFT_OUT = ["label_mass", "range", "sd_change", "one_answer"];

function cellText(key: string, { text, beside }: SummaryCell): string {
  if (key === "verdict") return `${latexText(text)}${beside === "" ? "" : ` (${latexText(beside)})`}`;
  return math(`${text}${beside === "" ? "" : `${beside.startsWith("±") ? " " : "\\,"}${beside}`}`);
}

function math(formula: string): string {
  return `$${formula.replaceAll("−", "-").replaceAll("–", "\\text{--}").replaceAll("∞", "\\infty").replaceAll("→", "\\to").replaceAll("±", "\\pm").replaceAll("×", "\\times").replaceAll("≥", "\\ge").replaceAll("below", "\\mathrm{below}\\,")}$`;
}

const COMMANDS: Record<string, string> = {
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
  "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "\\textless{}", ">": "\\textgreater{}", "→": "$\\to$", "×": "$\\times$", "–": "--", "−": "$-$",
}; // prettier-ignore

/** Writes text of others as LaTeX text on one line: no command, no comment, no mathematics. */
export function latexText(plain: string): string {
  return plain
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\\{}$&#%_^~<>→−×–]/g, (char) => COMMANDS[char] ?? char);
}
