/** Computes how likely whole texts are, over all of them together. Source: lm-evaluation-harness, api/metrics.py. */

import { bitsPerByte } from "./likelihood.js";
import type { LeftOut, RowMetric, SetMetric, SetRow } from "./metric.js";
import { WORDS_APART } from "./words.js";

const shared = {
  answers: ["multiple-choice"],
  higherIsBetter: false,
  chance: () => null,
  from: "log-likelihoods",
  needs: "log-likelihoods of whole texts",
} as const;

/** Computes the bits per word of a text: -log2 of its likelihood over its words, as white space parts them. */
export const bitsPerWord: RowMetric = {
  ...shared,
  of: "row",
  name: "bits_per_word",
  title: "bits per word of the right answer",
  range: [0, null],
  row: ({ logprobs, gold, answers, numbered, whole }) => {
    if (logprobs === undefined || gold === undefined || numbered || !whole) return undefined;
    const bits = -(logprobs[gold] as number) / Math.LN2 / (answers[gold] ?? "").split(WORDS_APART).length;
    return Number.isFinite(bits) ? bits : undefined;
  },
};

/**
 * Defines a metric of the bits of all texts over their units.
 * @param per the metric of rows that says how many bits a unit has
 * @param value of the mean bits of a unit
 */
function overTexts(
  about: Pick<SetMetric, "name" | "title" | "range" | "lmEval">,
  per: RowMetric,
  value: (bits: number) => number,
): SetMetric {
  return { ...shared, of: "set", ...about, set: (rows) => weighted(rows, per.name, value) };
}

function weighted(rows: readonly SetRow[], per: string, value: (bits: number) => number): LeftOut {
  const bits = rows.map(({ logprobs, gold }) => -(logprobs?.[gold] ?? NaN) / Math.LN2);
  const units = rows.map(({ metrics }, i) => (bits[i] as number) / (metrics?.[per] ?? NaN));
  const [allBits, allUnits] = [bits, units].map((values) => values.reduce((sum, one) => sum + one, 0)) as [
    number,
    number,
  ];
  return {
    all: value(allBits / allUnits),
    without: Float64Array.from(rows, (_, i) =>
      value((allBits - (bits[i] as number)) / (allUnits - (units[i] as number))),
    ),
  };
}

export const wordPerplexity = overTexts(
  { name: "word_perplexity", title: "perplexity of a word", range: [1, null] },
  bitsPerWord,
  (bits) => 2 ** bits,
);

export const bytePerplexity = overTexts(
  { name: "byte_perplexity", title: "perplexity of a byte", range: [1, null] },
  bitsPerByte,
  (bits) => 2 ** bits,
);

/** Computes the bits of all texts over their bytes; `bits_per_byte` is the mean of what each text has. */
export const textBitsPerByte = overTexts(
  { name: "text_bits_per_byte", title: "bits per byte of all texts", range: [0, null] },
  bitsPerByte,
  (bits) => bits,
);
