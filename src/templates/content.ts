/** Describes what a prompt is made of, apart from the question. */

import type { Brings } from "../tasks/families/family.js";
import type { AnswerWords } from "./labels.js";
import type { Noise } from "./noise.js";
import type { ChatLayout } from "./chat.js";
import type { ShownChoices } from "./choices.js";
import type { ShotPlan } from "./shots.js";

/** Holds what a variant is made of. Two variants with equal content have equal hashes, whatever they are called. */
export interface VariantContent {
  /** Name of the family. */
  readonly family: string;
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
  /** Stands once before everything; absent for nothing. */
  readonly preamble?: string;
  /** Absent for a wording that is only a text. */
  readonly brings?: Brings;
}
