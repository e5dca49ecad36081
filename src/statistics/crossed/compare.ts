/** Compares two drawn components on a scale. */

import type { Interval } from "../distributions.js";
import { sortedPercentile } from "../level.js";
import type { Sides } from "./moments.js";
import type { PairedDraws } from "./pivot.js";
import type { ScaleMap } from "./scale.js";

/** Holds what the draws show about a change. */
export interface DrawnChange {
  /** 95 % interval of SD after - SD before; infinite where a side has no upper limit. */
  readonly change: Interval;
  /** 95 % interval of SD after / SD before: from 0 or to infinity where the data allow a component of 0. */
  readonly ratio: Interval;
  /** Two-sided p-value of "the SDs are equal", by the pivot alone. */
  readonly p: number;
}

/** Maps the draws and takes percentiles. Components below 0 are told apart by the secant, so that they do not tie. */
export function drawnChange(
  { before, after }: PairedDraws,
  scale: ScaleMap,
  beside: Sides<number>,
  level = 0.95,
): DrawnChange {
  const draws = before.length;
  const change = new Float64Array(draws);
  const ratioLow = new Float64Array(draws);
  const ratioHigh = new Float64Array(draws);
  let [above, below, cutBefore, cutAfter] = [0, 0, 0, 0];
  for (let k = 0; k < draws; k++) {
    const [x, y] = [before[k] as number, after[k] as number];
    const [sdX, sdY] = [scale.fast(0, x, beside[0]), scale.fast(1, y, beside[1])];
    if (sdX >= scale.largest * (1 - 1e-9)) cutBefore++;
    if (sdY >= scale.largest * (1 - 1e-9)) cutAfter++;
    const squareX = x < 0 ? x * scale.secants[0] ** 2 : sdX * sdX;
    const squareY = y < 0 ? y * scale.secants[1] ** 2 : sdY * sdY;
    if (squareY >= squareX) above++;
    if (squareY <= squareX) below++;
    change[k] = sdY - sdX;
    ratioLow[k] = sdY === 0 ? 0 : sdY / sdX;
    ratioHigh[k] = sdX === 0 ? Infinity : sdY / sdX;
  }
  const tail = (1 - level) / 2;
  const [openBelow, openAbove] = [cutBefore > tail * draws, cutAfter > tail * draws];
  change.sort();
  ratioLow.sort();
  ratioHigh.sort();
  return {
    change: {
      low: openBelow ? -Infinity : sortedPercentile(change, tail),
      high: openAbove ? Infinity : sortedPercentile(change, 1 - tail),
    },
    ratio: {
      low: openBelow ? 0 : sortedPercentile(ratioLow, tail),
      high: openAbove ? Infinity : (ratioHigh[Math.floor((1 - tail) * (draws - 1))] as number),
    },
    p: Math.min(1, (2 * (1 + Math.min(above, below))) / (1 + draws)),
  };
}
