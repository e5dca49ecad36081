/** What several parts of the analysis are made of. */

/** A 95 % interval; an end is null where it is infinite. */
export interface IntervalRecord {
  readonly low: number | null;
  readonly high: number | null;
}

/** A figure on the scale of the scores and on the logit scale. */
export interface ByScale<T> {
  readonly probability: T;
  readonly logit: T;
}
