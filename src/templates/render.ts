/** Turns examples into the text a model reads. */

import { UserError } from "../base/errors.js";
import type { Example, Fields, Task } from "../tasks/contract.js";
import { questionField } from "../tasks/families/family.js";
import { choiceBlock, type ChoiceBlock } from "./choices.js";
import { labelsIn } from "./labels.js";
import { withNoise } from "./noise.js";
import type { PromptVariant } from "./variant.js";

/** Returns the prompt of a question, up to where the answer begins: its fields filled in, or as the task writes it. */
export function renderPrompt(variant: PromptVariant, { fields, worded }: Pick<Example, "fields" | "worded">): string {
  const { content, template } = variant;
  if (content.brings?.source === undefined) return variant.render(fields) + content.answerSeparator;
  const written = worded?.[template.id]?.prompt;
  if (written === undefined) throw new UserError(`toExample writes no prompt for the wording ${template.id}`);
  return written + content.answerSeparator;
}

/** Returns the prompt of a question that is asked: with the variant's noise, which shots are free of. */
export function renderQuestion(variant: PromptVariant, task: Task, example: Example): string {
  const { noise } = variant.content;
  const fields = noise === undefined ? example.fields : withNoise(example.fields, noise);
  return renderPrompt(variant, { ...example, fields: withChoices(variant, task, example, fields) });
}

/**
 * Returns the prompt of a question with nothing in it but `filler`: the choices are shown as they are and where they
 * are.
 */
export function renderContentFree(variant: PromptVariant, task: Task, example: Example, filler: string): string {
  const fields = Object.fromEntries(
    Object.entries(example.fields).map(([name, text]) => [name, text === "" ? text : filler]),
  );
  return renderPrompt(variant, { fields: withChoices(variant, task, example, fields) });
}

/** Returns the prompt of a few-shot example. */
export function renderShotQuestion(variant: PromptVariant, task: Task, example: Example): string {
  return renderPrompt(variant, { ...example, fields: withChoices(variant, task, example, example.fields) });
}

/** Returns a few-shot example: prompt, answer, separator. */
export function renderShot(variant: PromptVariant, task: Task, example: Example): string {
  return (
    renderShotQuestion(variant, task, example) + answerText(variant, task, example) + variant.content.shotSeparator
  );
}

/** Returns the text of the right answer. */
export function answerText(variant: PromptVariant, task: Task, example: Example): string {
  if ("references" in example) return wordedAnswers(variant, example)?.[0] ?? (example.references[0] as string);
  return answerChoices(variant, task, example)[example.gold] as string;
}

/**
 * Returns the answers a question allows, as this variant writes them and in the order of the task's labels or the row's
 * choices, whatever the order they are shown in; none for free text.
 */
export function answerChoices(variant: PromptVariant, task: Task, example: Example): readonly string[] {
  const worded = wordedAnswers(variant, example);
  if ("choices" in example) return shownChoices(variant, task, example)?.answers ?? worded ?? example.choices;
  return worded ?? labelsIn(task, variant.content.answerWords);
}

/** Returns the answers as a wording has them that words them itself; undefined for others. */
function wordedAnswers({ content, template }: PromptVariant, { worded }: Example): readonly string[] | undefined {
  return content.brings?.answers === undefined ? undefined : worded?.[template.id]?.answers;
}

/** Returns fields with the choices below the question, where the variant shows them. */
function withChoices(variant: PromptVariant, task: Task, example: Example, fields: Fields): Fields {
  const block = shownChoices(variant, task, example);
  if (block === undefined) return fields;
  const field = questionField(task.family);
  return { ...fields, [field]: `${fields[field] ?? ""}\n${block.text}` };
}

function shownChoices({ content }: PromptVariant, task: Task, example: Example): ChoiceBlock | undefined {
  if (content.choices === undefined || !("choices" in example)) return undefined;
  return choiceBlock(content.choices, example.choices, example.fields[questionField(task.family)] ?? "");
}
