/** Computes metrics of the log-likelihoods themselves, which move before an answer changes. */

import { utf8Bytes } from "./choice.js";
import { labelProbabilities } from "./calibration.js";
import type { RowAnswer, RowMetric, SetMetric } from "./metric.js";

const shared = {
  of: "row",
  answers: ["classification", "multiple-choice"],
  from: "log-likelihoods",
  needs: "log-likelihoods of the answers",
} as const;

/** Hands on what is needed; undefined without it, or where the value is not finite. */
function ofLogprobs(value: (logprobs: readonly number[], gold: number, answer: RowAnswer) => number) {
  return (answer: RowAnswer): number | undefined => {
    const { logprobs, gold } = answer;
    if (logprobs === undefined || gold === undefined) return undefined;
    const found = value(logprobs, gold, answer);
    return Number.isFinite(found) ? found : undefined;
  };
}

/** Computes the log-likelihood of the right answer in nats: of its first token where only that was scored. */
export const logprob: RowMetric = {
  ...shared,
  name: "logprob",
  title: "log-likelihood of the right answer (nats)",
  range: [null, 0],
  higherIsBetter: true,
  chance: () => null,
  row: ofLogprobs((logprobs, gold) => logprobs[gold] as number),
};

/**
 * Computes the perplexity of the right answers: exp of their mean negative log-likelihood, a whole answer counted once
 * however many tokens it has. Source: lm-evaluation-harness, perplexity of api/metrics.py.
 */
export const perplexity: SetMetric = {
  ...shared,
  of: "set",
  name: "perplexity",
  title: "perplexity of the right answers",
  range: [1, null],
  higherIsBetter: false,
  chance: () => null,
  set: (rows) => {
    const losses = rows.map(({ logprobs, gold }) => -(logprobs?.[gold] ?? NaN));
    const sum = losses.reduce((total, loss) => total + loss, 0);
    return {
      all: Math.exp(sum / rows.length),
      without: Float64Array.from(losses, (loss) => Math.exp((sum - loss) / (rows.length - 1))),
    };
  },
};

/** Computes the log-likelihood of the right answer less that of the most likely wrong one, in nats. */
export const margin: RowMetric = {
  ...shared,
  name: "margin",
  title: "margin of the right answer (nats)",
  range: [null, null],
  higherIsBetter: true,
  chance: () => 0,
  row: ofLogprobs(
    // A single answer has none beside it: what is not finite is left out.
    (logprobs, gold) => (logprobs[gold] as number) - Math.max(...logprobs.filter((_, answer) => answer !== gold)),
  ),
};

/**
 * Computes the bits per byte of the right answer: -log2 of its likelihood over the UTF-8 bytes of its text, the space
 * before it not counted. Only where the whole answer was scored, and is no number or letter of a choice.
 */
export const bitsPerByte: RowMetric = {
  ...shared,
  name: "bits_per_byte",
  title: "bits per byte of the right answer",
  range: [0, null],
  higherIsBetter: false,
  chance: () => null,
  needs: "log-likelihoods of whole answers that are texts of their own",
  row: ofLogprobs((logprobs, gold, { answers, numbered, whole }) => {
    const bytes = numbered || !whole ? 0 : utf8Bytes(answers[gold] ?? "");
    return bytes === 0 ? NaN : -(logprobs[gold] as number) / Math.LN2 / bytes;
  }),
};

/**
 * Computes the Brier score: the sum over answers of the squared distance of the answer's share of their probability
 * from 1 for the right one and 0 for the others. Source: Brier 1950; lm-evaluation-harness's brier_score.
 */
export const brierScore: RowMetric = {
  ...shared,
  name: "brier_score",
  title: "Brier score",
  range: [0, 2],
  higherIsBetter: false,
  chance: (answers) => 1 - 1 / answers,
  row: ofLogprobs((logprobs, gold) =>
    labelProbabilities(logprobs).reduce((sum, share, answer) => sum + (share - Number(answer === gold)) ** 2, 0),
  ),
};
