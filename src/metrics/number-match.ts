/** Decides whether a generated text is the right number. */

import { plainNumber } from "./extract.js";
import { textMetric } from "./text.js";

/**
 * Returns 1 where both texts are the same number, however it is written ("1,250" and "1250.0"), else 0. A text with
 * anything beside a number is none: let the task extract it.
 */
export function numberMatchOf(target: string, text: string): number {
  const wanted = plainNumber(target);
  return Number(wanted !== undefined && wanted === plainNumber(text));
}

export const numberMatch = textMetric({
  name: "number_match",
  title: "the right number",
  binary: true,
  compare: numberMatchOf,
});
