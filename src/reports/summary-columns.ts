/**
 * Defines the columns of the summary of a pair of checkpoints, or of one alone: what terminal, page, Markdown and LaTeX
 * show of each task. A figure is written here once, so that it has the same digits everywhere.
 */

import { areLowerBounds } from "../analysis/change-sentences.js";
import { intervalHead, intervalMark, shownInterval, type ShownInterval } from "../analysis/shown-interval.js";
import type { Comparison, IntervalRecord, SensitivityRecord, TaskAtCheckpoint } from "../analysis/document/document.js";
import { interval, pValue, score, sdBetween, sdFigure, signed } from "../base/numbers.js";
import { oneAnswer } from "./one-answer.js";
import type { TaskView } from "./view.js";

const UNKNOWN = "–";

/** Holds one figure of one task. */
export interface SummaryCell {
  readonly text: string;
  /** Its error or interval; empty for none. */
  readonly beside: string;
  /** What the column is sorted by; left out for text. */
  readonly sort?: number | null;
}

/** Describes one column; those with `side` are one figure before and after SFT. */
export interface SummaryColumn {
  readonly key: string;
  readonly head: string;
  /** What the brackets are; empty for none. */
  readonly brackets: string;
  readonly side?: "before" | "after";
  readonly cells: readonly SummaryCell[];
}

/**
 * Returns the columns of tasks of one kind, all compared with a base or all alone, one cell a task. Columns of which
 * nothing is known on any task are left out, but for mean, SD and verdict.
 */
export function summaryColumns(tasks: readonly TaskView[]): SummaryColumn[] {
  const [first] = tasks;
  if (first === undefined) return [];
  const all = first.comparison === null ? aloneColumns(tasks) : pairColumns(tasks);
  const always = ["size", "mean", "change", "sd", "verdict"];
  return all.filter(({ key, cells }) => always.includes(key) || cells.some(({ text }) => known(text)));
}

function known(text: string): boolean {
  return text.replaceAll(UNKNOWN, "").replaceAll("→", "").trim() !== "";
}

type Draft = Omit<SummaryColumn, "cells" | "brackets"> & {
  readonly brackets?: string;
  readonly cell: (task: TaskView) => SummaryCell | string;
};

function filled(tasks: readonly TaskView[], drafts: readonly Draft[]): SummaryColumn[] {
  return drafts.map(({ cell, brackets = "", ...column }) => {
    const cells = tasks.map((task) => {
      const found = cell(task);
      return typeof found === "string" ? { text: found, beside: "" } : found;
    });
    return { ...column, brackets, cells };
  });
}

function leading(): Draft[] {
  return [
    { key: "size", head: "prompts × rows", cell: size },
    { key: "shots", head: "shots (median)", cell: ({ after }) => count(after.median_shots) },
    { key: "chance", head: "chance", cell: ({ task }) => score(task.chance) },
    { key: "majority", head: "majority", cell: ({ after }) => score(after.majority_share) },
  ];
}

function aloneColumns(tasks: readonly TaskView[]): SummaryColumn[] {
  const shown = tasks.map(({ after }) => shownInterval(after.level));
  return filled(tasks, [
    ...leading(),
    {
      key: "mean",
      head: "mean",
      brackets: intervalHead(shown),
      cell: ({ after: { level } }) => figure(level.mean, score(level.mean), boundsOf(level, shown)),
    },
    { key: "sd", head: "SD", brackets: "95 %", cell: ({ after }) => sdCell(after.sensitivity.probability) },
    { key: "raw_sd", head: "raw SD", cell: ({ after }) => plain(after.sensitivity.probability?.raw_sd) },
    {
      key: "contrast",
      head: "contrast",
      brackets: "95 %, new wordings and rows",
      cell: ({ after }) => contrastCell(after),
    },
    { key: "total_sd", head: "SD with presentations", brackets: "95 %", cell: ({ after }) => totalCell(after) },
    { key: "pss", head: "PSS", cell: ({ after }) => plain(after.pss?.value) },
    { key: "one_answer", head: "one answer", cell: ({ after }) => oneAnswer(after) },
    {
      key: "range",
      head: "worst – best",
      cell: ({ after: { range, prompts } }) =>
        prompts.length < 2
          ? plain(null)
          : { text: `${score(range.worst)} – ${score(range.best)}`, beside: "", sort: range.worst },
    },
    { key: "label_mass", head: "label mass", cell: ({ after }) => plain(after.scorer.label_mass?.mean) },
  ]);
}

