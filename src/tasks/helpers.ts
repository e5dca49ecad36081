/** Takes small steps that several tasks share when they turn a row into an example. */

import { UserError } from "../base/errors.js";
import { randomStream, shuffled } from "../base/random.js";

/**
 * Writes answers as the experiment does: `Answer A: … Answer B: …`; a single answer stands alone. Duplicates count
 * once.
 * @param answers one or more
 */
export function answerList(answers: readonly string[]): string {
  const distinct = [...new Set(answers)];
  if (distinct.length === 1) return distinct[0] as string;
  return distinct.map((answer, i) => `Answer ${String.fromCharCode(65 + i)}: ${answer}`).join(" ");
}

/**
 * Returns the index of the right choice.
 * @param labels the row's own labels, e.g. A-D or 1-4
 * @param key the label that the row calls right
 * @returns a number from 0
 * @throws UserError when the key is none of them
 */
export function keyIndex(labels: readonly string[], key: string): number {
  const index = labels.indexOf(key);
  if (index < 0) throw new UserError(`answerKey "${key}" is none of the labels ${labels.join(", ")}`);
  return index;
}

/**
 * Puts a row's choices into an order that tells nothing of the right one, for datasets that store it in a fixed place.
 * The order is drawn from the texts alone: a row has the same one in every run, split and prompt.
 * @param question names the row beside its choices
 * @param gold index of the right choice as the dataset stores them
 */
export function inDrawnOrder(
  question: string,
  choices: readonly string[],
  gold: number,
): { readonly choices: readonly string[]; readonly gold: number } {
  const positions = shuffled([...choices.keys()], randomStream("choices", question, ...choices));
  return { choices: positions.map((position) => choices[position] as string), gold: positions.indexOf(gold) };
}
