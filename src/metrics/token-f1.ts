/** Computes F1 of the words of a generated text, as SQuAD counts them. */

import { normalAnswer } from "./exact-match.js";
import { overlap } from "./rouge.js";
import { textMetric } from "./text.js";

/**
 * Returns the F1 of the words that both have in common, counted as often as in both, in [0, 1]; 1 where neither has a
 * word. Source: Rajpurkar et al. 2018, compute_f1 of the evaluation script of SQuAD 2.0.
 */
export function tokenF1Of(target: string, text: string): number {
  const [a, b] = [target, text].map((side) =>
    normalAnswer(side)
      .split(" ")
      .filter((word) => word !== ""),
  ) as [string[], string[]];
  if (a.length === 0 || b.length === 0) return Number(a.length === b.length);
  return overlap(a, b).f1;
}

export const tokenF1 = textMetric({ name: "f1", title: "token F1 (SQuAD's normalisation)", compare: tokenF1Of });
