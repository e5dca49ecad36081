/** What the analysis says of fine-tuning: one checkpoint before and after it, on one task or over many. */

import { type Of, about, boolean, list, named, number, object, oneOf, orNull, text } from "../../base/schema.js";
import { IntervalRecord, byScale } from "./shared.js";

export const PromptChange = named(
  "promptChange",
  object({
    prompt: text(),
    before: number(),
    after: number(),
    change: number(),
    stderr: orNull(number(), "Paired by item; null where only means are known."),
    interval: orNull(IntervalRecord),
  }),
);
export type PromptChange = Of<typeof PromptChange>;

export const LevelChange = named(
  "levelChange",
  object({
    before: number(),
    after: number(),
    change: number(),
    item_stderr: orNull(number(), "For these prompts and new items, paired by item."),
    item_interval: orNull(IntervalRecord),
    crossed_stderr: orNull(number(), "For prompts drawn like these."),
    crossed_interval: orNull(IntervalRecord),
    p: orNull(number(), "Two-sided, from the crossed standard error, and adjusted by Holm over the tasks of the pair."),
    p_holm: orNull(number()),
    detectable: orNull(number(), "The smallest change of the mean that this design sees with power 0.8."),
  }),
);
export type LevelChange = Of<typeof LevelChange>;

export const ChangeTests = named(
  "changeTests",
  object({
    pitman_morgan: orNull(
      object({
        t: orNull(number()),
        df: number(),
        p: number(),
        sd_ratio: number(),
        interval: IntervalRecord,
      }),
      "Of raw variances: noise counts as variance.",
    ),
    prompt_swap: orNull(
      object({
        p: number(),
        exact: boolean(),
      }),
    ),
    noise_corrected: orNull(
      object({
        p: number(),
      }),
      "Of noise-corrected variances.",
    ),
    noise_corrected_swap: orNull(
      object({
        p: number(),
        exact: boolean(),
      }),
    ),
  }),
);
export type ChangeTests = Of<typeof ChangeTests>;

export const Power = named(
  "power",
  object(
    {
      fall_to: orNull(number(), "The largest SD after SFT, below that before, that would be seen."),
      rise_to: orNull(number(), "The smallest SD after SFT, above that before, that would be seen."),
    },
    "The smallest changes of the noise-corrected SD that this design sees with power 0.8; null where it sees none.",
  ),
);
export type Power = Of<typeof Power>;

export const SensitivityChangeRecord = named(
  "sensitivityChangeRecord",
  object(
    {
      raw_sd_before: number(),
      raw_sd_after: number(),
      sd_before: orNull(number()),
      sd_after: orNull(number()),
      sd_change_interval: orNull(IntervalRecord, "Interval of sd_after - sd_before, and of sd_after / sd_before."),
      sd_ratio_interval: orNull(IntervalRecord),
      variance_change: orNull(number(), "Change of the component, unbiased, with its interval."),
      variance_interval: orNull(IntervalRecord),
      p: orNull(
        number(),
        "The headline: the larger of the two noise-corrected p-values; adjusted by Holm over the tasks of the pair.",
      ),
      p_holm: orNull(number()),
      tests: ChangeTests,
      crossed_bootstrap: orNull(
        object({
          log_sd_ratio: IntervalRecord,
          variance_change: IntervalRecord,
          mean_change: IntervalRecord,
        }),
        "Conservative intervals without a normal distribution.",
      ),
      power: orNull(Power),
      at_boundary: boolean(
        "Whether a prompt is right on everything or nothing before or after: the logit figures are then not to be trusted.",
      ),
    },
    "Change of the standard deviation between prompts on one scale.",
  ),
);
export type SensitivityChangeRecord = Of<typeof SensitivityChangeRecord>;

export const Verdict = named(
  "verdict",
  oneOf(
    ["rose", "fell", "no change seen", "probability scale only", "not testable"],
    '"rose" and "fell" are claimed only where the logit scale says so; "probability scale only" is a change that the moved mean may have made.',
  ),
);
export type Verdict = Of<typeof Verdict>;

export const RankChange = named(
  "rankChange",
  object(
    {
      tau: number(),
      p: number(),
      exact: boolean(),
      best_before: text(),
      best_after: text(),
    },
    "Do prompts keep their order?",
  ),
);
export type RankChange = Of<typeof RankChange>;

export const Flips = named(
  "flips",
  object(
    {
      before: number(),
      after: number(),
      across: number("Share of items that one prompt answers differently after SFT, mean over prompts."),
    },
    "Share of items that two prompts answer differently.",
  ),
);
export type Flips = Of<typeof Flips>;

export const SplitChange = named(
  "splitChange",
  object({
    prompts: number(),
    change: number(),
    stderr: orNull(number()),
  }),
);
export type SplitChange = Of<typeof SplitChange>;

export const Comparison = named(
  "comparison",
  object({
    base: text(),
    sft: text(),
    sft_task: orNull(text()),
    step: orNull(number()),
    task: text(),
    metric: text(),
    prompts: list(PromptChange, "Prompts that both have finished, and the items they share."),
    items: orNull(number()),
    level: LevelChange,
    sensitivity: byScale(orNull(SensitivityChangeRecord)),
    verdict: about(
      Verdict,
      "What may be said of the change of sensitivity at the 5 % level, after Holm's adjustment over the pair's tasks.",
    ),
    pss: orNull(
      object({
        before: number(),
        after: number(),
      }),
      "PSS before and after; null where only means are known.",
    ),
    ranking: orNull(RankChange),
    flips: orNull(Flips),
    seen: orNull(SplitChange),
    unseen: orNull(SplitChange),
  }),
);
export type Comparison = Of<typeof Comparison>;

export const Pooled = named(
  "pooled",
  object(
    {
      base: text(),
      sft: text(),
      sft_task: orNull(text()),
      step: orNull(number()),
      over: oneOf(
        ["all tasks", "trained family", "other tasks"],
        "All tasks, the one trained on and its family, or the others.",
      ),
      quantity: oneOf(["level", "log SD ratio, probability scale", "log SD ratio, logit scale"]),
      tasks: list(text()),
      effect: number(),
      interval: about(IntervalRecord, "Over at least two tasks, with the interval and p-value of Hartung and Knapp."),
      p: number(),
      tau2: number("Variance of the effect between tasks, and the share of variation beyond sampling."),
      i2: number(),
      left_out: list(text(), "Tasks that could not be pooled: a component of 0 has no logarithm."),
    },
    "Changes over several tasks of one pair by random effects.",
  ),
);
export type Pooled = Of<typeof Pooled>;
