/** Writes the end-of-run tables of a terminal. */

import pc from "picocolors";
import { shownStderr, shownStderrOverPrompts } from "../../analysis/parts/few-rows.js";
import { areShares } from "../../analysis/read/input.js";
import type { Estimate } from "../../statistics/uncertainty.js";
import { hasScores, type CellRecord, type ComparisonRecord, type Results, type SummaryRecord, type TaskRecord } from "../../store/results.js"; // prettier-ignore
import { score, signed, withError } from "../../base/numbers.js";
import { counted, wrapped } from "../../base/wording.js";
import { recordOf } from "../../store/metric-values.js";
import { lineWidth, newTable, shown } from "./terminal-table.js";

/** Limits the prompts that are listed one by one; more of them are in the report. */
const MOST_PROMPTS = 8;

/**
 * Writes all tables of a run as text: one per task, then what failed, was skipped or has to be known.
 * @param width columns of the terminal; Infinity where lines may have any length, 0 for no tables
 * @param isBrief whether a summary of all tasks follows: tasks whose prompts are too many to be listed have no table
 * then, and what the summary cautions of is left to it
 */
export function renderResults(results: Results, width = Infinity, isBrief = false): string {
  const blocks = results.tasks.map((task) => renderTask(task, results, width, isBrief));
  return [...blocks, renderNotes(results, width)].filter((block) => block !== "").join("\n\n") + "\n";
}

function renderTask(task: TaskRecord, results: Results, width: number, isBrief: boolean): string {
  const source = { sample: ", sample rows", builtin: ", built-in rows" }[task.origin] ?? "";
  const answered = task.answer === "loglikelihood" || task.answer === "generate" ? "" : `, answered by ${task.answer}`;
  const heading = wrapped(
    `${task.name}  ${recordOf(task.metric, task).title}, score ± standard error over ${counted(task.rows, "row")}, ${counted(task.shots, "shot")}${source}${answered}`,
    lineWidth(width),
  );
  const title = [pc.bold(task.name) + (heading[0] ?? "").slice(task.name.length), ...heading.slice(1)].join("\n");
  const comparisons = results.comparisons.filter((comparison) => comparison.task === task.name);
  const compared = new Set(comparisons.flatMap(({ base, sft }) => [base, sft]));
  const alone = results.checkpoints.filter(({ name }) => !compared.has(name)).map(({ name }) => name);
  const own = warnings(task, results).filter(({ isInSummary }) => !isBrief || !isInSummary);
  const told = own.flatMap(({ text, paint }) =>
    wrapped(text, lineWidth(width) - 4).map((part, i) => paint(`${i === 0 ? "  ! " : "    "}${part}`)),
  );
  if (isBrief && task.prompts.length > MOST_PROMPTS) return told.length === 0 ? "" : [title, ...told].join("\n");
  const tables = [
    ...comparisons.map((comparison) => comparisonTable(comparison, isShare(task), width)),
    ...(alone.length > 0 ? [scoreTable(task, alone, results, width)] : []),
  ];
  return [title, ...tables, ...told].join("\n");
}

/** Writes a table of scores: prompts down, checkpoints across. */
function scoreTable(task: TaskRecord, checkpoints: readonly string[], results: Results, width: number): string {
  const table = newTable(["prompt", ...checkpoints]);
  const cell = (checkpoint: string, prompt: string) =>
    results.cells.find((one) => one.checkpoint === checkpoint && one.task === task.name && one.prompt === prompt);
  for (const { id } of task.prompts.length > MOST_PROMPTS ? [] : task.prompts)
    table.push([id, ...checkpoints.map((name) => cellText(cell(name, id), task))]);
  const summary = (name: string) => results.summaries.find((one) => one.checkpoint === name && one.task === task.name);
  const line = (label: string, value: (summary: SummaryRecord) => string) => {
    table.push([pc.dim(label), ...checkpoints.map((name) => optional(summary(name), value))]);
  };
  line("mean over prompts", ({ mean }) => pc.bold(overPrompts(mean, isShare(task))));
  line("SD over prompts", ({ sd }) => score(sd));
  line("min – max (spread)", ({ min, max, spread }) => `${score(min)} – ${score(max)} (${score(spread)})`);
  return shown(table, width);
}

function comparisonTable(comparison: ComparisonRecord, shares: boolean, width: number): string {
  const tuned = comparison.sft_task === null ? "" : ` (SFT on ${comparison.sft_task})`;
  const table = newTable([
    "prompt",
    `before: ${comparison.base}`,
    `after: ${comparison.sft}${tuned}`,
    "difference, paired by row",
  ]);
  for (const { prompt, before, after, difference } of comparison.prompts.length > MOST_PROMPTS
    ? []
    : comparison.prompts) {
    table.push([prompt, estimate(before, shares), estimate(after, shares), change(difference)]);
  }
  table.push([
    pc.dim("mean over prompts"),
    overPrompts(comparison.mean_before, shares),
    overPrompts(comparison.mean_after, shares),
    pc.bold(change(comparison.mean)),
  ]);
  const { sd_before, sd_after, spread_before, spread_after } = comparison;
  if (sd_before !== null && sd_after !== null) {
    table.push([pc.dim("SD over prompts"), score(sd_before), score(sd_after), signed(sd_after - sd_before)]);
  }
  table.push([
    pc.dim("spread over prompts"),
    score(spread_before),
    score(spread_after),
    signed(spread_after - spread_before),
  ]);
  return shown(table, width);
}

