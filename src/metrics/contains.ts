/** Decides whether a generated text holds the right answer. */

import { normalAnswer } from "./exact-match.js";
import { textMetric } from "./text.js";

/**
 * Returns 1 where the words of the target stand in the text one after another, else 0; both as {@link normalAnswer}. A
 * target without words is found in a text without words only. Writing without spaces between words counts as one word.
 */
export function containsOf(target: string, text: string): number {
  const [wanted, given] = [normalAnswer(target), normalAnswer(text)];
  return Number(wanted === "" ? given === "" : ` ${given} `.includes(` ${wanted} `));
}

export const contains = textMetric({
  name: "contains",
  title: "contains the right answer",
  binary: true,
  compare: containsOf,
});
