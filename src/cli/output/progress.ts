/** Shows how far a run is: a bar with rate and time left on a terminal, one line per finished cell elsewhere. */

import { SingleBar } from "cli-progress";
import type { EvaluateEvent, FinishedCell } from "../../library/evaluate-events.js";
import { counted } from "../../base/wording.js";
import { shownStderr } from "../../analysis/parts/few-rows.js";
import { isShareName } from "../../metrics/registry.js";
import type { Console } from "./console.js";
import { inSeconds, withError } from "../../base/numbers.js";

export interface ProgressDisplay {
  readonly show: (event: EvaluateEvent) => void;
  readonly stop: () => void;
}

export function showProgress(console: Console): ProgressDisplay {
  return console.interactive ? bar(console) : lines(console);
}

function bar(console: Console): ProgressDisplay {
  const display = new SingleBar({
    // A narrow terminal cuts the end: what matters most stands first.
    format: "{percentage}% | {eta_formatted} left | {value}/{total} rows | {rate} tokens/s | cell {cell} {what}",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 200,
    formatTime: timeLeft,
  });
  let started: number | undefined;
  let doneRows = 0;
  let tokens = 0;
  const rate = (current: number) =>
    Math.round(((tokens + current) / (performance.now() - (started ?? 0))) * 1000).toLocaleString("en");
  const show = (event: EvaluateEvent) => {
    switch (event.kind) {
      case "note":
        if (started === undefined) console.info(event.text);
        else display.update(doneRows, { what: event.text });
        return;
      case "start":
        started = performance.now();
        display.start(event.rows, 0, { cell: "", what: "", rate: "–" });
        return;
      case "cell":
        display.update(doneRows, {
          cell: `${event.done + 1}/${event.total}`,
          what: `${event.checkpoint} ${event.task}/${event.prompt}`,
        });
        return;
      case "rows":
        display.update(doneRows + event.rows, { rate: rate(event.tokens) });
        return;
      case "finished":
        doneRows += event.rows;
        tokens += event.reused ? 0 : event.tokens;
        display.update(doneRows);
    }
  };
  return {
    show,
    stop: () => {
      display.stop();
    },
  };
}

/**
 * Writes seconds as 9s, 2m05s or 1h05m.
 * @param seconds a word of the library's where there is no estimate yet
 */
export function timeLeft(seconds: number | string): string {
  if (typeof seconds !== "number") return "–";
  const [most, least] = seconds < 3600 ? [seconds / 60, seconds % 60] : [seconds / 3600, (seconds % 3600) / 60];
  const padded = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (seconds < 60) return `${Math.ceil(seconds)}s`;
  return `${Math.floor(most)}${seconds < 3600 ? "m" : "h"}${padded(least)}${seconds < 3600 ? "s" : "m"}`;
}

function lines(console: Console): ProgressDisplay {
  let [done, total, reused] = [0, 0, 0];
  // One line for all in a row: a sweep that goes on may have thousands.
  const tellReused = () => {
    if (reused > 0) console.info(`[${done}/${total}] ${counted(reused, "cell")} of an earlier run reused`);
    reused = 0;
  };
  const show = (event: EvaluateEvent) => {
    switch (event.kind) {
      case "note":
        tellReused();
        console.info(event.text);
        return;
      case "cell":
        tellReused();
        return;
      case "finished":
        ({ done, total } = event);
        if (event.reused) reused++;
        else console.info(`[${done}/${total}] ${describe(event)}`);
    }
  };
  return { show, stop: tellReused };
}

function describe({ checkpoint, task, prompt, score, error, metric, seconds, tokens }: FinishedCell): string {
  const name = `${checkpoint} ${task}/${prompt}`;
  if (error !== undefined) return `${name}: failed: ${error}`;
  if (score === undefined) return `${name}: ${metric} is not defined for these answers`;
  const { mean, n } = score;
  const rate = Math.round(tokens / Math.max(0.001, seconds)).toLocaleString("en");
  return `${name}: ${metric} ${withError(mean, shownStderr(score, isShareName(metric)))}, ${n} rows, ${inSeconds(seconds)}, ${rate} tokens/s`;
}
