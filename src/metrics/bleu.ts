/** Computes BLEU of a generated text and one that is right. */

import { textMetric } from "./text.js";
import { WORDS_APART } from "./words.js";

/** Counts words up to this many together. */
const LONGEST = 4;

/** Parts signs from words as the script mteval-v13a of NIST does. */
const PARTED: readonly (readonly [RegExp, string])[] = [
  [/([{-~[-` -&(-+:-@/])/g, " $1 "],
  [/([^0-9])([.,])/gu, "$1 $2 "],
  [/([.,])([^0-9])/gu, " $1 $2"],
  [/([0-9])(-)/g, "$1 $2 "],
];

function wordsOf(text: string): string[] {
  const joined = text.trimEnd().replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  const written = joined
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  const parted = PARTED.reduce((left, [pattern, by]) => left.replace(pattern, by), ` ${written} `);
  return parted.split(WORDS_APART).filter((word) => word !== "");
}

/** Counts runs of so many items. */
export function runs(items: readonly string[], length: number): Map<string, number> {
  const found = new Map<string, number>();
  for (let i = 0; i + length <= items.length; i++) {
    const run = items.slice(i, i + length).join("\u0000");
    found.set(run, (found.get(run) ?? 0) + 1);
  }
  return found;
}

/** Counts the runs that both have, each as often as both do. */
export function common(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [run, times] of a) sum += Math.min(times, b.get(run) ?? 0);
  return sum;
}

/**
 * Returns BLEU of one sentence, in [0, 1]: the geometric mean of the shares of runs of one to four words that the right
 * text has, too, over the lengths that the text has, times exp(1 - r/h) where it is shorter. A share of 0 counts as
 * half, a quarter, … of one run. Source: Papineni et al. 2002; Post 2018, sacreBLEU's sentence_bleu (13a, exp).
 */
export function bleuOf(target: string, text: string): number {
  const [right, given] = [wordsOf(target), wordsOf(text)];
  const orders = Array.from({ length: Math.min(LONGEST, given.length) }, (_, i) => i + 1);
  const hits = orders.map((order) => common(runs(given, order), runs(right, order)));
  if (!hits.some((count) => count > 0)) return 0;
  let halves = 1;
  const logs = orders.map((order, i) => {
    const hit = hits[i] as number;
    if (hit === 0) halves *= 2;
    return Math.log((hit === 0 ? 1 / halves : hit) / (given.length - order + 1));
  });
  const brevity = given.length < right.length ? Math.exp(1 - right.length / given.length) : 1;
  return Math.min(1, brevity * Math.exp(logs.reduce((sum, one) => sum + one, 0) / orders.length));
}

export const sentenceBleu = textMetric({
  name: "sentence_bleu",
  title: "BLEU of sentences",
  lmEval: "bleu",
  compare: bleuOf,
});
