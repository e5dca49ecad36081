/**
 * Describes a prompt variant: everything that changes the prompt but not the question, as a value with a content hash.
 */

import { hashValue } from "../base/hash.js";
import type { Fields, Task } from "../tasks/contract.js";
import type { Levels } from "./axes/axis.js";
import { LEVEL_AXES, nameWith, naturalLevels, whyUnfit, withoutOwn } from "./axes/registry.js";
import { chatLayoutName, type ChatLayout } from "./chat.js";
import type { VariantContent } from "./content.js";
import type { PromptSpace } from "./space.js";
import { parsedBody, type Template } from "./template.js";

export interface PromptVariant {
  /** Name for tables and files, e.g. "default" or "default+labels=true-false". */
  readonly id: string;
  readonly template: Template;
  readonly levels: Levels;
  readonly content: VariantContent;
  /** SHA-256 of the content. */
  readonly hash: string;
  /** Fills the fields into the content's body. @throws UserError when a field is missing */
  readonly render: (fields: Fields) => string;
}

/** Returns the variant of a template with the experiment's shots: prompt, answer, newline. */
export function variantOf(template: Template): PromptVariant {
  return variantAt(template, {});
}

/**
 * Puts a template at the given levels.
 * @param study number of shots where the levels do not say it
 * @returns the variant, named without what changes nothing; or why the levels do not go with the task or the template
 */
export function variantWith(
  template: Template,
  levels: Levels,
  task: Task,
  { numFewshot }: { readonly numFewshot: number },
): PromptVariant | { readonly unfit: string } {
  const plain = withoutOwn({ ...naturalLevels(task, template), ...levels }, { task, numFewshot });
  const unfit = whyUnfit(plain, { template, task, numFewshot });
  return unfit === undefined ? variantAt(template, plain) : { unfit };
}

/** Returns a wording or format of a space at some levels; undefined where they do not go together. */
export function variantIn(space: PromptSpace, template: Template, levels: Levels = {}): PromptVariant | undefined {
  const made = variantWith(template, levels, space.task, space);
  return "unfit" in made ? undefined : made;
}

function variantAt(template: Template, levels: Levels): PromptVariant {
  const { family, body, answerSeparator, preamble = family.preamble ?? "", brings } = template;
  const { shotSeparator = "\n" } = family;
  const plain: VariantContent = {
    family: family.name,
    body,
    answerSeparator,
    shotSeparator,
    ...(preamble === "" ? {} : { preamble }),
    ...(brings === undefined ? {} : { brings }),
  };
  const content = LEVEL_AXES.reduce((made, axis) => {
    const level = axis.of(levels);
    return level === undefined ? made : axis.apply(made, level, levels);
  }, plain);
  const render = content.body === body ? template.render : parsedBody(content.body, family, template.id).render;
  return { id: nameWith(template.id, levels), template, levels, content, hash: hashValue(content), render };
}

/** Returns the same prompt in a checkpoint's chat template; `undefined` leaves it plain text. */
export function withChat(variant: PromptVariant, chat: ChatLayout | undefined): PromptVariant {
  if (chat === undefined) return variant;
  const content = { ...variant.content, chat };
  return { ...variant, id: `${variant.id}+${chatLayoutName(chat)}`, content, hash: hashValue(content) };
}
