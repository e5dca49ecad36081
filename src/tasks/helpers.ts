/** Small steps that several tasks share when they turn a row into an example. */

import { UserError } from "../base/errors.js";

/** Answers as the experiment writes them: `Answer A: … Answer B: …`; a single answer stands alone. Duplicates count once. */
export function answerList(answers: readonly string[]): string {
  const distinct = [...new Set(answers)];
  if (distinct.length === 1) return distinct[0] as string;
  return distinct.map((answer, i) => `Answer ${String.fromCharCode(65 + i)}: ${answer}`).join(" ");
}

/**
 * Index of the right choice.
 * @param labels the row's own labels, e.g. A-D or 1-4
 * @throws UserError when the key is none of them
 */
export function keyIndex(labels: readonly string[], key: string): number {
  const index = labels.indexOf(key);
  if (index < 0) throw new UserError(`answerKey "${key}" is none of the labels ${labels.join(", ")}`);
  return index;
}
