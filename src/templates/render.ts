/** From examples to the text a model reads. */

import type { Example, Fields, Task } from "../tasks/contract.js";
import type { PromptVariant } from "./variant.js";

/** The prompt of a question, up to where the answer begins. */
export function renderPrompt(variant: PromptVariant, fields: Fields): string {
  return variant.template.render(fields) + variant.content.answerSeparator;
}

/** A few-shot example: prompt, answer, separator. */
export function renderShot(variant: PromptVariant, task: Task, example: Example): string {
  return renderPrompt(variant, example.fields) + answerText(task, example) + variant.content.shotSeparator;
}

/** Text of the right answer. */
export function answerText(task: Task, example: Example): string {
  if ("references" in example) return example.references[0] as string;
  return answerChoices(task, example)[example.gold] as string;
}

/** The answers a question allows: the task's labels or the row's choices; none for free text. */
export function answerChoices(task: Task, example: Example): readonly string[] {
  if ("choices" in example) return example.choices;
  return task.answer.kind === "classification" ? task.answer.labels : [];
}
