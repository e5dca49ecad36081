/** Describes what the analysis says of fine-tuning: one checkpoint before and after it, on one task or over many. */

import { type Of, about, boolean, list, named, number, object, oneOf, orNull, text } from "../../base/schema.js";
import { DesignRecord, IntervalRecord, byScale } from "./shared.js";

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
    crossed_stderr: orNull(number(), "For new wordings and new rows, in these presentations."),
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
    pivot: number("For normal effects of wordings, with effective degrees of freedom."),
    gate: number('Of "no prompt effect on either side".'),
    flips: orNull(
      object({
        p: number(),
        exact: boolean(),
      }),
      "By the signs of whole wordings; null for fewer than twelve.",
    ),
    raw: orNull(number(), "Of raw variances, where only means are known and noise may be none; null otherwise."),
    degrees_of_freedom: number(),
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
      raw_sd_before: orNull(number(), "Noise of the rows included; on the probability scale only."),
      raw_sd_after: orNull(number()),
      sd_before: orNull(number()),
      sd_after: orNull(number()),
      sd_change_interval: orNull(
        IntervalRecord,
        "Interval of sd_after - sd_before, and of sd_after / sd_before; null where `withheld` says why.",
      ),
      sd_ratio_interval: orNull(IntervalRecord),
      p: orNull(
        number(),
        "The headline: the largest p-value of the tests; adjusted by Holm over the tasks of the pair.",
      ),
      p_holm: orNull(number()),
      tests: orNull(ChangeTests),
      power: orNull(Power),
      withheld: orNull(text(), "Why intervals or the p-value are not given."),
    },
    "Change of the standard deviation between wordings, presentation held fixed, on one scale.",
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

export const TotalChangeRecord = named(
  "totalChangeRecord",
  object(
    {
      sd_before: orNull(number()),
      sd_after: orNull(number()),
      sd_change_interval: orNull(IntervalRecord),
      p: orNull(number()),
      p_holm: orNull(number()),
    },
    "Change of the standard deviation over these presentations at equal weight, on one scale.",
  ),
);
export type TotalChangeRecord = Of<typeof TotalChangeRecord>;

export const ContrastChangeRecord = named(
  "contrastChangeRecord",
  object({
    first: text("Names of the two presentations."),
    second: text(),
    before: number(),
    after: number(),
    change: number(),
    item_interval: about(IntervalRecord, "For these wordings and new rows."),
    interval: about(IntervalRecord, "For new wordings and new rows."),
    p: number(),
  }),
);
export type ContrastChangeRecord = Of<typeof ContrastChangeRecord>;

export const FloorRecord = named(
  "floorRecord",
  object({
    before: orNull(
      boolean(),
      "Whether the interval of the mean for new rows reaches down to the score of guessing; null where that is not known.",
    ),
    after: orNull(boolean()),
    p_holm_above: orNull(
      number(),
      "Holm's p-value over those tasks of the pair whose means are above guessing on both sides; null elsewhere.",
    ),
  }),
);
export type FloorRecord = Of<typeof FloorRecord>;

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
    design: DesignRecord,
    level: LevelChange,
    sensitivity: about(
      byScale(orNull(SensitivityChangeRecord)),
      "Of the SD between wordings, the presentation held fixed.",
    ),
    total: orNull(byScale(orNull(TotalChangeRecord)), "Of the SD over these presentations; null for one presentation."),
    contrast: orNull(
      ContrastChangeRecord,
      "Of the contrast between two presentations, second less first; null for another number of them.",
    ),
    verdict: about(
      Verdict,
      "What may be said of the change of sensitivity at the 5 % level, after Holm's adjustment over the pair's tasks.",
    ),
    floor: about(FloorRecord, "Which side scores no more than guessing does, and the test where neither does."),
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
      quantity: oneOf(
        ["level", "SD ratio, probability scale", "SD ratio, logit scale"],
        "The mean by random effects; the SD ratio is the root of the ratio of the tasks' summed components.",
      ),
      tasks: list(text()),
      groups: number("Groups of tasks that share no wording: what the interval and p are taken over."),
      effect: orNull(number(), "Null where the components before do not sum to more than 0."),
      interval: about(
        IntervalRecord,
        "By Hartung and Knapp for the mean, never narrower than the fixed-effect one; by Fieller for the ratio.",
      ),
      p: number(),
      tau2: orNull(
        number(),
        "Of the mean: variance of the effect between tasks, and the share of variation beyond sampling.",
      ),
      i2: orNull(number()),
      left_out: list(text(), "Tasks that could not be pooled: their noise is not known."),
    },
    "Changes over at least three tasks of one pair, all scored by metrics of one scale.",
  ),
);
export type Pooled = Of<typeof Pooled>;
