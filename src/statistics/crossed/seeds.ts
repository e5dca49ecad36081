/** Joins the changes of several fine-tunings that differ by their seed alone. */

import { chiSquareInverse, type Interval, tInverse } from "../distributions.js";
import { mean, variance } from "../uncertainty.js";

/**
 * Says how far a 95 % interval of the seeds' mean reaches for these seeds, by the rows and wordings that all seeds
 * share.
 */
export interface SharedError {
  readonly below: number;
  readonly above: number;
  readonly df: number;
}

/** Holds the mean over seeds with what the seeds make of its error. */
export interface OverSeeds {
  readonly change: number;
  /** 95 %, for new seeds, wordings and rows. */
  readonly interval: Interval;
  /** Two-sided. */
  readonly p: number;
  /** SD between seeds on these prompts and rows, with its 95 % interval by chi-square. */
  readonly sd: number;
  readonly sdInterval: Interval;
  /** Share of the seeds in the squared standard error of the mean, 0 to 1; NaN where nothing varies. */
  readonly share: number;
}

const LEVEL = 0.95;
/** Smallest p-value that is looked for, as a power of ten. */
const SMALLEST = -12;

/**
 * Adds the squares of two half widths: that of the shared error, and Student's of the mean of S seeds with S - 1
 * degrees of freedom. It is exact where either part is 0, and too wide between. What a seed does to single rows and
 * wordings is counted in both parts. The p-value is the level at which the interval ends at 0. Sources: Cochran 1964
 * for the two degrees of freedom; Zou & Donner 2008 for the sum of squared distances.
 * @param changes one for each seed; at least two
 */
export function overSeeds(changes: readonly number[], { below, above, df }: SharedError): OverSeeds {
  const n = changes.length;
  const change = mean(changes);
  const sd = Math.sqrt(variance(changes));
  const own = sd / Math.sqrt(n);
  const half = (shared: number, tail: number) =>
    Math.hypot((shared * tInverse(tail, df)) / tInverse(TAIL, df), own * tInverse(tail, n - 1));
  const facing = change > 0 ? below : above;
  const shared = (below + above) / 2 / tInverse(TAIL, df);
  return {
    change,
    interval: { low: change - half(below, 1 - TAIL), high: change + half(above, 1 - TAIL) },
    p: levelOf((p) => half(facing, p / 2), Math.abs(change)),
    sd,
    sdInterval: {
      low: sd * Math.sqrt((n - 1) / chiSquareInverse(TAIL, n - 1)),
      high: sd * Math.sqrt((n - 1) / chiSquareInverse(1 - TAIL, n - 1)),
    },
    share: own ** 2 / (own ** 2 + shared ** 2),
  };
}

const TAIL = (1 + LEVEL) / 2;

/** Finds the p at which a half width is as large as the change, by bisection of its logarithm. */
function levelOf(half: (p: number) => number, change: number): number {
  if (change === 0) return 1;
  let [low, high] = [SMALLEST, 0];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (half(10 ** middle) > change) low = middle;
    else high = middle;
  }
  return 10 ** high;
}
