/** A variant's level on every axis, as results.json records it: what a decomposition of the variance needs. */

import type { Task } from "../tasks/contract.js";
import { chatLayoutName } from "./chat.js";
import { DEFAULT_ENUMERATOR } from "./choices.js";
import { ownWords } from "./labels.js";
import { noiseName } from "./noise.js";
import { orderName } from "./order.js";
import type { PromptVariant } from "./variant.js";

/** Levels by axis; null where the axis has no meaning for the task or the variant. */
export interface AxisRecord {
  /** Id of the template; null where a format takes its place. */
  readonly wording: string | null;
  readonly format: string | null;
  /** Name of the set of answer words; "own" where the task's labels are in none. */
  readonly answer_words: string | null;
  readonly choices: string | null;
  readonly enumerator: string | null;
  readonly choice_order: string | null;
  readonly shots: number;
  readonly shot_draw: number;
  readonly shot_order: string;
  readonly shot_balance: "labels" | "none";
  readonly shot_separator: string;
  readonly chat: string;
  readonly noise: string | null;
}

/** @param numFewshot of the study */
export function axisRecord({ template, levels, content }: PromptVariant, task: Task, numFewshot: number): AxisRecord {
  const isFormat = template.style === "format" && template.id.startsWith("format-");
  const numbered = levels.choices === "letter" || levels.choices === "both";
  return {
    wording: isFormat ? null : template.id,
    format: isFormat ? template.id : null,
    answer_words: task.answer.kind === "classification" ? (levels.labels ?? ownWords(task) ?? "own") : null,
    choices: task.answer.kind === "multiple-choice" ? (levels.choices ?? "cloze") : null,
    enumerator: numbered ? (levels.enumerator ?? DEFAULT_ENUMERATOR) : null,
    choice_order: levels.choices === undefined ? null : orderName(levels.order),
    shots: levels.shots ?? numFewshot,
    shot_draw: levels.draw ?? 0,
    shot_order: orderName(levels.shotOrder),
    shot_balance: levels.balance === true ? "labels" : "none",
    shot_separator: levels.between ?? "newline",
    chat: content.chat === undefined ? "off" : chatLayoutName(content.chat),
    noise: levels.noise === undefined ? null : noiseName(levels.noise),
  };
}
