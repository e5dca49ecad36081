/** Compares a generated text with the right one exactly, as SQuAD compares texts. */

import { textMetric } from "./text.js";

/** Holds four control characters at which Python's str.split() separates as at white space. */
const SEPARATORS = "\u001c-\u001f";
const SPACES = new RegExp(`[\\p{White_Space}${SEPARATORS}]+`, "u");
/** Holds the articles as whole words. A word is of letters and numbers of any script, and "_": Python's \w. */
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/**
 * Returns a text as SQuAD compares it: lower case, without ASCII punctuation, without the articles a, an and the,
 * single spaces. It is that of Python for every text, but for letters that are newer than its Unicode tables. Source:
 * Rajpurkar et al. 2016, the normalize_answer of their evaluation script.
 */
export function normalAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, "")
    .replace(ARTICLES, " ")
    .split(SPACES)
    .filter((word) => word !== "")
    .join(" ");
}

/** Returns 1 where both are the same as {@link normalAnswer}, else 0. */
export function exactMatchOf(target: string, text: string): number {
  return Number(normalAnswer(target) === normalAnswer(text));
}

export const exactMatch = textMetric({
  name: "exact_match",
  title: "exact match (SQuAD's normalisation)",
  binary: true,
  compare: exactMatchOf,
});
