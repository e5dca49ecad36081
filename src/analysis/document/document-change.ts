/** What the analysis says of fine-tuning: one checkpoint before and after it, on one task or over many. */

import type { ByScale, IntervalRecord } from "./shared.js";

export interface Comparison {
  readonly base: string;
  readonly sft: string;
  readonly sft_task: string | null;
  readonly step: number | null;
  readonly task: string;
  readonly metric: string;
  /** Prompts that both have finished, and the items they share. */
  readonly prompts: readonly PromptChange[];
  readonly items: number | null;
  readonly level: LevelChange;
  readonly sensitivity: ByScale<SensitivityChangeRecord | null>;
  /** What may be said of the change of sensitivity at the 5 % level, after Holm's adjustment over the pair's tasks. */
  readonly verdict: Verdict;
  /** PSS before and after; null where only means are known. */
  readonly pss: { readonly before: number; readonly after: number } | null;
  readonly ranking: RankChange | null;
  readonly flips: Flips | null;
  readonly seen: SplitChange | null;
  readonly unseen: SplitChange | null;
}

/**
 * "rose" and "fell" are claimed only where the logit scale says so; "probability scale only" is a change that the moved
 * mean may have made.
 */
export type Verdict = "rose" | "fell" | "no change seen" | "probability scale only" | "not testable";

export interface PromptChange {
  readonly prompt: string;
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** Paired by item; null where only means are known. */
  readonly stderr: number | null;
  readonly interval: IntervalRecord | null;
}

export interface LevelChange {
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** For these prompts and new items, paired by item. */
  readonly item_stderr: number | null;
  readonly item_interval: IntervalRecord | null;
  /** For prompts drawn like these. */
  readonly crossed_stderr: number | null;
  readonly crossed_interval: IntervalRecord | null;
  /** Two-sided, from the crossed standard error, and adjusted by Holm over the tasks of the pair. */
  readonly p: number | null;
  readonly p_holm: number | null;
  /** The smallest change of the mean that this design sees with power 0.8. */
  readonly detectable: number | null;
}

/** Change of the standard deviation between prompts on one scale. */
export interface SensitivityChangeRecord {
  readonly raw_sd_before: number;
  readonly raw_sd_after: number;
  readonly sd_before: number | null;
  readonly sd_after: number | null;
  /** Interval of sd_after - sd_before, and of sd_after / sd_before. */
  readonly sd_change_interval: IntervalRecord | null;
  readonly sd_ratio_interval: IntervalRecord | null;
  /** Change of the component, unbiased, with its interval. */
  readonly variance_change: number | null;
  readonly variance_interval: IntervalRecord | null;
  /** The headline: the larger of the two noise-corrected p-values; adjusted by Holm over the tasks of the pair. */
  readonly p: number | null;
  readonly p_holm: number | null;
  readonly tests: ChangeTests;
  /** Conservative intervals without a normal distribution. */
  readonly crossed_bootstrap: {
    readonly log_sd_ratio: IntervalRecord;
    readonly variance_change: IntervalRecord;
    readonly mean_change: IntervalRecord;
  } | null;
  readonly power: Power | null;
  /** Whether a prompt is right on everything or nothing before or after: the logit figures are then not to be trusted. */
  readonly at_boundary: boolean;
}

export interface ChangeTests {
  /** Of raw variances: noise counts as variance. */
  readonly pitman_morgan: {
    readonly t: number | null;
    readonly df: number;
    readonly p: number;
    readonly sd_ratio: number;
    readonly interval: IntervalRecord;
  } | null;
  readonly prompt_swap: { readonly p: number; readonly exact: boolean } | null;
  /** Of noise-corrected variances. */
  readonly noise_corrected: { readonly p: number } | null;
  readonly noise_corrected_swap: { readonly p: number; readonly exact: boolean } | null;
}

/** The smallest changes of the noise-corrected SD that this design sees with power 0.8; null where it sees none. */
export interface Power {
  /** The largest SD after SFT, below that before, that would be seen. */
  readonly fall_to: number | null;
  /** The smallest SD after SFT, above that before, that would be seen. */
  readonly rise_to: number | null;
}

/** Do prompts keep their order? */
export interface RankChange {
  readonly tau: number;
  readonly p: number;
  readonly exact: boolean;
  readonly best_before: string;
  readonly best_after: string;
}

/** Share of items that two prompts answer differently. */
export interface Flips {
  readonly before: number;
  readonly after: number;
  /** Share of items that one prompt answers differently after SFT, mean over prompts. */
  readonly across: number;
}

export interface SplitChange {
  readonly prompts: number;
  readonly change: number;
  readonly stderr: number | null;
}

/** Changes over several tasks of one pair by random effects. */
export interface Pooled {
  readonly base: string;
  readonly sft: string;
  readonly sft_task: string | null;
  readonly step: number | null;
  /** All tasks, the one trained on and its family, or the others. */
  readonly over: "all tasks" | "trained family" | "other tasks";
  readonly quantity: "level" | "log SD ratio, probability scale" | "log SD ratio, logit scale";
  readonly tasks: readonly string[];
  readonly effect: number;
  /** Over at least two tasks, with the interval and p-value of Hartung and Knapp. */
  readonly interval: IntervalRecord;
  readonly p: number;
  /** Variance of the effect between tasks, and the share of variation beyond sampling. */
  readonly tau2: number;
  readonly i2: number;
  /** Tasks that could not be pooled: a component of 0 has no logarithm. */
  readonly left_out: readonly string[];
}
