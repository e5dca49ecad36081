/** What several parts of the analysis are made of. */

import { type Of, type Schema, named, number, object, orNull } from "../../base/schema.js";

/** A figure on the scale of the scores and on the logit scale. */
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
