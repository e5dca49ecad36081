/** Gives the SD over these presentations an interval. */

import { type Interval, tInverse } from "../distributions.js";
import { eigenOf } from "../matrix.js";
import type { Presentations } from "./presentations.js";

/** Holds an estimate that is part of a sum, with its interval. */
interface Part {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Adds the variance between wordings and the squared contrasts of the presentations, whose errors are independent: the
 * distance of each limit of the sum is the root of the sum of their squared distances. Contrasts are turned so that
 * they are uncorrelated, and the limits of a squared contrast are those of Student's interval of it. Sources: Graybill
 * & Wang 1980 for sums of variances; Zou, Huang & Zhang 2009 for recovered variance estimates.
 * @param component between wordings; less than 0 counts as 0
 * @param within interval of the SD between wordings
 * @param contrast interval of the contrast of two presentations, in place of Student's
 */
export function totalInterval(
  component: number,
  presentations: Presentations,
  within: Interval,
  contrast: Interval | null,
): Interval {
  const squares = contrast === null ? squaredContrasts(presentations) : [squaredContrast(presentations, contrast)];
  const wordings = { estimate: Math.max(0, component), low: within.low ** 2, high: within.high ** 2 };
  const parts = [wordings, ...squares];
  const estimate = wordings.estimate + presentations.beside[0];
  const below = Math.hypot(...parts.map((one) => Math.max(0, one.estimate - one.low)));
  const above = Math.hypot(...parts.map((one) => Math.max(0, one.high - one.estimate)));
  return { low: Math.sqrt(Math.max(0, estimate - below)), high: Math.sqrt(estimate + above) };
}

/** Takes the second less the first presentation, a quarter of whose square is the variance between the two. */
function squaredContrast({ variance, chance }: Presentations, { low, high }: Interval): Part {
  const nearest = low > 0 ? low : high < 0 ? high : 0;
  return {
    estimate: variance[0] - chance[0],
    low: nearest ** 2 / 4,
    high: Math.max(low ** 2, high ** 2) / 4,
  };
}

function squaredContrasts({ contrasts, covariance, df }: Presentations): Part[] {
  const [own] = contrasts;
  const m = own.length;
  const { values, vectors } = eigenOf(covariance[0][0], m);
  const t = tInverse(0.975, df);
  return Array.from(values, (value, k) => {
    const square = Math.max(0, value);
    let size = 0;
    for (let r = 0; r < m; r++) size += (vectors[r * m + k] as number) * (own[r] as number);
    const half = t * Math.sqrt(square);
    return {
      estimate: (size ** 2 - square) / (m + 1),
      low: Math.max(0, Math.abs(size) - half) ** 2 / (m + 1),
      high: (Math.abs(size) + half) ** 2 / (m + 1),
    };
  });
}
