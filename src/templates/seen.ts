/** Tells which prompts a model saw in its fine-tuning. */

import { hashValue } from "../base/hash.js";
import { isNoisy } from "./axes/noise.js";
import { selectVariants } from "./selection.js";
import type { PromptSpace } from "./space.js";
import type { PromptVariant } from "./variant.js";

/**
 * Tells prompts in which the question and its answer look as in the named ones. Shots, chat template and order of
 * choices do not count: fine-tuning shows one question at a time. With noise in it, a prompt is never one that was
 * seen.
 */
export function seenPrompts(space: PromptSpace, words: readonly string[]): (variant: PromptVariant) => boolean {
  const seen = new Set(selectVariants(space, words).map(questionHash));
  return (variant) => !isNoisy(variant) && seen.has(questionHash(variant));
}

function questionHash({ content: { body, answerSeparator, answerWords, choices } }: PromptVariant): string {
  return hashValue({ body, answerSeparator, answerWords, choices: choices && { ...choices, order: undefined } });
}
