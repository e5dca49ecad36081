/** Describes what the analysis says of other wordings: quantiles over them, and how they order two checkpoints. */

import { type Of, list, named, number, object, orNull, text } from "../../base/schema.js";
import { DesignRecord, IntervalRecord } from "./shared.js";

export const QuantileRecord = named(
  "quantileRecord",
  object({
    at: number("Share of wordings that score lower."),
    value: orNull(number(), "Null where the interval leaves open nearly all that is possible; `withheld` says so."),
    interval: orNull(IntervalRecord, "For new wordings and new rows."),
  }),
);
export type QuantileRecord = Of<typeof QuantileRecord>;

export const QuantilesRecord = named(
  "quantilesRecord",
  object(
    {
      values: list(QuantileRecord, "Empty where `withheld` says why."),
      withheld: orNull(text(), "Why there are none, or which are left open."),
    },
    "Quantiles of the scores that wordings like these have in these presentations, with endless rows.",
  ),
);
export type QuantilesRecord = Of<typeof QuantilesRecord>;

export const OrderRecord = named(
  "orderRecord",
  object(
    {
      task: text(),
      first: text("Of a base checkpoint and its SFT checkpoint, the base."),
      second: text(),
      items: orNull(number()),
      design: DesignRecord,
      higher: number("Prompts under which the second scores higher, lower and the same on these rows."),
      lower: number(),
      equal: number(),
      share: orNull(
        number(),
        "Share of wordings like these, in these presentations, under which the second scores higher with endless rows; null where `withheld` says why.",
      ),
      share_interval: orNull(IntervalRecord, "For new wordings and new rows."),
      reversal: orNull(
        number(),
        "Probability that two such prompts put the two checkpoints in different orders, 2 share (1 - share).",
      ),
      reversal_interval: orNull(IntervalRecord, "For new wordings and new rows."),
      withheld: orNull(text(), "Why the reversal, or both, are not given."),
    },
    "Which of two checkpoints scores higher, prompt by prompt.",
  ),
);
export type OrderRecord = Of<typeof OrderRecord>;
