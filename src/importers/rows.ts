/** Describes what importers hand on: scores of rows, and what is known of checkpoints, tasks and prompts. */

import type { AnswerKind } from "../metrics/metric.js";

export type Axes = Readonly<Record<string, string | number | null>>;

/** Holds what one row got under one prompt. */
export interface ImportedRow {
  readonly checkpoint: string;
  readonly task: string;
  readonly prompt: string;
  /** What the same row has in common under every prompt and checkpoint: an id, or a hash of its content. */
  readonly item: string;
  /** SHA-256 by which rows of other results are matched; that of the item's name when left out. */
  readonly rowHash?: string | undefined;
  /** Columns of the row. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Texts of the answers to choose from. */
  readonly answers?: readonly string[] | undefined;
  /** Index of the right answer among them. */
  readonly gold?: number | undefined;
  /** Texts that count as right, where the answer is free text. */
  readonly references?: readonly string[] | undefined;
  /** SHA-256 of the whole prompt; null where the prompt was not kept. */
  readonly promptHash?: string | undefined;
  /** Index of the answer given; -1 for none of them. */
  readonly choice?: number | undefined;
  /** Answers that share the first place with it, itself among them; counted from the log-likelihoods when left out. */
  readonly tied?: number | undefined;
  readonly generated?: string | undefined;
  /** Log-likelihood of each answer, in nats. */
  readonly logprobs?: readonly number[] | undefined;
  /** Value under each metric. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Says how the rows of a task were answered: `scores` where only scores are known. */
export type AnsweredBy = "loglikelihood" | "first-token" | "generate" | "scores";

export interface TaskFacts {
  readonly answeredBy: AnsweredBy;
  /** Left out where files do not say. */
  readonly kind?: AnswerKind | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Metric that the task is judged by; the first of its rows when left out. */
  readonly metric?: string | undefined;
  readonly lowerIsBetter?: readonly string[] | undefined;
  readonly shots?: number | undefined;
  readonly chance?: number | undefined;
  /** Dataset, as the files name it. */
  readonly source?: string | undefined;
}

export interface CheckpointFacts {
  /** Name that a fine-tuned checkpoint shares with its base, where its own is longer. */
  readonly sharedName?: string | undefined;
  readonly step?: number | null | undefined;
  readonly stage?: "base" | "sft" | null | undefined;
  readonly sftTask?: string | null | undefined;
  readonly run?: string | null | undefined;
  readonly seed?: string | null | undefined;
  /** Where the model was found, e.g. its id on the hub. */
  readonly spec?: string | undefined;
  readonly revision?: string | null | undefined;
}

export interface PromptFacts {
  readonly axes?: Axes | undefined;
  /** Template, or the whole prompt of the first row. */
  readonly text?: string | undefined;
  /** Whether answers are but numbers or letters of choices. */
  readonly numbered?: boolean | undefined;
  readonly chatTemplate?: string | null | undefined;
}
