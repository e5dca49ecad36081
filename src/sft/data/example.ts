/** Describes what is learned from: token ids, and which of them the loss is over. */

import { createHash } from "node:crypto";
import type { TrainingText } from "../rows.js";

/** Holds the ends of a span: from, inclusive, and to, exclusive. */
export type Span = readonly [from: number, to: number];

export interface TrainingExample {
  readonly ids: readonly number[];
  /** Places of the answer's tokens. */
  readonly answers: readonly Span[];
  /** Prompt and answer as text, as TRL takes them. */
  readonly text: { readonly prompt: string; readonly completion: string } | { readonly messages: readonly object[] };
}

/** Names which tokens the loss is over. */
export const LOSSES = ["answer", "all"] as const;
export type LossOver = (typeof LOSSES)[number];

export function trainingText({ ids, answers }: TrainingExample, over: LossOver): TrainingText {
  if (over === "all") return { ids };
  return { ids, counted: (index) => answers.some(([from, to]) => index >= from && index < to) };
}

/** Computes SHA-256 over the ids and answers of examples, in their order. */
export function hashExamples(examples: readonly TrainingExample[]): string {
  const hash = createHash("sha256");
  for (const { ids, answers } of examples) hash.update(`${JSON.stringify([ids, answers])}\n`);
  return hash.digest("hex");
}

/** Keeps the last `most` tokens: what is cut off is the beginning of the prompt, as where prompts are scored. */
export function cutExample(example: TrainingExample, most: number): TrainingExample {
  const gone = example.ids.length - most;
  if (gone <= 0) return example;
  const answers = example.answers.flatMap(([from, to]): Span[] => {
    return to <= gone ? [] : [[Math.max(0, from - gone), to - gone]];
  });
  return { ...example, ids: example.ids.slice(gone), answers };
}
