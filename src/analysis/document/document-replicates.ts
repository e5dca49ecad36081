/** Describes what the analysis says of several fine-tunings of one arm: same task and settings, other seeds or runs. */

import { type Of, about, list, named, number, object, oneOf, orNull, text } from "../../base/schema.js";
import { IntervalRecord, byScale } from "./shared.js";

export const SeedFigure = named(
  "seedFigure",
  object(
    {
      change: number("Mean over the seeds of their changes."),
      interval: orNull(IntervalRecord, "For new seeds, wordings and rows; null where `withheld` says why."),
      p: orNull(number(), "Two-sided, and adjusted by Holm over the tasks of the arm."),
      p_holm: orNull(number()),
      sd: number("Standard deviation between the seeds' changes, on these prompts and rows."),
      sd_interval: about(IntervalRecord, "By chi-square, seeds being normal."),
      seed_share: orNull(
        number(),
        "Share of the squared standard error of the change that the seeds make; the rest is of wordings and rows.",
      ),
    },
    "A change over seeds.",
  ),
);
export type SeedFigure = Of<typeof SeedFigure>;

export const SeedChange = named(
  "seedChange",
  object({
    seed: text(),
    sft: text("Name of the checkpoint."),
    level: number("Change of the mean."),
    sd_probability: orNull(number(), "Change of the SD between wordings, the presentation held fixed."),
    sd_logit: orNull(number()),
  }),
);
export type SeedChange = Of<typeof SeedChange>;

export const Replicates = named(
  "replicates",
  object({
    arm: text("Name of what the checkpoints are replicates of."),
    base: orNull(text(), "Null where each seed has a base of its own."),
    sft_task: orNull(text()),
    step: orNull(number()),
    task: text(),
    metric: text(),
    of: oneOf(["seed", "run"], "What the replicates differ by: the seed of SFT, or the run of pre-training."),
    seeds: list(SeedChange, "One entry for each seed, or for each run."),
    level: about(SeedFigure, "Of the mean."),
    sensitivity: about(
      byScale(orNull(SeedFigure)),
      "Of the SD between wordings, the presentation held fixed; null where a seed's is not known.",
    ),
    withheld: orNull(text(), "Why no figure of the SD is given, or no p-value of it."),
  }),
);
export type Replicates = Of<typeof Replicates>;
