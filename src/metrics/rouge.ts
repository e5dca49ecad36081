/** ROUGE-L as google-research/rouge computes it without stemming. */

/**
 * Lower-cased runs of a-z and 0-9; every other character separates.
 * Source: google-research/rouge, tokenize.py with use_stemmer=False.
 */
export function rougeTokens(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** Precision, recall and F1, each in [0, 1]. */
export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * ROUGE-L: L is the length of the longest common subsequence of the token lists; P = L / |prediction|,
 * R = L / |target|, F1 = 2PR / (P + R). All zero when either side is empty.
 * Source: Lin 2004 (ROUGE); argument order as rouge_score's `score(target, prediction)`.
 */
export function rougeL(target: string, prediction: string): RougeScore {
  const [a, b] = [rougeTokens(target), rougeTokens(prediction)];
  if (a.length === 0 || b.length === 0) return { precision: 0, recall: 0, f1: 0 };
  const common = longestCommonSubsequence(a, b);
  const precision = common / b.length;
  const recall = common / a.length;
  return { precision, recall, f1: common === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** Length of the longest common subsequence, in O(|a||b|) time and O(|b|) memory. */
export function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let previous = new Uint32Array(b.length + 1);
  for (const item of a) {
    const current = new Uint32Array(b.length + 1);
    for (let j = 1; j <= b.length; j++) {
      current[j] =
        item === b[j - 1] ? (previous[j - 1] as number) + 1 : Math.max(previous[j] as number, current[j - 1] as number);
    }
    previous = current;
  }
  return previous[b.length] as number;
}
