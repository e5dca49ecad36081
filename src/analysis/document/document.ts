/**
 * The analysis of a study as one document: what the terminal, the reports and the leaderboard show. It is JSON, so what
 * is infinite or cannot be computed is null. The published schema is schemas/analysis.schema.json.
 */

import type { Comparison, Pooled } from "./document-change.js";
import type { RankAgreement, TaskAtCheckpoint } from "./document-level.js";
import type { Groups, Transfer, Trend } from "./document-training.js";

export * from "./document-change.js";
export * from "./document-level.js";
export * from "./document-training.js";
export * from "./shared.js";

export const ANALYSIS_SCHEMA = "amuro-eval/analysis@1";

export interface Analysis {
  readonly schema: typeof ANALYSIS_SCHEMA;
  readonly version: string;
  /** Everything that is drawn at random follows from this and from the names of what is analysed. */
  readonly seed: number;
  readonly sources: readonly Source[];
  readonly checkpoints: readonly AnalysedCheckpoint[];
  readonly tasks: readonly AnalysedTask[];
  /** One for each checkpoint and task with finished cells, tasks in order, checkpoints in order within each. */
  readonly levels: readonly TaskAtCheckpoint[];
  /** One for each pair of base and SFT checkpoint and each task that both were scored on. */
  readonly comparisons: readonly Comparison[];
  /** Changes over all tasks of a pair, and over those of a kind. */
  readonly pooled: readonly Pooled[];
  /** Do checkpoints agree on which prompts are good? */
  readonly agreement: readonly RankAgreement[];
  /** What rises or falls along pre-training. */
  readonly trends: readonly Trend[];
  /** What fine-tuning on one task does to the others. */
  readonly transfer: readonly Transfer[];
  /** Null unless several checkpoints have a base and an SFT score. */
  readonly groups: Groups | null;
  /** The conclusions in plain words, the most important first. */
  readonly sentences: readonly Sentence[];
  /** What could not be estimated, and why. */
  readonly limits: readonly Limit[];
}

/** Where the numbers came from. */
export interface Source {
  readonly name: string;
  /** Scores of every row, or only the mean of every cell. */
  readonly kind: "scores" | "means";
}

export interface AnalysedCheckpoint {
  readonly name: string;
  readonly stage: "base" | "sft" | null;
  /** Steps of pre-training: for an SFT checkpoint, those of its base. */
  readonly step: number | null;
  readonly sft_task: string | null;
  /** Name of the checkpoint it was fine-tuned from. */
  readonly base: string | null;
}

export interface AnalysedTask {
  readonly name: string;
  readonly family: string | null;
  readonly metric: string;
  /** Score of guessing: one over the number of answers, 0 for free text; null where it is not known. */
  readonly chance: number | null;
  /** Rows that every prompt was scored on; null where only means are known. */
  readonly items: number | null;
  readonly prompts: readonly AnalysedPrompt[];
}

export interface AnalysedPrompt {
  readonly id: string;
  /** Whether fine-tuning asked in this way; null where nobody said. */
  readonly seen: boolean | null;
  /** Level on each axis; null where the axis has no meaning here. */
  readonly axes: Readonly<Record<string, string | number | null>>;
}

export type SentenceKind =
  | "level"
  | "sensitivity"
  | "change of level"
  | "change of sensitivity"
  | "pooled"
  | "trend"
  | "ranking"
  | "scorer"
  | "axes"
  | "transfer"
  | "groups"
  | "caution";

/** A conclusion with its conditions and its uncertainty. */
export interface Sentence {
  readonly kind: SentenceKind;
  readonly text: string;
  /** What it is about, to show it in the right place; null where it is about the whole. */
  readonly task: string | null;
  /** For a comparison, the SFT checkpoint. */
  readonly checkpoint: string | null;
}

export interface Limit {
  /** The figure that is missing, e.g. "noise-corrected SD". */
  readonly what: string;
  readonly why: string;
  readonly task: string | null;
  readonly checkpoint: string | null;
}
