/** Lists the cells of the experiment by name. */

import type { TableCell } from "../../importers/long-table.js";

/** Lists the checkpoints in the order of their pre-training. */
export const POINTS = ["step1000", "step18000", "step342000", "step424000", "step505000", "step592000", "step738000", "main"]; // prettier-ignore

/** Shots of the experiment. */
const SHOTS = 4;

export const PROMPTS = ["default", "instruct", "io"];

interface PaperCell {
  readonly value: number;
  /** Standard error; null where it is neither given nor known from the number of rows. */
  readonly stderr: number | null;
}

export type Lookup = (point: string, sftTask: string | null, task: string, prompt?: string) => PaperCell | undefined;

export function lookupIn(cells: readonly TableCell[]): Lookup {
  const known = new Map<string, PaperCell>();
  const key = (...names: (string | null)[]) => JSON.stringify(names);
  for (const cell of cells) {
    if (cell.shots !== SHOTS) continue;
    const { value, std, n } = cell;
    const stderr = std ?? (n === null || cell.metric !== "acc" ? null : Math.sqrt((value * (1 - value)) / n));
    known.set(key(cell.checkpoint, cell.sft_task, cell.task, cell.prompt), { value, stderr });
  }
  return (point, sftTask, task, prompt = "default") => known.get(key(point, sftTask, task, prompt));
}

/** Holds one dataset before and after one fine-tuning at one checkpoint, default prompt. */
export interface PaperChange {
  readonly point: string;
  readonly sftTask: string;
  readonly task: string;
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** As if the two were scored on different rows: never too small. */
  readonly stderr: number | null;
}

export function changeAt(lookup: Lookup, point: string, sftTask: string, task: string): PaperChange | undefined {
  const [before, after] = [lookup(point, null, task), lookup(point, sftTask, task)];
  if (before === undefined || after === undefined) return undefined;
  const stderr = before.stderr === null || after.stderr === null ? null : Math.hypot(before.stderr, after.stderr);
  return { point, sftTask, task, before: before.value, after: after.value, change: after.value - before.value, stderr };
}

/** Changes of a dataset at all checkpoints that have both scores. */
export function changesOf(lookup: Lookup, sftTask: string, task: string): PaperChange[] {
  return POINTS.flatMap((point) => changeAt(lookup, point, sftTask, task) ?? []);
}
