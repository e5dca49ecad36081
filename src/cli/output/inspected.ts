/** Holds what `amuro-eval inspect` found out about one prompt of one row. */

import type { AxisRecord } from "../../templates/axes/axis.js";

/** Describes a prompt as --json prints it. */
export interface InspectedPrompt {
  readonly task: string;
  readonly prompt: string;
  readonly prompt_hash: string;
  /** The prompt's level on every axis, as results.json has it. */
  readonly axes: AxisRecord;
  readonly row: number;
  /** The context: what comes before an answer. */
  readonly text: string;
  /** Its tokens, as the vocabulary writes them, after shots were dropped to fit the window. */
  readonly tokens: readonly string[];
  readonly shots: number;
  readonly shots_dropped: number;
  readonly context_tokens: number;
  readonly right_answer: string;
  /** What follows the context, one after the other; none where the answer is generated. */
  readonly answers: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly tokens: readonly string[];
  }[];
}

/** Groups the prompts of one row of one task, in the order of the variants. */
export function byRow(prompts: readonly InspectedPrompt[]): InspectedPrompt[][] {
  const rows = new Map<string, InspectedPrompt[]>();
  for (const prompt of prompts) {
    const key = `${prompt.task} ${prompt.row}`;
    rows.set(key, [...(rows.get(key) ?? []), prompt]);
  }
  return [...rows.values()];
}

/** Writes the levels of the axes that have a meaning for the prompt. */
export function levelsText({ axes }: InspectedPrompt): string {
  return Object.entries(axes)
    .flatMap(([axis, level]) => (level === null ? [] : [`${axis} ${level}`]))
    .join(", ");
}
