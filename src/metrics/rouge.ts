/** Computes ROUGE-N, ROUGE-L and ROUGE-Lsum as google-research/rouge does without stemming. */

import { textMetric } from "./text.js";

/**
 * Splits a text into lower-cased runs of a-z and 0-9; every other character separates. Source: google-research/rouge,
 * tokenize.py with use_stemmer=False.
 */
export function rougeTokens(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** Holds precision, recall and F1, each in [0, 1]. */
export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Computes ROUGE-L: L is the length of the longest common subsequence of the token lists; P = L / |prediction|, R = L /
 * |target|, F1 = 2PR / (P + R). All zero when either side is empty. Source: Lin 2004 (ROUGE); argument order as
 * rouge_score's `score(target, prediction)`.
 */
export function rougeL(target: string, prediction: string): RougeScore {
  const [a, b] = [rougeTokens(target), rougeTokens(prediction)];
  return scoreOf(longestCommonSubsequence(a, b), a.length, b.length);
}

/** Computes P = common / prediction, R = common / target, F1 = 2PR / (P + R); all zero where nothing is in common. */
export function scoreOf(common: number, target: number, prediction: number): RougeScore {
  if (common === 0) return { precision: 0, recall: 0, f1: 0 };
  const [precision, recall] = [common / prediction, common / target];
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) };
}

/**
 * Computes ROUGE-Lsum, ROUGE-L of texts whose lines are sentences: a target sentence's hits are its tokens in the union
 * of its longest common subsequences with every sentence of the prediction, each token counted at most as often as
 * either text has it; R = hits / tokens of the target, P = hits / tokens of the prediction. Source: Lin 2004, section
 * 3.2; line breaks, clipping and ties as rouge_score's rougeLsum.
 */
export function rougeLsum(target: string, prediction: string): RougeScore {
  const [targets, predictions] = [target, prediction].map((text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map(rougeTokens),
  ) as [string[][], string[][]];
  const [wanted, given] = [targets.flat(), predictions.flat()];
  const [left, right] = [timesOf(wanted), timesOf(given)];
  let hits = 0;
  for (const sentence of targets) {
    const union = new Set(predictions.flatMap((other) => commonPlaces(sentence, other)));
    for (const place of [...union].sort((a, b) => a - b)) {
      const token = sentence[place] as string;
      const [a, b] = [left.get(token) ?? 0, right.get(token) ?? 0];
      if (a === 0 || b === 0) continue;
      hits++;
      left.set(token, a - 1);
      right.set(token, b - 1);
    }
  }
  return scoreOf(hits, wanted.length, given.length);
}

/** Counts how often each item occurs. */
function timesOf(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** Finds the places in `a` of a longest common subsequence with `b`. Of several, the one rouge_score finds. */
function commonPlaces(a: readonly string[], b: readonly string[]): number[] {
  const rows = [new Uint32Array(b.length + 1)];
  for (const [i, item] of a.entries()) rows.push(nextRow(rows[i] as Uint32Array<ArrayBuffer>, item, b));
  const length = (i: number, j: number) => (rows[i] as Uint32Array)[j] as number;
  const places: number[] = [];
  for (let [i, j] = [a.length, b.length]; i > 0 && j > 0;) {
    if (a[i - 1] === b[j - 1]) {
      places.push(--i);
      j--;
    } else if (length(i, j - 1) > length(i - 1, j)) j--;
    else i--;
  }
  return places;
}

/** Computes the length of the longest common subsequence, in O(|a||b|) time and O(|b|) memory. */
export function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let previous = new Uint32Array(b.length + 1);
  for (const item of a) previous = nextRow(previous, item, b);
  return previous[b.length] as number;
}

/** Computes the lengths with the beginnings of `b`, after one more item of the other. */
function nextRow(previous: Uint32Array<ArrayBuffer>, item: string, b: readonly string[]): Uint32Array<ArrayBuffer> {
  const current = new Uint32Array(b.length + 1);
  for (let j = 1; j <= b.length; j++) {
    current[j] =
      item === b[j - 1] ? (previous[j - 1] as number) + 1 : Math.max(previous[j] as number, current[j - 1] as number);
  }
  return current;
}

/**
 * Returns ROUGE-N: overlap of the multisets of n-grams of tokens; all zero when either side has none.
 * Source: Lin 2004; tokens and argument order as rouge_score's `score(target, prediction)`, without stemming.
 */
export function rougeN(n: number, target: string, prediction: string): RougeScore {
  const grams = (text: string) => {
    const tokens = rougeTokens(text);
    return tokens.slice(n - 1).map((_, i) => tokens.slice(i, i + n).join(" "));
  };
  return overlap(grams(target), grams(prediction));
}

/** Counts the items that both lists have, each as often as in both. */
export function overlap(target: readonly string[], prediction: readonly string[]): RougeScore {
  const left = timesOf(target);
  let common = 0;
  for (const item of prediction) {
    const count = left.get(item) ?? 0;
    if (count > 0) common++;
    left.set(item, count - 1);
  }
  return scoreOf(common, target.length, prediction.length);
}

const variant = (
  name: string,
  title: string,
  lmEval: string,
  score: (target: string, prediction: string) => RougeScore,
) => {
  const compare = (target: string, text: string) => score(target, text).f1;
  return textMetric({ name, title: `${title} F1`, lmEval, tokens: rougeTokens, compare });
};

export const rouge1Metric = variant("rouge_1", "ROUGE-1", "rouge1", (target, text) => rougeN(1, target, text));
export const rouge2Metric = variant("rouge_2", "ROUGE-2", "rouge2", (target, text) => rougeN(2, target, text));
export const rougeLMetric = variant("rouge_l", "ROUGE-L", "rougeL", rougeL);
export const rougeLsumMetric = variant("rouge_lsum", "ROUGE-Lsum", "rougeLsum", rougeLsum);
