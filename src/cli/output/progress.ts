/** How far a run is: a bar with rate and time left on a terminal, one line per finished cell elsewhere. */

import { SingleBar } from "cli-progress";
import { estimateMean } from "../../statistics/uncertainty.js";
import { groupsOf, type Cell, type CellResult, type Shard } from "../../study/cell.js";
import type { Plan } from "../../study/plan.js";
import type { RunEvents } from "../../study/run.js";
import { counted } from "../../base/wording.js";
import type { Console } from "./console.js";

export interface ProgressDisplay extends RunEvents {
  readonly stop: () => void;
}

/** @param shard the part of the cells that is run */
export function showProgress(plan: Plan, shard: Shard | undefined, console: Console): ProgressDisplay {
  const cells = groupsOf(plan, shard).flatMap((group) => group.cells);
  return console.interactive ? bar(cells) : lines(cells.length, console);
}

function bar(cells: readonly Cell[]): ProgressDisplay {
  const rows = cells.reduce((sum, { task }) => sum + task.rows.items.length, 0);
  const display = new SingleBar({
    format: "{bar} {percentage}% | cell {cell} {what} | {value}/{total} rows | {rate} tokens/s | {eta_formatted} left",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 200,
    formatTime: timeLeft,
  });
  const started = performance.now();
  let doneRows = 0;
  let tokens = 0;
  const rate = (current: number) =>
    Math.round(((tokens + current) / (performance.now() - started)) * 1000).toLocaleString("en");
  display.start(rows, 0, { cell: "", what: "", rate: "–" });
  return {
    onDownload: (line) => {
      display.update(doneRows, { what: line });
    },
    onCell: ({ checkpoint, task, prompt, done, total }) => {
      display.update(doneRows, { cell: `${done + 1}/${total}`, what: `${checkpoint} ${task}/${prompt}` });
    },
    onProgress: (progress) => {
      display.update(doneRows + progress.done, { rate: rate(progress.tokens) });
    },
    onFinished: (result) => {
      doneRows += result.cell.task.rows.items.length;
      tokens += result.reused ? 0 : result.outcome.tokens;
      display.update(doneRows);
    },
    stop: () => {
      display.stop();
    },
  };
}

/**
 * Seconds as 9s, 2m05s or 1h05m.
 * @param seconds a word of the library's where there is no estimate yet
 */
export function timeLeft(seconds: number | string): string {
  if (typeof seconds !== "number") return "–";
  const [most, least] = seconds < 3600 ? [seconds / 60, seconds % 60] : [seconds / 3600, (seconds % 3600) / 60];
  const padded = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (seconds < 60) return `${Math.ceil(seconds)}s`;
  return `${Math.floor(most)}${seconds < 3600 ? "m" : "h"}${padded(least)}${seconds < 3600 ? "s" : "m"}`;
}

function lines(total: number, console: Console): ProgressDisplay {
  let done = 0;
  let reused = 0;
  // One line for all in a row: a sweep that goes on may have thousands.
  const tellReused = () => {
    if (reused > 0) console.info(`[${done}/${total}] ${counted(reused, "cell")} of an earlier run reused`);
    reused = 0;
  };
  return {
    onDownload: (line) => {
      tellReused();
      console.info(line);
    },
    onCell: tellReused,
    onProgress: () => undefined,
    onFinished: (result) => {
      done++;
      if (result.reused) reused++;
      else console.info(`[${done}/${total}] ${describe(result)}`);
    },
    stop: tellReused,
  };
}

function describe({ cell: { checkpoint, task, variant }, outcome }: CellResult): string {
  const name = `${checkpoint.given.name} ${task.rows.task.name}/${variant.id}`;
  const { record, scores, seconds, tokens } = outcome;
  if (scores === undefined) return `${name}: failed: ${String(record.error)}`;
  const { metric } = task.rows.task;
  const { mean, stderr, n } = estimateMean(scores);
  const rate = Math.round(tokens / Math.max(0.001, seconds)).toLocaleString("en");
  const error = stderr === null ? "?" : stderr.toFixed(3);
  return `${name}: ${metric} ${mean.toFixed(3)} ± ${error}, ${n} rows, ${seconds.toFixed(1)} s, ${rate} tokens/s`;
}
