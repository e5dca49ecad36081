/** What the analysis says of one checkpoint on one task. */

import type { ByScale, IntervalRecord } from "./shared.js";

export interface TaskAtCheckpoint {
  readonly checkpoint: string;
  readonly task: string;
  readonly metric: string;
  /** Prompts without noise in them whose cells are finished. All figures but `noisy` are over these. */
  readonly prompts: readonly PromptLevel[];
  readonly items: number | null;
  readonly level: LevelRecord;
  readonly range: PromptRangeRecord;
  /** 1 - (best - mean) and its product with the best. Mizrahi et al. 2024. */
  readonly saturation: number;
  readonly combined_performance: number;
  readonly sensitivity: ByScale<SensitivityRecord | null>;
  /** PromptSensiScore: how often two prompts disagree on one item; null where only means are known. */
  readonly pss: {
    readonly value: number;
    readonly item_stderr: number | null;
    readonly crossed_stderr: number | null;
  } | null;
  readonly answers: AnswerSensitivity | null;
  /** Of the preferred labels, in nats; null where their lengths in tokens are not known. Chatterjee et al. 2024. */
  readonly posix: number | null;
  readonly scorer: ScorerRecord;
  /** Variance between prompts by axis of the design, on the logit scale; null for fewer than three prompts. */
  readonly axes: AxesRecord | null;
  /** Prompts that fine-tuning asked in, and others; null where it is not known which. */
  readonly seen: SplitRecord | null;
  readonly unseen: SplitRecord | null;
  /** Prompts with noise in them (typos, case, spaces), apart. */
  readonly noisy: readonly PromptLevel[];
}

export interface PromptLevel {
  readonly prompt: string;
  readonly mean: number;
  /** Over items; null where it is not known. */
  readonly stderr: number | null;
  readonly interval: IntervalRecord | null;
  readonly label_mass: number | null;
  /** Share of generated answers that none of the labels could be read from. */
  readonly unparseable: number | null;
  readonly seen: boolean | null;
}

export interface LevelRecord {
  readonly mean: number;
  /** For these prompts and new items. */
  readonly item_stderr: number | null;
  readonly item_interval: IntervalRecord | null;
  /** For prompts drawn like these and new items. */
  readonly crossed_stderr: number | null;
  readonly crossed_interval: IntervalRecord | null;
  /** Percentile interval over resampled items; null where only means are known. */
  readonly bootstrap_interval: IntervalRecord | null;
}

/** Comparable only at equal numbers of prompts and items. */
export interface PromptRangeRecord {
  readonly best: number;
  readonly best_prompt: string;
  readonly worst: number;
  readonly worst_prompt: string;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly spread: number;
  /** The spread to be expected if prompts made no difference; null where the noise is not known. */
  readonly spread_from_noise: number | null;
}

/** How much prompts differ, in score units or in logits. */
export interface SensitivityRecord {
  /** Standard deviation of the prompts' means: positive even where prompts do nothing. */
  readonly raw_sd: number;
  /** sqrt(max(0, prompt component)): what would remain with endless items; null where the noise is not known. */
  readonly corrected_sd: number | null;
  readonly interval: IntervalRecord | null;
  /** p-value of "prompts make no difference". */
  readonly p_no_effect: number | null;
  readonly components: VarianceRecord | null;
  /**
   * How the noise is known: "crossed" from the scores themselves; "independent" from the standard errors of the means, as
   * if each prompt had its own items, which takes away too much where they share them; null: not at all.
   */
  readonly noise: "crossed" | "independent" | null;
  /** Prompts that are right on everything or nothing: they show no noise, and the logit figures are not to be trusted. */
  readonly at_boundary: number;
}

export interface VarianceRecord {
  /** Unbiased, so any may be negative. `item` is null where only means are known. */
  readonly prompt: number;
  readonly item: number | null;
  readonly residual: number;
  readonly share_prompt: number | null;
}

/** From the answers themselves, whatever is right; only where they come from a fixed set. */
export interface AnswerSensitivity {
  /** Share of items that two prompts answer differently: the mean over pairs of prompts, and the largest. */
  readonly flip_rate: number;
  readonly largest_flip_rate: number;
  /** Prompts that give one and the same answer to 95 % of the items or more; null where answers are choices of a row. */
  readonly one_answer_prompts: number | null;
  /** Mean normalised entropy of an item's answers over prompts. Errica et al. 2025. */
  readonly entropy_sensitivity: number;
  /** Agreement of the answers to different items of one class, and with each item paired with itself. */
  readonly consistency: number | null;
  readonly consistency_with_self: number | null;
  /** Share of pairs of option orders that choose the same option; null unless prompts differ by option order. */
  readonly option_order_consistency: number | null;
}

/** How much of the sensitivity is the scorer's. */
export interface ScorerRecord {
  readonly label_mass: { readonly mean: number; readonly worst: number; readonly worst_prompt: string } | null;
  readonly unparseable: { readonly mean: number; readonly worst: number; readonly worst_prompt: string } | null;
  /** The same scores judged in other ways; the task's own first. */
  readonly scorers: readonly AlternativeScorer[];
}

export interface AlternativeScorer {
  /** The task's metric, another metric of the same responses, or "batch_calibrated". */
  readonly name: string;
  readonly mean: number;
  /** Null for one prompt. */
  readonly raw_sd: number | null;
  readonly corrected_sd: number | null;
  /** On the logit scale. */
  readonly corrected_sd_logit: number | null;
  readonly pss: number | null;
}

export interface AxesRecord {
  /** Whether every combination of levels stands equally often. */
  readonly balanced: boolean;
  readonly terms: readonly AxisTermRecord[];
  readonly not_estimable: readonly { readonly term: string; readonly why: string }[];
}

export interface AxisTermRecord {
  /** "wording", "wording x shots", or "rest". */
  readonly term: string;
  readonly levels: number;
  /** Unbiased component; may be negative. */
  readonly variance: number;
  /** Share of the sum of the positive components; null when there is none. */
  readonly share: number | null;
  /** For these levels and new items. */
  readonly item_interval: IntervalRecord;
  /** For levels drawn like these; null unless the design is balanced. */
  readonly level_interval: IntervalRecord | null;
}

export interface SplitRecord {
  readonly prompts: number;
  readonly mean: number;
  readonly stderr: number | null;
  readonly raw_sd: number | null;
  readonly corrected_sd: number | null;
  readonly worst: number;
}

/** Kendall's W of the prompts' rankings at the checkpoints of one stage. */
export interface RankAgreement {
  readonly task: string;
  /** Null: the base checkpoints. */
  readonly sft_task: string | null;
  readonly checkpoints: readonly string[];
  readonly prompts: number;
  readonly w: number;
  readonly p: number;
  readonly mean_spearman: number;
}
