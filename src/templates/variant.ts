/** A prompt variant: everything that changes the prompt but not the question, as a value with a content hash. */

import { hashValue } from "../base/hash.js";
import type { Task } from "../tasks/contract.js";
import type { Family } from "../tasks/families.js";
import { nameWith, type Levels } from "./axes.js";
import { builtinTemplates } from "./catalog.js";
import { chatLayoutName, type ChatLayout } from "./chat.js";
import { DEFAULT_ENUMERATOR, ENUMERATORS, type ShownChoices } from "./choices.js";
import { ANSWER_WORDS, answerWordsFor, namedWords, ownWords, type AnswerWords } from "./labels.js";
import type { Noise } from "./noise.js";
import { SHOT_SEPARATORS, type ShotPlan } from "./shots.js";
import type { Template } from "./template.js";

/** What a variant is made of. Two variants with equal content have equal hashes, whatever they are called. */
export interface VariantContent {
  readonly family: Family;
  /** Handlebars text of the question: that of a wording, or of a format in its place. */
  readonly body: string;
  /** Stands between a prompt and its answer; a prompt's own trailing space makes it empty. */
  readonly answerSeparator: string;
  /** Stands after each few-shot example. */
  readonly shotSeparator: string;
  /** The words of the labels by their meaning; absent for the task's own. */
  readonly answerWords?: AnswerWords;
  /** Absent where choices are not shown. */
  readonly choices?: ShownChoices;
  /** Absent for the shots of the study. */
  readonly shots?: ShotPlan;
  readonly noise?: Noise;
  /** Absent for plain text. The chat template itself belongs to the checkpoint, whose hashes cover it. */
  readonly chat?: ChatLayout;
}

export interface PromptVariant {
  /** Name for tables and files, e.g. "default" or "default+labels=true-false". */
  readonly id: string;
  readonly template: Template;
  readonly levels: Levels;
  readonly content: VariantContent;
  /** SHA-256 of the content. */
  readonly hash: string;
}

/** The variant of a template with the experiment's shots: prompt, answer, newline. */
export function variantOf(template: Template): PromptVariant {
  return variantAt(template, {});
}

/**
 * A template at the given levels.
 * @param study number of shots where the levels do not say it
 * @returns the variant, named without what changes nothing; or why the levels do not go with the task or the template
 */
export function variantWith(
  template: Template,
  levels: Levels,
  task: Task,
  study: { readonly numFewshot: number },
): PromptVariant | { readonly unfit: string } {
  const plain = withoutDefaults(levels, task, study.numFewshot);
  const unfit = whyUnfit(template, plain, task, study.numFewshot);
  return unfit === undefined ? variantAt(template, plain) : { unfit };
}

/** Levels that are the task's and the study's anyway are left out, so that equal prompts have equal names. */
function withoutDefaults({ labels, shots, ...rest }: Levels, task: Task, numFewshot: number): Levels {
  return {
    ...rest,
    ...(labels === undefined || labels === ownWords(task) ? {} : { labels }),
    ...(shots === undefined || shots === numFewshot ? {} : { shots }),
  };
}

function whyUnfit(template: Template, levels: Levels, task: Task, numFewshot: number): string | undefined {
  const { labels, choices, enumerator, order, shots, draw, shotOrder, balance, between } = levels;
  if (labels !== undefined && !answerWordsFor(task).includes(labels)) {
    return `labels=${labels} has no words for the answers of ${task.name}`;
  }
  const named = namedWords(task, template);
  const asked = labels ?? ownWords(task);
  if (named.length > 0 && asked !== undefined && !named.includes(asked)) {
    return `the wording ${template.id} itself names the answers ${named.join(" or ")}, not ${asked}`;
  }
  if (choices !== undefined && task.answer.kind !== "multiple-choice") return `${task.name} has no choices to show`;
  if (order !== undefined && choices === undefined) return "an order of choices needs choices that are shown, as in +choices=letter"; // prettier-ignore
  if (enumerator !== undefined && choices !== "letter" && choices !== "both") {
    return "an enumerator needs choices that are numbered, as in +choices=letter";
  }
  if (balance === true && task.answer.kind !== "classification") return `${task.name} has no labels to balance`;
  const aboutShots = draw !== undefined || shotOrder !== undefined || balance === true || between !== undefined;
  return aboutShots && (shots ?? numFewshot) === 0 ? "there are no shots" : undefined;
}

function variantAt(template: Template, levels: Levels): PromptVariant {
  const { labels, choices, enumerator, order, shots, draw, shotOrder, balance, between, noise } = levels;
  const plan: ShotPlan = {
    ...(shots === undefined ? {} : { count: shots }),
    ...(draw === undefined ? {} : { draw }),
    ...(shotOrder === undefined ? {} : { order: shotOrder }),
    ...(balance === undefined ? {} : { balanced: balance }),
  };
  const numbered = ENUMERATORS.get(enumerator ?? DEFAULT_ENUMERATOR);
  const content: VariantContent = {
    family: template.family,
    body: template.body,
    answerSeparator: template.answerSeparator,
    shotSeparator: SHOT_SEPARATORS[between ?? "newline"],
    ...(labels === undefined ? {} : { answerWords: ANSWER_WORDS[labels] }),
    ...(choices === undefined || numbered === undefined
      ? {}
      : { choices: { answer: choices, ...numbered, ...(order === undefined ? {} : { order }) } }),
    ...(Object.keys(plan).length === 0 ? {} : { shots: plan }),
    ...(noise === undefined ? {} : { noise }),
  };
  return { id: nameWith(template.id, levels), template, levels, content, hash: hashValue(content) };
}

/** The same prompt in a checkpoint's chat template; `undefined` leaves it plain text. */
export function withChat(variant: PromptVariant, chat: ChatLayout | undefined): PromptVariant {
  if (chat === undefined) return variant;
  const content = { ...variant.content, chat };
  return { ...variant, id: `${variant.id}+${chatLayoutName(chat)}`, content, hash: hashValue(content) };
}

/** The built-in wordings of a family, each as it is. */
export function variantsOfFamily(family: Family): PromptVariant[] {
  return (builtinTemplates().get(family) ?? []).map(variantOf);
}
