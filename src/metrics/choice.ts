/** Decides which choice a model prefers, by log-likelihood under different length normalisations. */

/** Returns the index of the largest value; the first one on ties. @returns -1 for an empty array */
export function argMax(values: ArrayLike<number>): number {
  let best = values.length === 0 ? -1 : 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** Counts the Unicode code points of a text, as Python's len() does. JavaScript's length counts UTF-16 units. */
export function codePoints(text: string): number {
  return Array.from(text).length;
}

/** Counts the UTF-8 bytes of a text. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * Sums the probability that the model gives to the labels: the sum of exp(log-likelihood). Where it is low, the model
 * would answer something else. Low mass: it would say something else.
 */
export function labelMass(logprobs: readonly number[]): number {
  return logprobs.reduce((sum, value) => sum + Math.exp(value), 0);
}

/**
 * Reads a label out of generated text: surrounding spaces and punctuation are stripped, case is ignored, and the label
 * must end where a word ends (exact prefix matching of FormatSpread, Sclar et al. 2024).
 * @returns index of the label, or -1 when the text begins with none of them
 */
export function parseLabel(text: string, labels: readonly string[]): number {
  const clean = (value: string) => value.replace(/^[ .,()\n\-><]+|[ .,()\n\-><]+$/g, "").toLowerCase();
  const answer = clean(text);
  const matches = labels.map((label) => {
    const wanted = clean(label);
    return answer.startsWith(wanted) && !/^[\p{L}\p{N}]/u.test(answer.slice(wanted.length)) ? wanted.length : -1;
  });
  const best = argMax(matches);
  return (matches[best] ?? -1) < 0 ? -1 : best;
}
