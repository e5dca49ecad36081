/** Describes what a plan says, as a document. */

import {
  type Of, about, boolean, constant, list, named, number, object, orNull, text,
} from "../../base/schema.js"; // prettier-ignore
import { IntervalRecord } from "../document/shared.js";

export const PLAN_SCHEMA = "amuro-eval/plan@1";

const Size = named("size", object({ wordings: number(), rows: number() }));

const Wanted = object({
  ratio: orNull(number(), "SD after / SD before that is to be seen: in logits for shares, in score units for others."),
  change: orNull(number(), "Change of the mean that is to be seen."),
  sd_error: orNull(number(), "Half width of the 95 % interval of the SD between wordings."),
  mean_error: orNull(number(), "Half width of the 95 % interval of a mean, for new wordings and rows."),
  change_error: orNull(number(), "The same of the change of the mean."),
  power: number(),
});
export type Wanted = Of<typeof Wanted>;

const NeedRecord = object({
  what: text('What is wanted, e.g. "SD x 2".'),
  present: orNull(number(), "Power, or half width, of the pilot's own design."),
  wordings: orNull(number(), "Wordings on the pilot's rows; null where 96 are not enough."),
  rows: orNull(number(), "Rows under the pilot's number of wordings; null where all there are do not suffice."),
  least: orNull(Size, "Both, at the least number of scores."),
  range: orNull(
    object({ best: orNull(Size), worst: orNull(Size) }),
    "The same at the ends of the 95 % interval of the SD; null inside: not at all.",
  ),
  why: orNull(text(), "Why the pilot cannot say it."),
});
export type NeedRecord = Of<typeof NeedRecord>;

const PlanEntry = object({
  task: text(),
  base: text(),
  sft: orNull(text(), "Null for a checkpoint alone: after SFT is then taken to be like before."),
  pilot: object({
    prompts: number(),
    wordings: number(),
    presentations: number(),
    rows: number(),
    most_rows: orNull(number()),
  }),
  assumed: orNull(
    object({
      mean: number(),
      sd: number("Between wordings, presentation held fixed, in score units."),
      sd_interval: about(IntervalRecord, "95 %."),
      row_sd: number("Of one row under one prompt, within presentations."),
      correlation: number("Of the wordings' effects before and after."),
    }),
    "Null where the pilot says nothing of wordings.",
  ),
  sees: orNull(
    object({
      fall_ratio: orNull(number()),
      rise_ratio: orNull(number(), "Null where no rise is seen, or where the SD is estimated at 0."),
      rise_to: orNull(number(), "SD after, in score units."),
      change: orNull(number()),
    }),
    "The smallest changes that the pilot's own design sees with the wanted power.",
  ),
  needs: list(NeedRecord),
  axes: list(
    object({
      axis: text(),
      share: number(),
      certain: boolean("Whether the interval for these levels and new rows lies above 0."),
    }),
    "Shares of the variance between prompts by axis, largest first; empty where the pilot varied fewer than two axes.",
  ),
  why: orNull(text(), "Why nothing can be planned from it."),
});
export type PlanEntry = Of<typeof PlanEntry>;

const SeedNeed = object({
  what: text(),
  present: number("Power, or half width, of the pilot's own seeds."),
  seeds: orNull(number(), "Fewest, with the pilot's wordings and rows; null where 30 are not enough."),
  range: about(
    object({ best: orNull(number()), worst: orNull(number()) }),
    "The same at the ends of the 95 % interval of the SD between seeds.",
  ),
});

const SeedPlan = object({
  arm: text(),
  task: text(),
  seeds: number("Fine-tunings of the pilot that differ by their seed or run alone."),
  wordings: number(),
  rows: number(),
  sd: number("Between the seeds' changes of the mean, on these prompts and rows."),
  sd_interval: about(IntervalRecord, "95 %, by chi-square."),
  sees: number("The smallest change of the mean that as many seeds see with the wanted power."),
  endless: number("Half width of the 95 % interval that endless seeds would leave: that of wordings and rows."),
  needs: list(SeedNeed),
});
export type SeedPlan = Of<typeof SeedPlan>;

export const StudyPlan = object({
  schema: constant(PLAN_SCHEMA),
  wanted: Wanted,
  alpha: number("Level of one test: .05 over the tasks of a pair, as Holm's first step has it."),
  entries: list(PlanEntry),
  seeds: list(SeedPlan, "One entry for each arm of several seeds and task."),
  recommended: orNull(Size, "Large enough for everything that can be reached."),
  cost: orNull(
    object({ scores: number(), tokens: number(), hours: number() }),
    "Of the recommended study over the pilot's checkpoints and tasks, at the pilot's speed; null where that is not known.",
  ),
  command: orNull(text(), "What runs it; null where the pilot's own command is not known."),
  notes: list(text()),
});
/**
 * Says what a study needs, from a pilot: needs of each task and pair, the size that meets them all, its cost and its
 * command.
 */
export type StudyPlan = Of<typeof StudyPlan>;
