/** Describes what the analysis says of one checkpoint on one task. */

import {
  type Of,
  about,
  boolean,
  list,
  named,
  number,
  object,
  oneOf,
  optional,
  orNull,
  text,
} from "../../base/schema.js";
import { QuantilesRecord } from "./document-order.js";
import { DesignRecord, IntervalRecord, byScale } from "./shared.js";

export const PromptLevel = named(
  "promptLevel",
  object({
    prompt: text(),
    mean: number(),
    stderr: orNull(number(), "Over items; null where it is not known."),
    interval: orNull(IntervalRecord),
    label_mass: orNull(number()),
    unparseable: orNull(number(), "Share of generated texts that no answer could be read from."),
    seen: orNull(boolean()),
  }),
);
export type PromptLevel = Of<typeof PromptLevel>;

export const LevelRecord = named(
  "levelRecord",
  object({
    mean: number(),
    item_stderr: orNull(number(), "For these prompts and new items."),
    item_interval: orNull(IntervalRecord),
    crossed_stderr: orNull(number(), "For new wordings and new items, in these presentations."),
    crossed_interval: orNull(IntervalRecord),
  }),
);
export type LevelRecord = Of<typeof LevelRecord>;

export const PromptRangeRecord = named(
  "promptRangeRecord",
  object(
    {
      best: number(),
      best_prompt: text(),
      worst: number(),
      worst_prompt: text(),
      p5: number(),
      median: number(),
      p95: number(),
      spread: number(),
      spread_from_noise: orNull(
        number(),
        "The spread to be expected if prompts made no difference; null where the noise is not known.",
      ),
    },
    "Comparable only at equal numbers of prompts and items.",
  ),
);
export type PromptRangeRecord = Of<typeof PromptRangeRecord>;

export const VarianceRecord = named(
  "varianceRecord",
  object({
    prompt: number("Unbiased, so any may be negative. `item` is null where only means are known."),
    item: orNull(number()),
    residual: number(),
    share_prompt: orNull(number()),
  }),
);
export type VarianceRecord = Of<typeof VarianceRecord>;

export const SensitivityRecord = named(
  "sensitivityRecord",
  object(
    {
      raw_sd: orNull(
        number(),
        "Standard deviation of the prompts' means within presentations, noise included; null in logits.",
      ),
      corrected_sd: orNull(
        number(),
        "What would remain with endless items; null where the noise is not known, and in logits where it is beyond 8.",
      ),
      interval: orNull(
        IntervalRecord,
        "Null where `withheld` says why; without a high end where the data set no upper limit.",
      ),
      p_no_effect: orNull(number(), 'p-value of "the wording makes no difference".'),
      effective_df: orNull(
        number(),
        "How many independent differences between prompts the SD is as good as; below 3 the prompts answer nearly all alike. Null where no row differs between prompts, and where only means are known.",
      ),
      components: orNull(VarianceRecord, "In score units, over all prompts."),
      noise: oneOf(
        ["crossed", "independent", null],
        'How the noise is known: "crossed" from the scores themselves; "independent" from the standard errors of the means, as if each prompt had its own items, which takes away too much where they share them; null: not at all.',
      ),
      withheld: orNull(text(), "Why there is no interval."),
    },
    "How much wordings differ in one presentation, in score units or in logits.",
  ),
);
export type SensitivityRecord = Of<typeof SensitivityRecord>;

export const SamplingRecord = named(
  "samplingRecord",
  object(
    {
      samples: number("Texts drawn for each prompt and row."),
      temperature: number(),
      variance: number("Of the scores of single texts of one prompt and row, over prompts and rows."),
      interval: about(IntervalRecord, "95 %, for new rows."),
      interaction: orNull(
        number(),
        "Interaction of prompt and row without the noise of the texts; unbiased, so it may be negative. With the variance / samples it is the residual. Null for one prompt.",
      ),
      interaction_interval: orNull(IntervalRecord),
      share_of_noise: orNull(number(), "Share of the squared standard error of a prompt's mean that the texts make."),
    },
    "Noise of drawn texts, in squared score units.",
  ),
);
export type SamplingRecord = Of<typeof SamplingRecord>;