interface Warning {
  readonly text: string;
  readonly paint: (text: string) => string;
  /** Whether the summary of a run says it, too. */
  readonly isInSummary: boolean;
}

/** Lists what a reader of the table has to know: failed cells, dropped shots, truncated rows, unparseable answers. */
function warnings(task: TaskRecord, results: Results): Warning[] {
  const cells = results.cells.filter((cell) => cell.task === task.name);
  const count = (key: "rows_with_dropped_shots" | "rows_truncated" | "rows_merged" | "rows_tied") =>
    cells.reduce((sum, cell) => sum + (cell[key] ?? 0), 0);
  const total = cells.reduce((sum, cell) => sum + (hasScores(cell) ? task.rows : 0), 0);
  const lines: Warning[] = [];
  const add = (n: number, text: string, isInSummary = false) => {
    if (n > 0) lines.push({ text: `${n} of ${total} row scores: ${text}`, paint: pc.yellow, isInSummary });
  };
  add(count("rows_with_dropped_shots"), "shots were dropped, oldest first, to fit the model's window", true);
  add(count("rows_truncated"), "the row alone did not fit the window; its beginning was cut", true);
  add(count("rows_merged"), "a token spans the boundary of prompt and answer");
  add(
    count("rows_tied"),
    "several answers share the largest score; the first of them counts as given, so that their order decides",
  );
  const defined = cells.filter(({ metrics }) => metrics !== undefined);
  add(
    defined.filter(({ metrics }) => metrics?.[task.metric] === undefined).length * task.rows,
    `${task.metric} is not defined for the answers to these rows; their prompts are left out`,
  );
  const parsed = cells.filter(({ unparseable }) => unparseable !== undefined);
  add(
    Math.round(parsed.reduce((sum, { unparseable }) => sum + (unparseable ?? 0) * task.rows, 0)),
    "no answer could be read from the generated text; counted as wrong",
    true,
  );
  const written = cells.filter(({ empty }) => empty !== undefined);
  const empty = Math.round(written.reduce((sum, cell) => sum + (cell.empty ?? 0) * task.rows, 0));
  add(empty, "the generated text is empty", true);
  for (const cell of cells) {
    if (cell.error !== undefined)
      lines.push({
        text: `${cell.checkpoint}, prompt ${cell.prompt}: ${cell.error}`,
        paint: pc.red,
        isInSummary: false,
      });
  }
  return lines;
}

function renderNotes(results: Results, width: number): string {
  const lines = [
    ...results.skipped.map(({ task, reason }) => `skipped ${task}: ${reason}`),
    ...notesOnce(results).map((note) => `note: ${note}`),
    "note: SD and spread over prompts include the sampling noise of the rows; they are positive even where prompts do nothing",
  ];
  return lines
    .flatMap((line) => wrapped(line, lineWidth(width)))
    .map(pc.dim)
    .join("\n");
}

/** Lists the notes; one that is the same of several checkpoints stands once, with the name of the first. */
function notesOnce({ notes, checkpoints }: Results): string[] {
  const about = new Map<string, string[]>();
  for (const note of notes) {
    const name = checkpoints.map((one) => one.name).find((one) => note.startsWith(`${one}: `));
    const text = name === undefined ? note : note.slice(name.length + 2);
    about.set(text, [...(about.get(text) ?? []), ...(name === undefined ? [] : [name])]);
  }
  return [...about].map(([text, [first, ...more]]) => {
    if (first === undefined) return text;
    return `${first}${more.length === 0 ? "" : ` and ${more.length} more`}: ${text}`;
  });
}

function cellText(cell: CellRecord | undefined, task: TaskRecord): string {
  if (cell?.error !== undefined) return pc.red("failed");
  if (cell?.missing !== undefined) return pc.dim("missing");
  return optional(cell?.metrics?.[task.metric], (found) => estimate(found, isShare(task)));
}

function optional<T>(value: T | undefined, text: (value: T) => string): string {
  return value === undefined ? "–" : text(value);
}

/** Tells whether scores of rows are shares, whose standard error is never 0. */
function isShare(task: TaskRecord): boolean {
  return areShares(recordOf(task.metric, task));
}

function estimate(found: Estimate, shares: boolean): string {
  return withError(found.mean, shownStderr(found, shares));
}

function overPrompts(found: Estimate, shares: boolean): string {
  return withError(found.mean, shownStderrOverPrompts(found, shares));
}

/** A difference that is the same on all rows says nothing of others. */
function change(found: Estimate): string {
  return withError(found.mean, shownStderr(found, false), signed);
}
