/**
 * Lists what a label means, whatever word says it: the words of an answer are a part of the prompt, not of the task.
 */

export const MEANINGS = ["entailment", "neutral", "contradiction", "yes", "no"] as const;

export type Meaning = (typeof MEANINGS)[number];
