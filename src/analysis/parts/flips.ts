/** Counts answers that change, whatever is right. */

import type { AnswerGrid } from "../../statistics/sensitivity.js";
import type { Flips } from "../document/document.js";
import type { Answers, Measured } from "../read/input.js";
import { flipsWithin } from "../read/remembered.js";

/**
 * @param b indices of the shared prompts before
 * @param a indices of the same prompts after
 * @returns null for free text, or fewer than two prompts
 */
export function flipsOf(before: Measured, after: Measured, b: readonly number[], a: readonly number[]): Flips | null {
  const [x, y] = [before.scores?.answers, after.scores?.answers];
  if (!x || !y || b.length < 2) return null;
  const [own, tuned] = [chosenAnswers(x, b), chosenAnswers(y, a)];
  let changed = 0;
  own.answers.forEach((answer, at) => (changed += answer === tuned.answers[at] ? 0 : 1));
  return { before: flipsWithin(own).mean, after: flipsWithin(tuned).mean, across: changed / own.answers.length };
}

function chosenAnswers(all: Answers, chosen: readonly number[]): AnswerGrid {
  if (chosen.length === all.prompts && chosen.every((p, at) => p === at)) return all;
  const { items, answers, labels } = all;
  const out = new Int32Array(chosen.length * items);
  chosen.forEach((p, at) => {
    out.set(answers.subarray(p * items, (p + 1) * items), at * items);
  });
  return { prompts: chosen.length, items, answers: out, labels };
}
