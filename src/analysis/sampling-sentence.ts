/** Says in words what drawing texts adds to the noise of scores. */

import { intervalInWords, percent, score } from "../base/numbers.js";
import { sentence } from "./change-sentences.js";
import type { Sentence, TaskAtCheckpoint } from "./document/document.js";

/** Holds a component of the variance of a single text's score, and its share of those that are above 0. */
export interface TextComponent {
  readonly name: string;
  readonly variance: number;
  readonly share: number | null;
}

/** Lists prompts, rows, their interaction and the texts; none where no texts were drawn, or for one prompt. */
export function textComponents({
  sampling,
  sensitivity,
}: Pick<TaskAtCheckpoint, "sampling" | "sensitivity">): TextComponent[] {
  const components = sensitivity.probability?.components;
  if (sampling === undefined || sampling.interaction === null || components == null) return [];
  const parts = [
    ["prompts", components.prompt],
    ["rows", components.item ?? 0],
    ["prompt × row", sampling.interaction],
    ["texts", sampling.variance],
  ] as const;
  const total = parts.reduce((sum, [, variance]) => sum + Math.max(0, variance), 0);
  return parts.map(([name, variance]) => ({
    name,
    variance,
    share: total > 0 ? Math.max(0, variance) / total : null,
  }));
}

export function samplingSentence(one: TaskAtCheckpoint): Sentence[] {
  const { checkpoint, task, sampling } = one;
  if (sampling === undefined) return [];
  const { samples, temperature, variance, interval, share_of_noise: share } = sampling;
  const parts = textComponents(one).map(({ name, share: own }) => `${name} ${percent(own ?? 0)}`);
  const of = parts.length === 0 ? "" : `; of the variance of one text's score: ${parts.join(", ")}`;
  const noise = share === null ? "" : `; they make ${percent(share)} of the squared standard error of a prompt's mean`;
  const text = `${checkpoint} on ${task}: ${samples} texts of each prompt and row, drawn at temperature ${temperature}, differ by a variance of ${score(variance)} (${intervalInWords(interval)} for new rows)${of}${noise}.`;
  return [sentence("sampling", text, task, checkpoint)];
}
