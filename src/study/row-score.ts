/** What one row got in one cell, with what explains it. */

import type { GenerateResult, ScoreResult } from "../engine/types.js";
import { meanPrior, preferredOverPrior } from "../metrics/calibration.js";
import { labelMass, parseLabel, preferredChoice } from "../metrics/choice.js";
import { rougeL } from "../metrics/rouge.js";
import type { RowScore } from "../metrics/row-score.js";
import type { Task } from "../tasks/contract.js";
import { promptHash } from "../store/contents.js";
import type { CellRequests } from "./requests.js";
import type { Item, TaskRows } from "./task-rows.js";

/** Judges the engine's results, in the order of the rows. */
export function scoreRows(
  rows: TaskRows,
  asked: CellRequests,
  results: readonly (ScoreResult | GenerateResult)[],
): RowScore[] {
  return results.map((result, place) => scoreRow(rows, asked, place, result));
}

/**
 * Judges what one row got.
 * @param place of the row among the rows of the task
 * @param priors results of `asked.priors`, where they were asked for
 */
export function scoreRow(
  rows: TaskRows,
  asked: CellRequests,
  place: number,
  result: ScoreResult | GenerateResult,
  priors: readonly ScoreResult[] = [],
): RowScore {
  const item = rows.items[place];
  const request = asked.requests[place];
  if (item === undefined || request === undefined) throw new RangeError(`the task has no row at place ${place}`);
  const about = { row: item.row, row_hash: item.hash, prompt_hash: promptHash(request) };
  const fit = {
    context_tokens: result.contextTokens,
    ...("text" in result ? { new_tokens: result.tokens } : {}),
    shots_dropped: result.droppedSegments,
    truncated: result.truncated,
  };
  const answers = asked.answers[place] ?? [];
  const judged =
    "text" in result
      ? judgeText(item, answers, result.text)
      : judgeScores(rows.task, item, asked.numbered ? "numbered" : answers, result);
  const metrics = { ...judged.metrics, ...overPriors(judged, asked, place, priors) };
  return { ...about, ...judged, metrics, ...fit };
}

/** Accuracy of the answer that gains most over its likelihood without the question. */
function overPriors(
  { logprobs, gold }: Judged,
  { priors: asked }: CellRequests,
  place: number,
  results: readonly ScoreResult[],
): Record<string, number> {
  if (asked === undefined || logprobs === undefined || results.length === 0) return {};
  const likelihoods = results.map(({ continuations }) => continuations.map(({ logprob }) => logprob));
  if (asked.over === "labels") {
    return { acc_calibrated: Number(preferredOverPrior(logprobs, meanPrior(likelihoods)) === gold) };
  }
  return { acc_pmi: Number(preferredOverPrior(logprobs, likelihoods[place] ?? []) === gold) };
}

type Judged = Omit<RowScore, "row" | "row_hash" | "prompt_hash" | "context_tokens" | "shots_dropped" | "truncated">;

function judgeText({ example }: Item, answers: readonly string[], text: string): Judged {
  if ("references" in example) {
    // The best reference counts, as is usual where several are right.
    const best = Math.max(...example.references.map((reference) => rougeL(reference, text).f1));
    return { answer: text.trim(), metrics: { rouge_l: best } };
  }
  const answer = parseLabel(text, answers);
  const correct = answer === example.gold;
  return { gold: example.gold, answer, generated: text, metrics: { acc: Number(correct) }, correct };
}

/** @param answers whose lengths normalise; "numbered" where they are but numbers or letters of choices, whose length says nothing */
function judgeScores(
  task: Task,
  { example }: Item,
  answers: readonly string[] | "numbered",
  result: ScoreResult,
): Judged {
  if ("references" in example) throw new TypeError(`task ${task.name}: free text cannot be judged by log-likelihood`);
  const logprobs = result.continuations.map(({ logprob }) => logprob);
  const isClosed = task.answer.kind === "classification" || answers === "numbered";
  const preferred = preferredChoice(logprobs, answers === "numbered" ? logprobs.map(() => "") : answers);
  const metrics =
    task.answer.kind === "classification"
      ? { acc: Number(preferred.acc === example.gold) }
      : {
          acc: Number(preferred.acc === example.gold),
          acc_norm: Number(preferred.acc_norm === example.gold),
          acc_bytes: Number(preferred.acc_bytes === example.gold),
        };
  const answer = preferred[task.metric as keyof typeof preferred];
  return {
    gold: example.gold,
    answer,
    logprobs,
    ...(isClosed ? { label_mass: labelMass(massTerms(result)) } : {}),
    metrics,
    correct: answer === example.gold,
    merged: result.continuations.some(({ merged }) => merged),
  };
}

/** Log-probabilities that add up to the label mass: every first token that counts, or every label's whole text. */
function massTerms({ continuations }: ScoreResult): number[] {
  return continuations.flatMap(({ alternatives, logprob }) => alternatives ?? [logprob]);
}
