/** Writes a comparison of two results as lines and a table. */

import type { ComparedCell, ComparedMean, ComparedTask, Comparison } from "../../analysis/compare/compare-studies.js";
import { counted, wrapped } from "../../base/wording.js";
import { nats, score, signed, withError } from "../../base/numbers.js";
import { lineWidth, newTable, shown } from "./terminal-table.js";

/** @param width columns of the terminal */
export function renderComparison({ a, b, checkpoints, tasks, only }: Comparison, width = Infinity): string {
  const lines = [`A  ${a}`, `B  ${b}`];
  const renamed = checkpoints.filter((pair) => pair.a !== pair.b);
  for (const pair of renamed) lines.push(`checkpoint ${pair.a} is compared with ${pair.b}: each is the only one`);
  for (const [side, names] of Object.entries(only)) {
    const where = `only in ${side.toUpperCase()}`;
    if (names.checkpoints.length > 0) lines.push(`checkpoints ${where}: ${names.checkpoints.join(", ")}`);
    if (names.tasks.length > 0) lines.push(`tasks ${where}: ${names.tasks.join(", ")}`);
  }
  if (checkpoints.length === 0) lines.push("no checkpoint has the same name in both: nothing to pair");
  if (tasks.length === 0) lines.push("no task has the same name in both: nothing to pair");
  const words = lines.flatMap((line) => inWidth(line, width));
  return `${[...words, ...tasks.flatMap((task) => taskLines(task, checkpoints.length, width))].join("\n")}\n`;
}

function taskLines(task: ComparedTask, checkpoints: number, width: number): string[] {
  const { rows, prompts, only, metric, cells, means } = task;
  const own = `${metric.a} in A, ${metric.b} in B`;
  const judged = metric.a === metric.b ? metric.a : metric.shared ? `${own}, compared by ${metric.a}` : own;
  const paired =
    rows === null
      ? "means alone, so that no rows are paired and errors are those of different rows, ? where they are not known"
      : `${counted(rows.common, "row")} in both, ${rows.a - rows.common} only in A, ${rows.b - rows.common} only in B`;
  const lines = ["", `${task.task} (${judged}): ${paired}; ${counted(prompts.length, "prompt")} in both`];
  const shownNames = [...new Set([...cells, ...means].map(({ checkpoint }) => checkpoint.a))];
  const ofName = <T extends ComparedCell | ComparedMean>(all: readonly T[], name: string) => all.filter(({ checkpoint }) => checkpoint.a === name); // prettier-ignore
  const inTables = shownNames.flatMap((name) => listed(ofName(cells, name)));
  if (rows !== null && inTables.some(({ difference, stderr }) => difference !== null && stderr === null))
    lines.push("  ± ?: one row, or rows that all differ alike, which say nothing of others");
  if (!metric.shared) lines.push("  two metrics: a difference is also that of what they measure");
  if (task.pairedBy === "texts") lines.push("  no row has the same hash in both: rows are paired by their texts, whatever the columns are called"); // prettier-ignore
  if (task.calledInB !== undefined) lines.push(`  B calls it ${task.calledInB}`);
  if (task.definition !== null && task.definition.differs.length > 0) {
    const { a, b, differs } = task.definition;
    lines.push(`  two versions of the task: ${a} in A, ${b} in B; they differ in ${differs.join(" and ")}`);
  }
  for (const [side, names] of Object.entries(only))
    if (names.length > 0) lines.push(`  prompts only in ${side.toUpperCase()}: ${names.join(", ")}`);
  for (const prompt of prompts) {
    if (prompt.sameText === false) lines.push(`  prompt ${prompt.a}: the texts differ`);
    for (const { axis, a, b } of prompt.axes) lines.push(`  prompt ${prompt.a}: ${axis} is ${String(a)} in A, ${String(b)} in B`); // prettier-ignore
  }
  const words = lines.flatMap((line) => inWidth(line, width));
  if (rows === null ? cells.length === 0 : rows.common === 0 || cells.length === 0)
    return [
      ...words,
      ...inWidth(`  ${NOTHING[rows === null ? "cells" : rows.common === 0 ? "rows" : "prompts"]}`, width),
    ];
  return [
    ...words,
    ...shownNames.flatMap((name) => {
      const title = checkpoints > 1 ? ["", ...inWidth(`  ${name}`, width)] : [];
      return [...title, ...checkpointLines(ofName(cells, name), ofName(means, name), rows !== null, width)];
    }),
  ];
}

