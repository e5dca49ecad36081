/** A prompt variant: everything that changes the prompt but not the question, as a value with a content hash. */

import picomatch from "picomatch";
import { didYouMean, UsageError } from "../errors.js";
import { hashValue } from "../hash.js";
import type { Family } from "../tasks/families.js";
import { builtinTemplates, EXPERIMENT_FORMATS } from "./catalog.js";
import { chatLayoutName, type ChatLayout } from "./chat.js";
import type { Template } from "./template.js";

/** What a variant is made of. Two variants with equal content have equal hashes, whatever they are called. */
export interface VariantContent {
  readonly family: Family;
  /** Handlebars text of the question. */
  readonly body: string;
  /** Stands between a prompt and its answer; a prompt's own trailing space makes it empty. */
  readonly answerSeparator: string;
  /** Stands after each few-shot example. */
  readonly shotSeparator: string;
  /** Absent for plain text. The chat template itself belongs to the checkpoint, whose hashes cover it. */
  readonly chat?: ChatLayout;
}

export interface PromptVariant {
  /** Name for tables and files, e.g. "default" or "default+turns". */
  readonly id: string;
  readonly template: Template;
  readonly content: VariantContent;
  /** SHA-256 of the content. */
  readonly hash: string;
}

/** The variant of a template with the experiment's shots: prompt, answer, newline. */
export function variantOf(template: Template): PromptVariant {
  const content: VariantContent = {
    family: template.family,
    body: template.body,
    answerSeparator: "",
    shotSeparator: "\n",
  };
  return { id: template.id, template, content, hash: hashValue(content) };
}

/** The same prompt in a checkpoint's chat template; `undefined` leaves it plain text. */
export function withChat(variant: PromptVariant, chat: ChatLayout | undefined): PromptVariant {
  if (chat === undefined) return variant;
  const content = { ...variant.content, chat };
  return { ...variant, id: `${variant.id}+${chatLayoutName(chat)}`, content, hash: hashValue(content) };
}

/** All variants of a family. */
export function variantsOfFamily(family: Family): PromptVariant[] {
  return (builtinTemplates().get(family) ?? []).map(variantOf);
}

/**
 * The variants of a family that the selection names.
 * @param patterns ids, globs, "paper" (the experiment's three formats and their equivalents) or "all"
 * @throws UsageError with the nearest name when a pattern matches nothing in the family
 */
export function selectVariants(family: Family, patterns: readonly string[]): PromptVariant[] {
  const variants = variantsOfFamily(family);
  const chosen = new Set(
    patterns.flatMap((pattern) => {
      if (pattern === "all") return variants;
      if (pattern === "paper") return variants.filter(({ id }) => EXPERIMENT_FORMATS.includes(id));
      const matches = variants.filter(({ id }) => id === pattern || (pattern !== "" && picomatch.isMatch(id, pattern)));
      if (matches.length === 0) {
        const known = ["all", "paper", ...variants.map((variant) => variant.id)];
        throw new UsageError(`no prompt "${pattern}" in the family ${family}${didYouMean(pattern, known)}`);
      }
      return matches;
    }),
  );
  return variants.filter((variant) => chosen.has(variant));
}
