/** Writes a report as LaTeX tables (package booktabs), to be taken into a paper with \input. */

import type { Analysis } from "../../analysis/document/document.js";
import { shortened } from "../../base/wording.js";
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
  const names: LatexColumn = { head: "Task", cells: tasks.map(({ task }) => shortName(task.name)) };
  const blocks = columnBlocks(
    names,
    columns.map(({ key, head, cells }) => ({ head, cells: cells.map((cell) => plainCell(key, cell)) })),
  );
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
    "  \\footnotesize\\setlength{\\tabcolsep}{3pt}",
    blocks.map((block) => tabular(names, block)).join("\n\n  \\medskip\n"),
    "\\end{table}",
  ].join("\n");
}

/** Lists the columns that would make a table too wide for a page. */
const LEFT_OUT = ["label_mass", "range", "sd_change", "one_answer"];

/** Holds one column as plain text. */
export interface LatexColumn {
  readonly head: string;
  readonly cells: readonly string[];
}

/** Limits the characters of a task's name. */
const LONGEST_NAME = 30;
/** Limits the width of a block in points: the text of LaTeX's article class is 345 pt wide. */
const TEXT_WIDTH = 335;
/** Estimates the width of a character at footnote size, and the room beside a column, in points. */
const CHARACTER = 4.6;
const COLUMN_GAP = 6;
/** Matches characters that take as much as two others. */
const WIDE = /[mMwW@%…—]|[^ -\u024f\u2010-\u2030]/gu;

/** Shortens a name until it is no wider than so many usual characters. */
function shortName(name: string): string {
  let longest = LONGEST_NAME;
  let text = shortened(name, longest);
  while (text.replaceAll(WIDE, "$&$&").length > LONGEST_NAME) text = shortened(name, --longest);
  return text;
}

/** Estimates the width of a column, in points. */
export function columnWidth({ head, cells }: LatexColumn): number {
  const longest = Math.max(...[head, ...cells].map((text) => text.replaceAll(WIDE, "$&$&").length));
  return longest * CHARACTER + COLUMN_GAP;
}

/** Splits columns into blocks that stand below one another, each with the names and no wider than the text. */
export function columnBlocks(names: LatexColumn, columns: readonly LatexColumn[]): LatexColumn[][] {
  const blocks: LatexColumn[][] = [];
  let left = 0;
  for (const column of columns) {
    const width = columnWidth(column);
    if (blocks.length === 0 || width > left) {
      blocks.push([]);
      left = TEXT_WIDTH - columnWidth(names);
    }
    blocks.at(-1)?.push(column);
    left -= width;
  }
  return blocks;
}

function tabular(names: LatexColumn, columns: readonly LatexColumn[]): string {
  const heads = [names, ...columns].map(({ head }) => latexText(head));
  const rows = names.cells.map((name, row) =>
    [latexText(name), ...columns.map(({ cells }) => cellText(cells[row] ?? ""))].join(" & "),
  );
  return [
    `  \\begin{tabular}{l${"r".repeat(columns.length)}}`,
    "    \\toprule",
    `    ${heads.join(" & ")} \\\\`,
    "    \\midrule",
    ...rows.map((row) => `    ${row} \\\\`),
    "    \\bottomrule",
    "  \\end{tabular}",
  ].join("\n");
}

function plainCell(key: string, { text, beside }: SummaryCell): string {
  if (beside === "") return text;
  return key === "verdict" ? `${text} (${beside})` : `${text} ${beside}`;
}

/** Writes a verdict as text and a figure as mathematics. */
function cellText(plain: string): string {
  return /^[a-z]{3}/.test(plain) ? latexText(plain) : math(plain.replace(/ (?=\[)/, "\\,"));
}

function math(formula: string): string {
  return `$${formula
    .replaceAll("−", "-")
    .replaceAll(/(?<=\d)e\+?(-?\d+)/g, "\\cdot 10^{$1}")
    .replaceAll("–", "\\mbox{--}")
    .replaceAll("∞", "\\infty")
    .replaceAll("→", "\\to")
    .replaceAll("±", "\\pm")
    .replaceAll("×", "\\times")
    .replaceAll("≥", "\\ge")
    .replaceAll("below", "\\mathrm{below}\\,")}$`;
}

const COMMANDS: Record<string, string> = {
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
  "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "\\textless{}", ">": "\\textgreater{}", "→": "$\\to$", "×": "$\\times$", "–": "--", "−": "$-$",
}; // prettier-ignore

/** Marks where a long word may be broken; control characters of the text itself are gone by then. */
const BREAK = "\u0000";
/** Matches so much of a word that has no place to break it; no line is longer than a few of them. */
const UNBROKEN = new RegExp(`[^${BREAK}]{12}(?!${BREAK}|$)`, "gu");

/** Writes text of others as LaTeX text on one line: no command, no comment, no mathematics. */
export function latexText(plain: string): string {
  return plain
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\S{30,}/gu, (word) => word.replace(/(?<=[_/.,+-])(?=\w)/g, BREAK).replace(UNBROKEN, `$&${BREAK}`))
    .replace(/[\\{}$&#%_^~<>→−×–]/g, (char) => COMMANDS[char] ?? char)
    .replaceAll(BREAK, "\\allowbreak{}");
}
