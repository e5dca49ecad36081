/** Describes what several parts of the analysis are made of. */

import { type Of, type Schema, boolean, list, named, number, object, orNull, text } from "../../base/schema.js";

/** Holds a figure on the scale of the scores and on the logit scale. */
export interface ByScale<T> {
  readonly probability: T;
  readonly logit: T;
}

/** Returns the schema of a figure on both scales. */
export function byScale<T>(figure: Schema<T>): Schema<ByScale<T>> {
  return object({ probability: figure, logit: figure });
}

export const IntervalRecord = named(
  "intervalRecord",
  object(
    {
      low: orNull(number()),
      high: orNull(number()),
    },
    "A 95 % interval; an end is null where it is infinite.",
  ),
);
export type IntervalRecord = Of<typeof IntervalRecord>;

export const DesignRecord = named(
  "designRecord",
  object(
    {
      wordings: number(),
      presentations: list(
        text(),
        "What tells the presentations apart, in their order; one without a name where all are presented alike.",
      ),
      balanced: boolean("Whether each wording stands equally often."),
    },
    "How prompts stand in wordings, which are drawn from many, and presentations, which stand for themselves.",
  ),
);
export type DesignRecord = Of<typeof DesignRecord>;
