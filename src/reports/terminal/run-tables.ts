/** Writes the checkpoints of long training runs as the rows of one table each. */

import pc from "picocolors";
import type { AnalysedCheckpoint } from "../../analysis/document/document.js";
import { wrapped } from "../../base/wording.js";
import { promptMatters, pValues } from "../headline.js";
import type { TaskView } from "../view.js";
import { lineWidth } from "./terminal-table.js";

/** Sets how many checkpoints of one run have a table each. */
const MOST_TABLES = 8;
/** Sets the most rows of a run's table. */
const MOST_ROWS = 16;

/** Holds a checkpoint that is in no pair, with its tasks. */
export interface AloneCheckpoint {
  readonly checkpoint: AnalysedCheckpoint;
  readonly tasks: readonly TaskView[];
}

/** Holds a run with so many checkpoints that they share a table. */
export interface LongRun {
  readonly run: string;
  /** In the order of training. */
  readonly checkpoints: readonly AloneCheckpoint[];
}

/** Parts the checkpoints of long runs from the others; both keep their order. */
export function longRuns(alone: readonly AloneCheckpoint[]): {
  readonly runs: readonly LongRun[];
  readonly others: readonly AloneCheckpoint[];
} {
  const byRun = new Map<string, AloneCheckpoint[]>();
  for (const one of alone) {
    const { run, step, tokens } = one.checkpoint;
    if (run !== null && (step !== null || tokens !== undefined)) byRun.set(run, [...(byRun.get(run) ?? []), one]);
  }
  const runs = [...byRun].flatMap(([run, checkpoints]) => (checkpoints.length > MOST_TABLES ? [{ run, checkpoints }] : [])); // prettier-ignore
  const inRuns = new Set(runs.flatMap(({ checkpoints }) => checkpoints));
  return { runs, others: alone.filter((one) => !inRuns.has(one)) };
}

/**
 * Writes one table for each task of a run; where there are many checkpoints it leaves out as many between any two rows.
 * @param table writes the rows, whose first column are the checkpoints' names
 */
export function runTables(
  { run, checkpoints }: LongRun,
  width: number,
  table: (first: string, names: readonly string[], rows: readonly TaskView[]) => string,
): string[] {
  const tasks = [...new Set(checkpoints.flatMap(({ tasks: own }) => own.map(({ task }) => task.name)))];
  return tasks.map((name) => {
    const rows = checkpoints.flatMap(({ tasks: own }) => own.filter(({ task }) => task.name === name));
    const shown = spaced(rows);
    const matter = rows.filter(({ after }) => promptMatters(after)).length;
    const tested = rows.filter(({ after }) => pValues(after).length > 0).length;
    const chance = tested < 20 ? "fewer than 1" : `about ${Math.round(tested / 20)}`;
    const said =
      tested === 0
        ? "How much the prompt matters cannot be told: the noise of the rows is not known."
        : `On ${matter} of ${tested} checkpoints the prompt makes a difference of the score beyond the noise of the rows (each at the 5 % level: ${chance} by chance alone).`;
    const left = rows.length - shown.length;
    return [
      `${pc.bold(run)}  ${name}`,
      ...wrapped(said, lineWidth(width)),
      table("checkpoint", shown.map(({ view }) => view.after), shown),
      ...(left === 0 ? [] : [pc.dim(`  ${shown.length} of ${rows.length} checkpoints; the JSON document has all`)]),
    ].join("\n"); // prettier-ignore
  });
}

/** Picks rows at even distances, the first and the last among them. */
function spaced<T>(rows: readonly T[]): readonly T[] {
  if (rows.length <= MOST_ROWS) return rows;
  const at = Array.from({ length: MOST_ROWS }, (_, k) => Math.round((k * (rows.length - 1)) / (MOST_ROWS - 1)));
  return at.map((k) => rows[k] as T);
}
