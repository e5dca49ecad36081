/** Describes what importers hand on: scores of rows, and what is known of checkpoints, tasks and prompts. */

import type { AnswerKind } from "../metrics/metric.js";

export type Axes = Readonly<Record<string, string | number | null>>;

/** Holds what one row got under one prompt. */
export interface ImportedRow {
  /** Name of the checkpoint. */
  readonly checkpoint: string;
  /** Name of the task. */
  readonly task: string;
  /** Name of the prompt. */
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
  /** Text that was generated. */
  readonly generated?: string | undefined;
  /** Log-likelihood of each answer, in nats. */
  readonly logprobs?: readonly number[] | undefined;
  /** Value under each metric. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Says how the rows of a task were answered: `scores` where only scores are known. */
export type AnsweredBy = "loglikelihood" | "first-token" | "generate" | "scores";

/** Holds what is known of a task. */
export interface TaskFacts {
  /** How rows were answered. */
  readonly answeredBy: AnsweredBy;
  /** Left out where files do not say. */
  readonly kind?: AnswerKind | undefined;
  /** Texts of the labels, where every row has the same answers. */
  readonly labels?: readonly string[] | undefined;
  /** Metric that the task is judged by; the first of its rows when left out. */
  readonly metric?: string | undefined;
  /** Metrics of which smaller values are better. */
  readonly lowerIsBetter?: readonly string[] | undefined;
  /** Examples in the prompt. */
  readonly shots?: number | undefined;
  /** Score of guessing. */
  readonly chance?: number | undefined;
  /** Dataset, as the files name it. */
  readonly source?: string | undefined;
}

/** Holds what is known of a checkpoint. */
export interface CheckpointFacts {
  /** Name that a fine-tuned checkpoint shares with its base, where its own is longer. */
  readonly sharedName?: string | undefined;
  /** Step of pre-training. */
  readonly step?: number | null | undefined;
  /** Before or after fine-tuning. */
  readonly stage?: "base" | "sft" | null | undefined;
  /** Task that it was fine-tuned on. */
  readonly sftTask?: string | null | undefined;
  /** Name of the checkpoint that it was fine-tuned from; found by names and steps when left out. */
  readonly base?: string | null | undefined;
  /** Tokens of pre-training. */
  readonly tokens?: number | null | undefined;
  /** Part of the training that it is of, such as a stage of pre-training. */
  readonly trainingStage?: string | null | undefined;
  /** Run of pre-training that it is of. */
  readonly run?: string | null | undefined;
  /** Seed of the fine-tuning. */
  readonly seed?: string | null | undefined;
  /** Where the model was found, e.g. its id on the hub. */
  readonly spec?: string | undefined;
  /** Revision of the weights. */
  readonly revision?: string | null | undefined;
}

/** Holds what is known of a prompt of a task. */
export interface PromptFacts {
  /** Level on each axis. */
  readonly axes?: Axes | undefined;
  /** Template, or the whole prompt of the first row. */
  readonly text?: string | undefined;
  /** Whether answers are but numbers or letters of choices. */
  readonly numbered?: boolean | undefined;
  /** Name or hash of the chat template; null for plain text. */
  readonly chatTemplate?: string | null | undefined;
}
