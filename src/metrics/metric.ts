/** What a metric is. */

/** How a task is answered: by one of a fixed set of labels, by one of the row's own choices, or by free text. */
export type AnswerKind = "classification" | "multiple-choice" | "generation";

export const ANSWER_KINDS: readonly AnswerKind[] = ["classification", "multiple-choice", "generation"];