function pairColumns(tasks: readonly TaskView[]): SummaryColumn[] {
  const shown = tasks.flatMap(({ comparison }) => (comparison === null ? [] : [shownInterval(comparison.level)]));
  const of = (cell: (one: Comparison, task: TaskView) => SummaryCell | string) => (task: TaskView) =>
    task.comparison === null ? UNKNOWN : cell(task.comparison, task);
  const before = { side: "before" } as const;
  const after = { side: "after" } as const;
  const mean = (value: number, level: TaskAtCheckpoint | null) => ({
    text: score(value),
    beside: `± ${level?.level.item_stderr == null ? "?" : score(level.level.item_stderr)}`,
    sort: value,
  });
  const arrow = (x: number | null | undefined, y: number | null | undefined, write = score): SummaryCell => ({
    text: `${write(x)} → ${write(y)}`,
    beside: "",
    sort: y ?? null,
  });
  return filled(tasks, [
    ...leading(),
    { key: "mean", head: "mean before", ...before, cell: of((one, task) => mean(one.level.before, task.before)) },
    { key: "mean", head: "mean after", ...after, cell: of((one, task) => mean(one.level.after, task.after)) },
    {
      key: "change",
      head: "change",
      brackets: intervalHead(shown),
      cell: of(({ level }) => figure(level.change, signed(level.change), boundsOf(level, shown, signed))),
    },
    { key: "sd", head: "SD before", brackets: "95 %", ...before, cell: of((one, task) => sdsOf(one, task)[0]) },
    { key: "sd", head: "SD after", brackets: "95 %", ...after, cell: of((one, task) => sdsOf(one, task)[1]) },
    { key: "sd_change", head: "SD change", brackets: "95 %", cell: of(({ sensitivity: { probability } }) => interval(probability?.sd_change_interval, signed) || UNKNOWN) },
    { key: "raw_sd", head: "raw SD", cell: of(({ sensitivity: { probability } }) => arrow(probability?.raw_sd_before, probability?.raw_sd_after)) },
    { key: "contrast", head: "contrast", brackets: "change, 95 %, new wordings and rows", cell: of(({ contrast }) => ({ ...arrow(contrast?.before, contrast?.after, signed), beside: interval(contrast?.interval, signed) })) },
    { key: "total_sd", head: "SD with presentations", brackets: "change, 95 %", cell: of(({ total }) => ({ ...arrow(total?.probability?.sd_before, total?.probability?.sd_after), beside: interval(total?.probability?.sd_change_interval, signed) })) },
    { key: "range", head: "worst", cell: (task) => arrow(task.before?.range.worst, task.after.range.worst) },
    { key: "pss", head: "PSS", cell: of(({ pss }) => (pss === null ? UNKNOWN : arrow(pss.before, pss.after))) },
    { key: "one_answer", head: "one answer", cell: (task) => `${task.before === null ? UNKNOWN : oneAnswer(task.before)} → ${oneAnswer(task.after)}` },
    { key: "verdict", head: "SD changed?", cell: of(({ verdict, sensitivity: { logit } }) => ({ text: verdict, beside: logit?.p_holm == null ? "" : pValue(logit.p_holm) })) },
  ]); // prettier-ignore
}

function size({ after, comparison }: TaskView): SummaryCell {
  const prompts = comparison?.prompts.length ?? after.prompts.length;
  const items = comparison?.items ?? after.items;
  return { text: `${prompts} × ${items ?? "?"}`, beside: "", sort: prompts * (items ?? 1) };
}

function count(value: number | null): SummaryCell {
  return { text: value === null ? UNKNOWN : String(value), beside: "", sort: value };
}

function plain(value: number | null | undefined): SummaryCell {
  return { text: score(value), beside: "", sort: value ?? null };
}

function figure(value: number, text: string, beside: string): SummaryCell {
  return { text, beside, sort: value };
}

function boundsOf(
  level: Parameters<typeof shownInterval>[0],
  shown: readonly ShownInterval[],
  write: (value: number) => string = score,
): string {
  const own = shownInterval(level);
  return `${interval(own.interval, write)}${intervalMark(own, shown)}`;
}

/**
 * Writes an SD: one whose interval begins at 0 is only known to be below something; of means alone it lies between that
 * without any noise and that with all noise of the rows, and is none at all where the former is 0.
 */
export function sdCell(sd: SensitivityRecord | null): SummaryCell {
  if (sd === null) return plain(null);
  const { corrected_sd: value, raw_sd: raw, interval: range, noise } = sd;
  return sdWithNoise(value, raw, range, noise);
}

/** Writes an SD and its interval as one text. */
export function writtenSd(sd: SensitivityRecord | null): string {
  const { text, beside } = sdCell(sd);
  return `${text} ${beside}`.trimEnd();
}

/** Writes the SD over these presentations likewise. */
export function totalCell({ presentations: own, sensitivity }: TaskAtCheckpoint): SummaryCell {
  if (own === null) return plain(null);
  return sdWithNoise(own.total_sd, own.total_raw_sd, own.total_interval, sensitivity.probability?.noise ?? null);
}

function sdWithNoise(
  value: number | null,
  raw: number | null,
  range: IntervalRecord | null,
  noise: SensitivityRecord["noise"],
): SummaryCell {
  const { text, beside } = sdFigure(value, range);
  if (noise !== "independent") return { text, beside, sort: value };
  const between = sdBetween(value, raw);
  if (between !== null) return { text: between, beside, sort: value };
  const below = range?.low === 0 && range.high !== null ? `below ${score(range.high)}` : UNKNOWN;
  return { text: below, beside: "", sort: value };
}

/** Writes the SDs before and after. */
export function sdsOf(one: Comparison, { before, after }: TaskView): readonly [SummaryCell, SummaryCell] {
  const { probability } = one.sensitivity;
  return [
    sdBeside(one, probability?.sd_before, probability?.raw_sd_before, before),
    sdBeside(one, probability?.sd_after, probability?.raw_sd_after, after),
  ];
}

/**
 * Writes an SD beside its interval, which is that of the checkpoint, and is left out where the two share only some of
 * its prompts.
 */
function sdBeside(
  one: Comparison,
  value: number | null | undefined,
  raw: number | null | undefined,
  level: TaskAtCheckpoint | null,
): SummaryCell {
  const own = level?.prompts.length === one.prompts.length ? level.sensitivity.probability : null;
  if (own !== null) return sdCell({ ...own, corrected_sd: value ?? own.corrected_sd });
  const text = areLowerBounds(one.sensitivity.probability) ? (sdBetween(value, raw) ?? UNKNOWN) : score(value);
  return { ...plain(value), text };
}

function contrastCell({ presentations }: TaskAtCheckpoint): SummaryCell {
  const own = presentations?.contrast ?? null;
  return own === null ? plain(null) : figure(own.value, signed(own.value), interval(own.interval, signed));
}
