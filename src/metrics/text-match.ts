/** How near a generated text is to one that is right, besides ROUGE-L. */

import { rougeTokens, scoreOf, timesOf, type RougeScore } from "./rouge.js";

/**
 * Text as SQuAD compares it: lower case, without ASCII punctuation, without the articles a, an and the, single spaces.
 * Source: Rajpurkar et al. 2016, the normalize_answer of their evaluation script.
 */
export function normalAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, "")
    .replace(/\b(?:a|an|the)\b/g, " ")
    .split(/\s+/)
    .filter((word) => word !== "")
    .join(" ");
}

/** 1 where both are the same as {@link normalAnswer}, else 0. */
export function exactMatch(target: string, text: string): number {
  return Number(normalAnswer(target) === normalAnswer(text));
}

/** F1 of the words that both have in common, counted as often as in both, in [0, 1]. Source: as normalAnswer. */
export function tokenF1(target: string, text: string): number {
  const [a, b] = [target, text].map((side) =>
    normalAnswer(side)
      .split(" ")
      .filter((word) => word !== ""),
  ) as [string[], string[]];
  if (a.length === 0 || b.length === 0) return Number(a.length === b.length);
  return overlap(a, b).f1;
}

/**
 * ROUGE-N: overlap of the multisets of n-grams of tokens; all zero when either side has none.
 * Source: Lin 2004; tokens and argument order as rouge_score's `score(target, prediction)`, without stemming.
 */
export function rougeN(n: number, target: string, prediction: string): RougeScore {
  const grams = (text: string) => {
    const tokens = rougeTokens(text);
    return tokens.slice(n - 1).map((_, i) => tokens.slice(i, i + n).join(" "));
  };
  return overlap(grams(target), grams(prediction));
}

function overlap(target: readonly string[], prediction: readonly string[]): RougeScore {
  const left = timesOf(target);
  let common = 0;
  for (const item of prediction) {
    const count = left.get(item) ?? 0;
    if (count > 0) common++;
    left.set(item, count - 1);
  }
  return scoreOf(common, target.length, prediction.length);
}