export const AnswerSensitivity = named(
  "answerSensitivity",
  object(
    {
      flip_rate: number(
        "Share of items that two prompts answer differently: the mean over pairs of prompts, and the largest.",
      ),
      largest_flip_rate: number(),
      one_answer_prompts: orNull(
        number(),
        "Prompts that give one and the same answer to 95 % of the items or more; null where answers are choices of a row.",
      ),
      entropy_sensitivity: number("Mean normalised entropy of an item's answers over prompts. Errica et al. 2025."),
      consistency: orNull(
        number(),
        "Agreement of the answers to different items of one class, and with each item paired with itself.",
      ),
      consistency_with_self: orNull(number()),
      option_order_consistency: orNull(
        number(),
        "Share of pairs of option orders that choose the same option; null unless prompts differ by option order.",
      ),
    },
    "From the answers themselves, whatever is right; only where they come from a fixed set.",
  ),
);
export type AnswerSensitivity = Of<typeof AnswerSensitivity>;

export const AlternativeScorer = named(
  "alternativeScorer",
  object({
    name: text('The task\'s metric, another metric of the same responses, or "batch_calibrated".'),
    mean: number(),
    raw_sd: orNull(number(), "Null for one prompt."),
    corrected_sd: orNull(number()),
    shares: boolean("Whether its values lie from 0 to 1, so that they can be set beside those of other such scorers."),
    interval: orNull(IntervalRecord, "Of corrected_sd; null where there is none."),
    corrected_sd_logit: orNull(number(), "On the logit scale; null unless they do."),
    pss: orNull(number()),
  }),
);
export type AlternativeScorer = Of<typeof AlternativeScorer>;

export const ScorerRecord = named(
  "scorerRecord",
  object(
    {
      label_mass: orNull(
        object({
          mean: number(),
          worst: number(),
          worst_prompt: text(),
        }),
      ),
      unparseable: orNull(
        object({
          mean: number(),
          worst: number(),
          worst_prompt: text(),
        }),
      ),
      tied: orNull(
        object({ rows: number(), of: number() }),
        "Row scores whose answer is the first of several with the largest score, and all of them; null where nobody counted.",
      ),
      scorers: list(AlternativeScorer, "The same scores judged in other ways; the task's own first."),
    },
    "How much of the sensitivity is the scorer's.",
  ),
);
export type ScorerRecord = Of<typeof ScorerRecord>;

export const AxisTermRecord = named(
  "axisTermRecord",
  object({
    term: text('"wording", "wording x shots", or "rest".'),
    levels: number(),
    variance: number("Unbiased component; may be negative."),
    share: orNull(number(), "Share of the sum of the positive components; null when there is none."),
    item_interval: about(IntervalRecord, "For these levels and new items."),
    level_interval: orNull(IntervalRecord, "For levels drawn like these; null unless the design is balanced."),
  }),
);
export type AxisTermRecord = Of<typeof AxisTermRecord>;

export const AxesRecord = named(
  "axesRecord",
  object({
    balanced: boolean("Whether every combination of levels stands equally often."),
    terms: list(AxisTermRecord),
    not_estimable: list(
      object({
        term: text(),
        why: text(),
      }),
    ),
  }),
);
export type AxesRecord = Of<typeof AxesRecord>;

export const SplitRecord = named(
  "splitRecord",
  object({
    prompts: number(),
    mean: number(),
    stderr: orNull(number()),
    raw_sd: orNull(number()),
    corrected_sd: orNull(number()),
    worst: number(),
  }),
);
export type SplitRecord = Of<typeof SplitRecord>;

