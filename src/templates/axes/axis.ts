/** Defines an axis: one thing in which prompts differ. Each is one file of this folder; registry.ts lists them. */

import { didYouMean, UsageError } from "../../base/errors.js";
import type { Task } from "../../tasks/contract.js";
import type { VariantContent } from "../content.js";
import type { PromptSpace } from "../space.js";
import type { Template } from "../template.js";

/**
 * Holds a prompt's level by the name of the axis; where one is absent the prompt is as the task and the study have it.
 */
export type Levels = Readonly<Record<string, unknown>>;

/**
 * Holds a prompt's level on every axis, as results.json records it; null where the axis has no meaning for the prompt.
 */
export type AxisRecord = Readonly<Record<string, string | number | null>>;

/** Says who asks: a task in a study with so many shots. */
export interface Asked {
  readonly task: Task;
  readonly numFewshot: number;
}

/** Holds what levels have to go with. */
export interface Setting extends Asked {
  readonly template: Template;
}

/** Holds a prompt that is recorded. */
export interface Recorded extends Setting {
  readonly levels: Levels;
  readonly content: VariantContent;
}

/** Holds an axis as results record it. */
export interface Axis {
  /** Lower-case words with hyphens: the name in prompts, files, results, tables and reports. */
  readonly name: string;
  /** Names that prompts, files and stored results had for it before. */
  readonly was?: readonly string[];
  /** Says in one line what differs and which levels there are. */
  readonly description: string;
  /** Names the axis in whose place this one stands: a prompt has a level on one of the two. */
  readonly insteadOf?: string;
  /** Counts the levels for a task, where they are not listed as those of an axis with levels are. */
  size?(space: PromptSpace): number;
  /** Gives the level that is recorded of a prompt. */
  recorded(prompt: Recorded): string | number | null;
}

/** Holds an axis whose level is written `+name=level`. */
export interface LevelAxis<L = unknown> extends Axis {
  /** Reads a level. @throws UsageError with the nearest level */
  parse(text: string): L;
  /** Writes a level as {@link parse} reads it. */
  write(level: L): string;
  /** Lists levels for a task; none where the axis does nothing. Absent where levels are always named. */
  levels?(space: PromptSpace): readonly L[];
  /** Lists n levels, for an axis that has more of them than it lists. */
  many?(n: number): readonly L[];
  /** Gives the level that a prompt has without being told. */
  own(asked: Asked): L | undefined;
  /** Gives the level that a wording itself asks for, where that is not the task's own. */
  natural?(template: Template, task: Task): L | undefined;
  /** Whether its levels change the text of a question: a prompt that the task writes whole has none but its own. */
  readonly rewrites?: true;
  /** Tells whether the axis can do anything beside levels of the others; absent where it always can. */
  beside?(levels: Levels): boolean;
  /**
   * Says why a level does not go with the rest; undefined where it does. A level that is the prompt's own is absent.
   */
  unfit?(level: L | undefined, levels: Levels, setting: Setting): string | undefined;
  /** Puts a level into the content. Axes are applied in the order of the registry. */
  apply(content: VariantContent, level: L, levels: Levels): VariantContent;
  /** Levels of other axes with which the levels of this one are shown alone. */
  readonly needs?: Levels;
  /** An older name of the word that takes a number of levels. */
  readonly countedWas?: string;
  /** Gives a second way to present a question to the default design. The first axis that has one is taken. */
  presentation?(space: PromptSpace): L | undefined;
  /** Whether the default design repeats every prompt at the first two levels. */
  readonly replicates?: true;
  /** Reads the axis' level. */
  of(levels: Levels): L | undefined;
  /** Makes levels of one level. */
  at(level: L): Levels;
}

/** Holds an axis as its file writes it. */
export interface AxisDefinition<L> extends Omit<LevelAxis<L>, "of" | "at" | "recorded"> {
  /** Gives what is recorded of a level, a prompt's own where it is told none; absent for the level as it is written. */
  record?(level: L | undefined, prompt: Recorded): string | number | null;
}

/** Makes an axis with levels. */
export function defineAxis<L>(axis: AxisDefinition<L>): LevelAxis<L> {
  const of = (levels: Levels) => levels[axis.name] as L | undefined;
  return {
    ...axis,
    of,
    at: (level) => ({ [axis.name]: level }),
    recorded: (prompt) => {
      const level = of(prompt.levels) ?? axis.own(prompt);
      if (axis.record !== undefined) return axis.record(level, prompt);
      return level === undefined ? null : axis.write(level);
    },
  };
}

/** Reads a level that is one of a list. @throws UsageError with the nearest one */
export function oneOf<T extends string>(axis: string, level: string, known: readonly T[]): T {
  const found = known.find((name) => name === level);
  if (found === undefined) throw new UsageError(`prompt level ${axis}=${level}: unknown${didYouMean(level, known)}`);
  return found;
}

/** Reads a level that is a number. @throws UsageError */
export function wholeNumber(axis: string, level: string): number {
  if (/^\d{1,4}$/.test(level)) return Number(level);
  throw new UsageError(`prompt level ${axis}=${level}: expected a whole number of at most 9999`);
}
