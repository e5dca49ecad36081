/** What the analysis says of a training run: trends along pre-training, transfer and forgetting between tasks. */

import type { IntervalRecord } from "./shared.js";

/** One figure along the steps of pre-training. */
export interface Trend {
  readonly task: string;
  /** Null: the base checkpoints themselves. */
  readonly sft_task: string | null;
  readonly quantity: TrendQuantity;
  readonly points: readonly { readonly checkpoint: string; readonly step: number; readonly value: number }[];
  /** Null for fewer than three points or a constant. */
  readonly spearman: { readonly rho: number; readonly p: number; readonly exact: boolean } | null;
  /** Change of the figure for 100,000 steps, with its interval. */
  readonly slope: { readonly per_100k_steps: number; readonly interval: IntervalRecord } | null;
}

export type TrendQuantity =
  | "level"
  | "change of level"
  | "SD, probability scale"
  | "SD, logit scale"
  | "change of SD, probability scale"
  | "change of SD, logit scale"
  | "raw SD"
  | "change of raw SD";

/** What fine-tuning on one task did to every task, from one base. */
export interface Transfer {
  readonly base: string;
  readonly sft: string;
  readonly sft_task: string;
  readonly step: number | null;
  readonly cells: readonly TransferCell[];
  /** Ratios of change over the tasks that were not trained on, by kind of task. */
  readonly summaries: readonly RatioSummary[];
}

export interface TransferCell {
  readonly task: string;
  /** The task trained on; another of its family; a task of another family. */
  readonly relation: "trained" | "same family" | "other family" | "unknown";
  readonly before: number;
  readonly after: number;
  readonly change: number;
  readonly stderr: number | null;
  /** (after - before) / before; null for a base of 0. */
  readonly ratio: number | null;
  /** (after - before) / (before - chance); null where the base is not above chance. */
  readonly floor_aware_ratio: number | null;
}

/** The published mean and its robust forms: one base near 0 can carry the mean anywhere. */
export interface RatioSummary {
  readonly over: "all other tasks" | "generation" | "classification";
  readonly tasks: readonly string[];
  readonly mean: number | null;
  readonly median: number | null;
  readonly trimmed: number | null;
  readonly leave_one_out: {
    readonly lowest: { readonly left: string; readonly mean: number };
    readonly highest: { readonly left: string; readonly mean: number };
  } | null;
  readonly floor_aware_mean: number | null;
  readonly floor_aware_median: number | null;
  /** Bases not above chance: they have nothing to forget. */
  readonly at_floor: readonly string[];
}

/** Change by where a task is learned, found in the data: it describes them and tests nothing. */
export interface Groups {
  readonly tasks: readonly {
    readonly task: string;
    readonly sft_task: string | null;
    readonly learned_in: "pre-training" | "fine-tuning" | "neither";
    readonly pre_training_gain: number | null;
    readonly fine_tuning_gain: number | null;
  }[];
  readonly changes: readonly {
    readonly base: string;
    readonly step: number | null;
    readonly pre_training: number | null;
    readonly fine_tuning: number | null;
    readonly neither: number | null;
  }[];
}
