/** What the analysis says of a training run: trends along pre-training, transfer and forgetting between tasks. */

import { type Of, boolean, list, named, number, object, oneOf, orNull, text } from "../../base/schema.js";
import { IntervalRecord } from "./shared.js";

export const TrendQuantity = named(
  "trendQuantity",
  oneOf([
    "level",
    "change of level",
    "SD, probability scale",
    "SD, logit scale",
    "change of SD, probability scale",
    "change of SD, logit scale",
    "raw SD",
    "change of raw SD",
  ]),
);
export type TrendQuantity = Of<typeof TrendQuantity>;

export const Trend = named(
  "trend",
  object(
    {
      task: text(),
      sft_task: orNull(text(), "Null: the base checkpoints themselves."),
      quantity: TrendQuantity,
      points: list(
        object({
          checkpoint: text(),
          step: number(),
          value: number(),
        }),
      ),
      spearman: orNull(
        object({
          rho: number(),
          p: number(),
          exact: boolean(),
        }),
        "Null for fewer than three points or a constant.",
      ),
      slope: orNull(
        object({
          per_100k_steps: number(),
          interval: IntervalRecord,
        }),
        "Change of the figure for 100,000 steps, with its interval.",
      ),
    },
    "One figure along the steps of pre-training.",
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
      floor_aware_mean: orNull(number()),
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
