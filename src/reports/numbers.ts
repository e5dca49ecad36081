/** Figures as the reports write them: the same number looks the same everywhere. */

import type { IntervalRecord, TaskAtCheckpoint } from "../analysis/document/document.js";

const MINUS = "−";

/** A score in [0, 1], a standard deviation or an error, to three decimals; a dash where it is not known. */
export function score(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(3);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** A change, always with its sign. */
export function signed(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(3);
  if (Number(text) === 0) return text;
  return (value < 0 ? MINUS : "+") + text;
}

/** `0.512 ± 0.013`: a mean and its standard error. */
export function withError(value: number, stderr: number | null | undefined): string {
  return `${score(value)} ± ${stderr === null || stderr === undefined ? "?" : score(stderr)}`;
}

/** `[0.48, 0.54]`; an end that is infinite is written so. */
export function interval(bounds: IntervalRecord | null | undefined, write: (value: number) => string = score): string {
  if (bounds === null || bounds === undefined) return "";
  const low = bounds.low === null ? `${MINUS}∞` : write(bounds.low);
  const high = bounds.high === null ? "∞" : write(bounds.high);
  return `[${low}, ${high}]`;
}

/** `p = 0.031`, `p < 0.001`. */
export function pValue(p: number | null | undefined): string {
  if (p === null || p === undefined) return "p –";
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

/** 0.123 as `12 %`. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  return `${Math.round(100 * share)} %`;
}

/** Steps of pre-training: `1,000`, `738k`. */
export function steps(step: number | null): string {
  if (step === null) return "–";
  return step >= 10_000 && step % 1000 === 0 ? `${step / 1000}k` : step.toLocaleString("en");
}

/** The beginning and the end of a name that is too long for its place. */
export function shortened(name: string, longest: number): string {
  const characters = Array.from(name);
  if (characters.length <= longest) return name;
  const tail = Math.floor((longest - 1) / 2);
  return `${characters.slice(0, longest - 1 - tail).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

/** "2 of 3": prompts that answer nearly all rows alike; a dash where answers are no labels of the task. */
export function oneAnswer({ answers, prompts }: TaskAtCheckpoint): string {
  const count = answers?.one_answer_prompts ?? null;
  return count === null ? "–" : `${count} of ${prompts.length}`;
}
