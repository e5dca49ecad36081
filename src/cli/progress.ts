/** How far a run is: a bar with rate and time left on a terminal, one line per finished cell elsewhere. */

import { SingleBar } from "cli-progress";
import { estimateMean } from "../metrics/uncertainty.js";
import type { CellResult } from "../study/cell.js";
import { cellCount, type Plan } from "../study/plan.js";
import type { RunEvents } from "../study/run.js";
import { counted } from "../wording.js";
import type { Console } from "./console.js";

export interface ProgressDisplay extends RunEvents {
  readonly stop: () => void;
}

export function showProgress(plan: Plan, console: Console): ProgressDisplay {
  return console.interactive ? bar(plan) : lines(plan, console);
}

function bar(plan: Plan): ProgressDisplay {
  const rows =
    plan.checkpoints.length * plan.tasks.reduce((sum, task) => sum + task.rows.items.length * task.variants.length, 0);
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
      doneRows += result.task.rows.items.length;
      tokens += result.rows === undefined || result.reused === true ? 0 : result.work.tokens;
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

function lines(plan: Plan, console: Console): ProgressDisplay {
  const total = cellCount(plan);
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
      if (result.reused === true) reused++;
      else console.info(`[${done}/${total}] ${describe(result)}`);
    },
    stop: tellReused,
  };
}

function describe({ checkpoint, task, variant, elapsed, ...outcome }: CellResult): string {
  const name = `${checkpoint.given.name} ${task.rows.task.name}/${variant.id}`;
  if (outcome.rows === undefined) return `${name}: failed: ${outcome.error}`;
  const { metric } = task.rows.task;
  const { mean, stderr, n } = estimateMean(outcome.rows.map((row) => row.metrics[metric] as number));
  const rate = Math.round(outcome.work.tokens / (Math.max(1, elapsed) / 1000)).toLocaleString("en");
  const error = stderr === null ? "?" : stderr.toFixed(3);
  return `${name}: ${metric} ${mean.toFixed(3)} ± ${error}, ${n} rows, ${(elapsed / 1000).toFixed(1)} s, ${rate} tokens/s`;
}