export const PresentationsRecord = named(
  "presentationsRecord",
  object(
    {
      p_no_effect: number('p-value of "the presentations make no difference", for new wordings and rows.'),
      contrast: orNull(
        object({
          value: number(),
          item_interval: IntervalRecord,
          interval: IntervalRecord,
        }),
        "Second less first; null for more than two.",
      ),
      total_sd: number(
        "SD over these presentations at equal weight: between wordings and between presentations together.",
      ),
      total_raw_sd: number("The same with the noise of the rows in it."),
      total_interval: about(IntervalRecord, "Of `total_sd`, for new wordings and rows in these presentations."),
      total_sd_logit: orNull(number()),
      total_interval_logit: orNull(
        IntervalRecord,
        "Null where that of the SD in logits is withheld, and for other scores.",
      ),
    },
    "The means of the presentations, and what they add to the SD between prompts.",
  ),
);
export type PresentationsRecord = Of<typeof PresentationsRecord>;

export const TaskAtCheckpoint = named(
  "taskAtCheckpoint",
  object({
    checkpoint: text(),
    task: text(),
    metric: text(),
    prompts: list(
      PromptLevel,
      "Prompts without noise in them whose cells are finished. All figures but `noisy` are over these.",
    ),
    items: orNull(number()),
    median_shots: orNull(
      number(),
      "Median number of shots that rows were shown, over prompts and rows; null where only scores are known.",
    ),
    majority_share: orNull(
      number(),
      "Share of the rows whose right answer is the most frequent one; null where answers are no labels of the task.",
    ),
    validity: list(
      text(),
      "What has to be known of how rows were asked and answered: dropped shots, cut rows, empty or unreadable texts.",
    ),
    level: LevelRecord,
    range: PromptRangeRecord,
    quantiles: QuantilesRecord,
    design: DesignRecord,
    saturation: orNull(
      number(),
      "1 - (best - mean) and its product with the best; null unless scores lie from 0 to 1. Mizrahi et al. 2024.",
    ),
    combined_performance: orNull(number()),
    sensitivity: about(byScale(orNull(SensitivityRecord)), "The SD between wordings, the presentation held fixed."),
    sampling: optional(about(SamplingRecord, "What drawing texts adds; absent where no row was asked for several.")),
    presentations: orNull(PresentationsRecord, "What these presentations do; null for one."),
    pss: orNull(
      object({
        value: number(),
        item_stderr: orNull(number()),
        crossed_stderr: orNull(number()),
      }),
      "PromptSensiScore: how far two prompts' scores of one item lie apart in the mean; of right and wrong, how often one alone is right. Null where only means are known.",
    ),
    answers: orNull(AnswerSensitivity),
    posix: orNull(
      number(),
      "Of the preferred labels, in nats; null where their lengths in tokens are not known. Chatterjee et al. 2024.",
    ),
    scorer: ScorerRecord,
    axes: orNull(
      AxesRecord,
      "Variance between prompts by axis of the design, on the logit scale; null for fewer than three prompts.",
    ),
    seen: orNull(SplitRecord, "Prompts that fine-tuning asked in, and others; null where it is not known which."),
    unseen: orNull(SplitRecord),
    noisy: list(PromptLevel, "Prompts with noise in them (typos, case, spaces), apart."),
  }),
);
export type TaskAtCheckpoint = Of<typeof TaskAtCheckpoint>;

export const RankAgreement = named(
  "rankAgreement",
  object(
    {
      task: text(),
      sft_task: orNull(text(), "Null: the base checkpoints."),
      run: orNull(text(), "The training run whose checkpoints they are; null where no run has several."),
      checkpoints: list(text()),
      prompts: number(),
      w: number(),
      p: orNull(number(), "Null for checkpoints of one training, which are not independent."),
      mean_spearman: number(),
    },
    "Kendall's W of the prompts' rankings at the checkpoints of one stage, on these rows.",
  ),
);
export type RankAgreement = Of<typeof RankAgreement>;