/** Returns the cells that are listed: where several differ in nothing, the others. */
function listed(cells: readonly ComparedCell[]): readonly ComparedCell[] {
  const others = cells.filter((cell) => !isSame(cell));
  return cells.length - others.length > 1 ? others : cells;
}

/** Writes the cells of one checkpoint: a table of those that differ, and how many do not. */
function checkpointLines(
  cells: readonly ComparedCell[],
  means: readonly ComparedMean[],
  hasRows: boolean,
  width: number,
): string[] {
  const shownCells = listed(cells);
  const same = cells.filter((cell) => !shownCells.includes(cell));
  const what = [
    "scores",
    ...(same.every(({ otherAnswers }) => otherAnswers !== null) ? ["answers"] : []),
    ...(same.every(({ logprobs }) => logprobs !== null) ? ["log-likelihoods"] : []),
  ];
  const lines = same.length > 0 ? inWidth(`  ${counted(same.length, "prompt")} alike in both: ${what.join(", ")}`, width) : []; // prettier-ignore
  if (shownCells.length === 0) return lines;
  const ofRows = hasRows ? ["other scores", "other answers", "log-likelihoods"] : [];
  const table = newTable(["prompt", ...(hasRows ? ["rows"] : []), "A", "B", "B - A", ...ofRows]);
  table.push(...shownCells.map(cellTexts), ...means.filter(({ prompts }) => prompts > 1).map(meanTexts));
  return [...lines, shown(table, width)];
}

/** Tells whether every row has the same score, answer and log-likelihoods, as far as both sides tell them. */
function isSame({ rows, difference, otherScores, otherAnswers, logprobs }: ComparedCell): boolean {
  return rows !== null && difference === 0 && otherScores === 0 && (otherAnswers ?? 0) === 0 && (logprobs ?? 0) === 0;
}

/** Says why there is no table. */
const NOTHING = {
  cells: "no cell is in both: prompts of means are paired by their names",
  rows: "no row is in both: rows are paired by the hash of their content or by their texts, in tables by their item; where the two ran other rows of one dataset, run all of them (--limit takes a sample here, the first rows elsewhere)",
  prompts: "no prompt is in both: prompts are paired by the text that they asked, or by their names",
};

/** Breaks a line between words; what goes on stands below its beginning. */
function inWidth(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? "";
  const words = line.slice(indent.length);
  return words === "" ? [""] : wrapped(words, lineWidth(width) - indent.length).map((part) => indent + part);
}

function cellTexts(cell: ComparedCell): string[] {
  const { prompt, rows, mean, difference, stderr, otherScores, otherAnswers, logprobs } = cell;
  return [
    prompt.a === prompt.b ? prompt.a : `${prompt.a} = ${prompt.b}`,
    ...(rows === null ? [] : [String(rows)]),
    score(mean.a),
    score(mean.b),
    withError(difference, stderr, signed),
    ...(rows === null ? [] : [count(otherScores), count(otherAnswers), nats(logprobs)]),
  ];
}

function meanTexts({ prompts, rows, mean, difference, stderr }: ComparedMean): string[] {
  return [
    `mean of ${prompts}`,
    ...(rows === null ? [] : [String(rows)]),
    score(mean.a),
    score(mean.b),
    withError(difference, stderr, signed),
    ...(rows === null ? [] : ["", "", ""]),
  ];
}

function count(value: number | null): string {
  return value === null ? "–" : String(value);
}
