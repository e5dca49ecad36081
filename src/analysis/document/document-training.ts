/**
 * Describes what the analysis says of a training run: trends along pre-training, transfer and forgetting between tasks.
 */

import { type Of, list, named, number, object, oneOf, optional, orNull, text } from "../../base/schema.js";
import { IntervalRecord } from "./shared.js";

export const TrendQuantity = named("trendQuantity", oneOf(["level", "change of level", "SD", "change of SD"]));
export type TrendQuantity = Of<typeof TrendQuantity>;

export const Trend = named(
  "trend",
  object(
    {
      task: text(),
      run: orNull(text(), "The run; null where the checkpoints name none."),
      sft_task: orNull(text(), "Null: the base checkpoints themselves."),
      quantity: TrendQuantity,
      prompts: number(),
      points: list(
        object({
          checkpoint: text(),
          step: orNull(number(), "Null along tokens."),
          tokens: optional(number("Along tokens alone.")),
          value: number(),
        }),
      ),
      axis: optional(oneOf(["tokens"], "What it goes along where that is not steps: no name of the run tells them.")),
      slope: number("Change of the figure per `unit` steps or tokens."),
      unit: number("A power of ten within the length of the run."),
      interval: orNull(
        IntervalRecord,
        "Of the slope of a level, for new wordings and rows, the checkpoints as they are; null elsewhere.",
      ),
      p: orNull(number(), "Both questions together: null where one of them cannot be answered."),
      p_cells: orNull(number(), "For new rows and wordings, the checkpoints as they are."),
      p_wobble: orNull(number(), "Beside the wobble of training."),
      p_holm: orNull(number(), "Holm's p-value over the trends of one quantity."),
      withheld: orNull(text(), "Why there is no p-value."),
    },
    "One figure along one training run, over the prompts that all its checkpoints were asked.",
  ),
);
export type Trend = Of<typeof Trend>;

export const TransferCell = named(
  "transferCell",
  object({
    task: text(),
    relation: oneOf(
      ["trained", "same family", "other family", "unknown"],
      "The task trained on; another of its family; a task of another family.",
    ),
    before: number(),
    after: number(),
    change: number(),
    stderr: orNull(number()),
    ratio: orNull(number(), "(after - before) / before; null for a base of 0."),
    floor_aware_ratio: orNull(
      number(),
      "(after - before) / (before - chance); null where the base is not above chance.",
    ),
  }),
);
export type TransferCell = Of<typeof TransferCell>;

export const RatioSummary = named(
  "ratioSummary",
  object(
    {
      over: oneOf(["all other tasks", "generation", "classification"]),
      tasks: list(text()),
      mean: orNull(number()),
      mean_interval: orNull(IntervalRecord, "For tasks like these; null for fewer than three."),
      median: orNull(number()),
      trimmed: orNull(number()),
      leave_one_out: orNull(
        object({
          lowest: object({
            left: text(),
            mean: number(),
          }),
          highest: object({
            left: text(),
            mean: number(),
          }),
        }),
      ),
      floor_aware_mean: orNull(number(), "Null where the score of guessing is not known of every task, too."),
      floor_aware_median: orNull(number()),
      at_floor: list(text(), "Bases not above chance: they have nothing to forget."),
    },
    "The published mean and its robust forms: one base near 0 can carry the mean anywhere.",
  ),
);
export type RatioSummary = Of<typeof RatioSummary>;

export const Transfer = named(
  "transfer",
  object(
    {
      base: text(),
      sft: text(),
      sft_task: text(),
      step: orNull(number()),
      cells: list(TransferCell),
      summaries: list(RatioSummary, "Ratios of change over the tasks that were not trained on, by kind of task."),
    },
    "What fine-tuning on one task did to every task, from one base.",
  ),
);
export type Transfer = Of<typeof Transfer>;

export const Groups = named(
  "groups",
  object(
    {
      tasks: list(
        object({
          task: text(),
          sft_task: orNull(text()),
          learned_in: oneOf(["pre-training", "fine-tuning", "neither"]),
          pre_training_gain: orNull(number()),
          fine_tuning_gain: orNull(number()),
        }),
      ),
      changes: list(
        object({
          base: text(),
          step: orNull(number()),
          pre_training: orNull(number()),
          fine_tuning: orNull(number()),
          neither: orNull(number()),
        }),
      ),
    },
    "Change by where a task is learned, found in the data: it describes them and tests nothing.",
  ),
);
export type Groups = Of<typeof Groups>;
