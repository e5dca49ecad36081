/** Computes chrF of a generated text and one that is right. */

import { common, runs } from "./bleu.js";
import { textMetric } from "./text.js";
import { WORDS_APART } from "./words.js";

/** Counts characters up to this many together, without white space. */
const LONGEST = 6;

/** Weighs recall twice as much as precision. */
const BETA = 2;

const signsOf = (text: string) => Array.from(text.split(WORDS_APART).join(""));

/**
 * Returns chrF2 of one sentence, in [0, 1]: F of the mean precision and the mean recall of runs of one to six
 * characters, over the lengths that both texts have. Source: Popović 2015; Post 2018, sacreBLEU's sentence_chrf.
 */
export function chrfOf(target: string, text: string): number {
  const [right, given] = [signsOf(target), signsOf(text)];
  const longest = Math.min(LONGEST, right.length, given.length);
  if (longest === 0) return 0;
  let [precision, recall] = [0, 0];
  for (let length = 1; length <= longest; length++) {
    const hits = common(runs(given, length), runs(right, length));
    precision += hits / (given.length - length + 1) / longest;
    recall += hits / (right.length - length + 1) / longest;
  }
  if (precision + recall === 0) return 0;
  return Math.min(1, ((1 + BETA ** 2) * precision * recall) / (BETA ** 2 * precision + recall));
}

export const sentenceChrf = textMetric({
  name: "sentence_chrf",
  title: "chrF of sentences",
  lmEval: "chrf",
  compare: chrfOf,
});
