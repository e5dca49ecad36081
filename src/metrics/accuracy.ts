/** Computes accuracy, and accuracy with the log-likelihoods of the answers divided by their lengths. */

import { argMax, codePoints, utf8Bytes } from "./choice.js";
import { preferredOverPrior } from "./calibration.js";
import type { RowAnswer, RowMetric } from "./metric.js";

const shared = {
  of: "row",
  answers: ["classification", "multiple-choice"],
  range: [0, 1],
  higherIsBetter: true,
  binary: true,
  // A single text is compared with whatever the model would write.
  chance: (answers: number) => (answers === 1 ? 0 : 1 / answers),
} as const;

/**
 * Computes the share of rows whose answer given is the right one. Of equal log-likelihoods the first answer is taken; a
 * single text is given where it is the most likely one (`is_greedy` of lm-evaluation-harness).
 */
export const acc: RowMetric = {
  ...shared,
  name: "acc",
  title: "accuracy",
  from: "answers",
  needs: "log-likelihoods of the answers, or a label that was generated",
  always: ["classification", "multiple-choice"],
  row: ({ logprobs, choice, gold }) => {
    if (gold === undefined) return undefined;
    const given = logprobs === undefined || logprobs.length === 1 ? choice : argMax(logprobs);
    return given === undefined ? undefined : Number(given === gold);
  },
};

/**
 * Returns accuracy of the answer with the largest log-likelihood per unit of length. The delimiter before an answer is
 * not counted. Source: lm-evaluation-harness, acc_norm and acc_bytes of api/task.py.
 */
function perLength(name: string, title: string, length: (text: string) => number): RowMetric {
  const rankedBy = (logprobs: readonly number[], answers: readonly string[]) =>
    logprobs.map((value, i) => value / Math.max(1, length(answers[i] ?? "")));
  return {
    ...shared,
    name,
    title,
    from: "log-likelihoods",
    needs: "log-likelihoods of the answers",
    always: ["multiple-choice"],
    rankedBy,
    row: (answer) => {
      const { logprobs, gold } = answer;
      if (logprobs === undefined || gold === undefined || logprobs.length === 1) return undefined;
      return Number(argMax(rankedBy(logprobs, textsOf(answer))) === gold);
    },
  };
}

/** Returns the texts whose lengths normalise; empty where they are only numbers or letters of choices. */
export function textsOf({ answers, numbered }: Pick<RowAnswer, "answers" | "numbered">): readonly string[] {
  return numbered ? answers.map(() => "") : answers;
}

export const accNorm = perLength("acc_norm", "accuracy, log-likelihood per character", codePoints);
export const accBytes = perLength("acc_bytes", "accuracy, log-likelihood per byte", utf8Bytes);

/** Returns accuracy of the answer that gains most over its likelihood without the question. */
function overPrior(name: string, title: string, over: "labels" | "choices"): RowMetric {
  return {
    ...shared,
    answers: over === "labels" ? ["classification"] : ["multiple-choice"],
    name,
    title,
    from: "log-likelihoods",
    needs: "log-likelihoods without the question (a run with --calibrate)",
    row: ({ logprobs, gold, prior }) => {
      if (logprobs === undefined || gold === undefined || prior?.over !== over || logprobs.length === 1)
        return undefined;
      return Number(preferredOverPrior(logprobs, prior.logprobs) === gold);
    },
  };
}

export const accCalibrated = overPrior("acc_calibrated", "accuracy, contextual calibration", "labels");
export const accPmi = overPrior("acc_pmi", "accuracy, pointwise mutual information", "choices");
