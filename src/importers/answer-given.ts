/** Tells which answer a task's metric takes for the one given, from log-likelihoods of all answers. */

import { argMax } from "../metrics/choice.js";
import { builtinMetric } from "../metrics/registry.js";
import type { ImportedRow } from "./rows.js";

/**
 * Ranks answers as the metric does: by log-likelihood, or by what a metric with lengths divides it by. The first of
 * equal ones is taken.
 * @param metric that the task is judged by, by its name here
 */
export function answerGiven(
  metric: string | undefined,
  logprobs: readonly number[],
  answers: readonly string[],
): Pick<ImportedRow, "choice" | "tied"> {
  const known = metric === undefined ? undefined : builtinMetric(metric);
  const ranked = known?.of === "row" && known.rankedBy !== undefined ? known.rankedBy(logprobs, answers) : logprobs;
  const choice = argMax(ranked);
  return { choice, tied: ranked.filter((value) => value === ranked[choice]).length };
}

/**
 * Counts rows whose right-or-wrong score is not that of the answer: their metric judges by something that is not in the
 * files.
 */
export function otherwiseJudged(rows: Iterable<ImportedRow>, metric: string): number {
  let count = 0;
  for (const { metrics, choice, gold } of rows) {
    const value = metrics[metric];
    if (choice !== undefined && gold !== undefined && (value === 0 || value === 1)) count += Number((choice === gold) !== (value === 1)); // prettier-ignore
  }
  return count;
}
