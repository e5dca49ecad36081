/** Measures how much the answers themselves depend on the prompt, whatever is right. */

import { posixOfLabels } from "../../statistics/posix.js";
import {
  answerConsistency, answerDistributions, type AnswerGrid, entropySensitivity, optionOrderConsistency,
} from "../../statistics/sensitivity.js"; // prettier-ignore
import { choiceOrder } from "../../templates/axes/choice-order.js";
import type { AnalysedPrompt, AnswerSensitivity } from "../document/document.js";
import type { Answers } from "../read/input.js";
import { flipsWithin } from "../read/remembered.js";
import { finite } from "../document/records.js";

/** Sets the share of the items from which on a prompt is said to give one answer. */
const ONE_ANSWER = 0.95;

/** @returns null for fewer than two prompts */
export function answersOf(answers: Answers, prompts: readonly AnalysedPrompt[]): AnswerSensitivity | null {
  if (answers.prompts < 2) return null;
  const flips = flipsWithin(answers);
  const consistency = answers.sameLabels
    ? answerConsistency(answerDistributions(answers), answers.labels + 1, answers.gold)
    : null;
  return {
    flip_rate: flips.mean,
    largest_flip_rate: flips.max,
    one_answer_prompts: answers.sameLabels ? oneAnswerPrompts(answers) : null,
    entropy_sensitivity: entropySensitivity(answers),
    consistency: consistency && finite(consistency.betweenItems),
    consistency_with_self: consistency && finite(consistency.withSelf),
    option_order_consistency: orderConsistency(answers, prompts),
  };
}

/**
 * Returns POSIX of the preferred labels; null unless each is one token whose probability was stored under every prompt.
 */
export function posixOf({ logprobs, answers, firstToken, ...shape }: Answers): number | null {
  if (logprobs === null || !firstToken || answers.some((answer) => answer < 0)) return null;
  return finite(posixOfLabels(logprobs, answers, shape));
}

/** Counts prompts that give one label to nearly all rows; a text that could not be read is no answer. */
function oneAnswerPrompts({ prompts, items, answers, labels }: AnswerGrid): number {
  let count = 0;
  for (let p = 0; p < prompts; p++) {
    const times = new Int32Array(labels);
    for (let i = 0; i < items; i++) {
      const answer = answers[p * items + i] as number;
      if (answer >= 0) times[answer] = (times[answer] as number) + 1;
    }
    if (Math.max(...times) >= ONE_ANSWER * items) count++;
  }
  return count;
}

/**
 * Measures how often answers agree over prompts that differ in nothing but the order of their choices, pooled over such
 * sets. Answers are stored as the option they mean, wherever it stood.
 */
function orderConsistency(answers: Answers, prompts: readonly AnalysedPrompt[]): number | null {
  const sets = new Map<string, number[]>();
  prompts.forEach(({ axes: { [choiceOrder.name]: order, ...rest } }, p) => {
    if (order === null || order === undefined) return;
    const key = JSON.stringify(rest);
    sets.set(key, [...(sets.get(key) ?? []), p]);
  });
  const asIs = Int32Array.from({ length: answers.labels }, (_, option) => option);
  const itemOrders = Array.from({ length: answers.items }, () => asIs);
  let [sum, pairs] = [0, 0];
  for (const members of sets.values()) {
    if (members.length < 2) continue;
    const chosen = members.map((p) => answers.answers.subarray(p * answers.items, (p + 1) * answers.items));
    const share = optionOrderConsistency(
      chosen,
      members.map(() => itemOrders),
    );
    const weight = (members.length * (members.length - 1)) / 2;
    sum += share * weight;
    pairs += weight;
  }
  return pairs === 0 ? null : sum / pairs;
}
