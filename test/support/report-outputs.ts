/** Provides what the outputs of one analysis show, as plain text: terminal, page, Markdown, LaTeX and CSV. */

import type { Analysis } from "../../src/analysis/document/document.js";
import { csvTables } from "../../src/reports/formats/csv.js";
import { latexReport } from "../../src/reports/formats/latex.js";
import { markdownReport } from "../../src/reports/formats/markdown.js";
import { allTasks } from "../../src/reports/page/all-tasks.js";
import { renderAnalysis } from "../../src/reports/terminal/analysis-terminal.js";
import { renderSummary } from "../../src/reports/terminal/terminal-summary.js";
import { Views } from "../../src/reports/view.js";

/** Writes an analysis in every form that has a table of tasks. */
export function outputsOf(analysis: Analysis, tasks: readonly string[]): Record<string, string> {
  return {
    "summary of a run": renderSummary(analysis, 1000, undefined),
    "analyze": renderAnalysis(analysis),
    "report.html": allTasks(new Views(analysis), () => "x", false).toString().replaceAll("<tr", "\n<tr").replace(/<[^>]*>/g, ""),
    "md": markdownReport(analysis).replace(/\\(?=[[\]])/g, ""),
    "tex": withoutBlocks(latexReport(analysis), tasks).replace(/[$\\]/g, "").replaceAll("to ", "→ ").replaceAll("mathrm{below},", "below").replace(/mbox\{--\}/g, "–").replaceAll("-", "−").replaceAll("times", "×"),
  }; // prettier-ignore
}

/** Joins the blocks of columns of each LaTeX table, so that all figures of a task stand in one line. */
function withoutBlocks(latex: string, tasks: readonly string[]): string {
  return latex
    .split("\\end{table}")
    .flatMap((table) =>
      tasks.map((task) =>
        table
          .split("\n")
          .filter((one) => one.trim().startsWith(`${task} &`))
          .join(" "),
      ),
    )
    .join("\n");
}

/** Returns the line of a table that is about a task; pairs have an arrow, checkpoints alone have none. */
export function taskLine(text: string, task: string, size: string, paired: boolean): string {
  // eslint-disable-next-line no-control-regex -- colours are control sequences
  const plain = text.replace(/\u001b\[[0-9;]*m/g, "");
  const lines = plain.split("\n").filter((one) => one.includes(size) && one.includes(task));
  const found = lines.find((one) => one.includes("→") === paired);
  if (found === undefined) throw new Error(`no line about ${task} in\n${plain}`);
  return found;
}

/** Returns the fields of a line of one of the CSV files. */
export function csvRow(analysis: Analysis, name: string, task: string, checkpoint: string): Record<string, string> {
  const text = csvTables(analysis).find((table) => table.name === name)?.text ?? "";
  const [head = "", ...rows] = text.split("\r\n");
  const names = head.split(",");
  const found = rows
    .map((row) => Object.fromEntries(row.split(",").map((value, i) => [names[i] ?? "", value])))
    .find((row) => row["task"] === task && [row["checkpoint"], row["sft"], row["arm"]].includes(checkpoint));
  if (found === undefined) throw new Error(`no row of ${task}`);
  return found;
}
