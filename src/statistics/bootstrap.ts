/** Bootstrap of figures that are functions of the prompts' means. */

import type { Random } from "../base/random.js";
import type { Interval } from "./distributions.js";
import { fastStream, normalDraws, resampleCounts } from "./draws.js";
import type { ScoreGrid } from "./grid.js";
import { sortedPercentile } from "./level.js";
import { empiricalLogit, pairedLogitMoments, type PairedMoments, type Scale } from "./moments.js";
import { variance } from "./uncertainty.js";

export const DRAWS = 3000;

/**
 * Up to this many items the items are resampled one by one. Above it the resampled means are drawn from the normal
 * distribution with the same mean and the same covariance as resampling gives them (exactly C (I - 1) / I^2): only the
 * skewness, of order 1 / sqrt(I), is lost. The comparison of the two is in docs/statistics.md.
 */
export const EXACT_ITEMS = 1000;

/** How to resample. */
export interface BootstrapOptions {
  readonly random: Random;
  readonly draws?: number;
  /** Overrides {@link EXACT_ITEMS}. */
  readonly exactItems?: number;
}

/**
 * Resampled means of rows that share their items.
 * @param rows [row] -> scores of the row over the items, all of the same length; before and after are simply more rows
 * @param covariance over items of the rows (R x R); used above `exactItems` items
 * @yields the means (R) of one resample; the array is reused
 */
export function* resampledMeans(
  rows: readonly Float64Array[],
  covariance: () => Float64Array,
  { random, draws = DRAWS, exactItems = EXACT_ITEMS }: BootstrapOptions,
): Generator<Float64Array, void> {
  const uniform = fastStream(random);
  const items = rows[0]?.length ?? 0;
  const out = new Float64Array(rows.length);
  if (items <= exactItems) {
    const counts = new Float64Array(items);
    for (let draw = 0; draw < draws; draw++) {
      resampleCounts(counts, uniform);
      for (let r = 0; r < rows.length; r++) {
        const row = rows[r] as Float64Array;
        let sum = 0;
        for (let i = 0; i < items; i++) sum += (counts[i] as number) * (row[i] as number);
        out[r] = sum / items;
      }
      yield out;
    }
    return;
  }
  const means = rows.map((row) => row.reduce((sum, value) => sum + value, 0) / items);
  const factor = cholesky(
    covariance().map((value) => (value * (items - 1)) / items ** 2),
    rows.length,
  );
  const normal = normalDraws(uniform);
  const z = new Float64Array(rows.length);
  for (let draw = 0; draw < draws; draw++) {
    for (let r = 0; r < z.length; r++) z[r] = normal();
    for (let r = 0; r < z.length; r++) {
      let sum = means[r] as number;
      for (let c = 0; c <= r; c++) sum += (factor[r * z.length + c] as number) * (z[c] as number);
      out[r] = sum;
    }
    yield out;
  }
}

/**
 * Percentile intervals, over items, of figures of the prompts' means: the prompts are kept as they are.
 * Not for the best, the worst and the spread as estimates of anything but themselves: resampling adds noise to them once
 * more. Source: Efron & Tibshirani 1993, chapter 13.
 * @param figures computes the figures of one resample from the prompts' means (P)
 * @returns one 95 % interval for each figure
 */
export function itemBootstrap(
  grid: ScoreGrid,
  covariance: Float64Array,
  figures: (means: Float64Array) => readonly number[],
  options: BootstrapOptions,
  level = 0.95,
): Interval[] {
  const drawn: number[][] = [];
  for (const means of resampledMeans(gridRows(grid), () => covariance, options)) drawn.push([...figures(means)]);
  return Array.from({ length: drawn[0]?.length ?? 0 }, (_, figure) =>
    percentileInterval(
      Float64Array.from(drawn, (draw) => draw[figure] as number),
      level,
    ),
  );
}

/** The crossed bootstrap of a change in the variance between prompts. */
export interface CrossedBootstrap {
  /** log of the ratio after / before of the raw standard deviations between prompts. */
  readonly logSdRatio: Interval;
  /** Difference after - before of the noise-corrected variances between prompts. */
  readonly varianceChange: Interval;
  /** Difference after - before of the means over prompts. */
  readonly meanChange: Interval;
}

/** A scale on which the resampled means are compared. */
export interface BootstrapScale {
  /** Applied to every resampled mean, e.g. the empirical logit. */
  readonly transform: (mean: number) => number;
  /** Moments on that scale. */
  readonly moments: PairedMoments;
}

/** @param moments on the probability scale */
export function bootstrapScale(scale: Scale, moments: PairedMoments): BootstrapScale {
  if (scale === "probability") return { transform: (mean) => mean, moments };
  const { items } = moments.before;
  return { transform: (mean) => empiricalLogit(mean, items), moments: pairedLogitMoments(moments) };
}

/**
 * Paired crossed ("pigeonhole") bootstrap: prompts and items are resampled independently, the same for both checkpoints,
 * and every score counts as often as its prompt and its item together. Conservative, strongly so for a variance; see
 * docs/statistics.md. The residual mean square follows the resampled prompts but not the resampled items: its
 * (P - 1)(I - 1) degrees of freedom make that part negligible beside the P - 1 of the prompts.
 * Sources: Owen 2007 (Annals of Applied Statistics 1:386); Owen & Eckles 2012.
 * @param moments of the two grids, on the probability scale
 * @param scales all are computed from the same resamples
 * @returns one for each scale
 */
export function crossedBootstrap(
  before: ScoreGrid,
  after: ScoreGrid,
  moments: PairedMoments,
  scales: readonly BootstrapScale[],
  options: BootstrapOptions,
  level = 0.95,
): CrossedBootstrap[] {
  const { prompts, items } = before;
  const { draws = DRAWS } = options;
  const counts = new Float64Array(prompts);
  const uniform = fastStream(options.random);
  const [x, y] = [new Float64Array(prompts), new Float64Array(prompts)];
  const drawn = scales.map(() => ({
    logSdRatio: new Float64Array(draws),
    varianceChange: new Float64Array(draws),
    meanChange: new Float64Array(draws),
  }));
  const rows = [...gridRows(before), ...gridRows(after)];
  let draw = 0;
  for (const means of resampledMeans(rows, () => stackedCovariance(moments), options)) {
    resampleCounts(counts, uniform);
    const chosen = chosenPrompts(counts);
    scales.forEach(({ transform, moments: here }, s) => {
      let at = 0;
      let change = 0;
      for (const p of chosen) {
        const [b, a] = [transform(inUnit(means[p] as number)), transform(inUnit(means[prompts + p] as number))];
        const times = counts[p] as number;
        change += times * (a - b);
        for (let k = 0; k < times; k++, at++) {
          x[at] = b;
          y[at] = a;
        }
      }
      const [varBefore, varAfter] = [variance(x), variance(y)];
      const noiseBefore = weightedResidual(here.before.covariance, counts, chosen) / items;
      const noiseAfter = weightedResidual(here.after.covariance, counts, chosen) / items;
      const { logSdRatio, varianceChange, meanChange } = drawn[s] as (typeof drawn)[number];
      // One prompt drawn P times says nothing of a ratio.
      logSdRatio[draw] = varBefore === 0 && varAfter === 0 ? NaN : Math.log(varAfter / varBefore) / 2;
      varianceChange[draw] = varAfter - noiseAfter - (varBefore - noiseBefore);
      meanChange[draw] = change / prompts;
    });
    draw++;
  }
  return drawn.map(({ logSdRatio, varianceChange, meanChange }) => ({
    logSdRatio: percentileInterval(logSdRatio, level),
    varianceChange: percentileInterval(varianceChange, level),
    meanChange: percentileInterval(meanChange, level),
  }));
}

function chosenPrompts(counts: Float64Array): number[] {
  const chosen: number[] = [];
  for (let p = 0; p < counts.length; p++) if ((counts[p] as number) > 0) chosen.push(p);
  return chosen;
}

/** Covariance (2P x 2P) of the prompts before followed by the prompts after. */
export function stackedCovariance({ before, after, cross }: PairedMoments): Float64Array {
  const n = before.prompts;
  const out = new Float64Array(4 * n * n);
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < n; q++) {
      out[p * 2 * n + q] = before.covariance[p * n + q] as number;
      out[(n + p) * 2 * n + n + q] = after.covariance[p * n + q] as number;
      out[p * 2 * n + n + q] = out[(n + q) * 2 * n + p] = cross[p * n + q] as number;
    }
  }
  return out;
}

/**
 * Residual mean square of a grid in which prompt p stands counts[p] times: (sum_p c_p C_pp - c'Cc / P) / (P - 1).
 * @param chosen prompts whose count is not 0
 */
function weightedResidual(covariance: Float64Array, counts: Float64Array, chosen: readonly number[]): number {
  const n = counts.length;
  let [trace, total] = [0, 0];
  for (let i = 0; i < chosen.length; i++) {
    const p = chosen[i] as number;
    const weight = counts[p] as number;
    const own = covariance[p * n + p] as number;
    trace += weight * own;
    let others = 0;
    for (let j = 0; j < i; j++) {
      const q = chosen[j] as number;
      others += (counts[q] as number) * (covariance[p * n + q] as number);
    }
    total += weight * (weight * own + 2 * others);
  }
  return (trace - total / n) / (n - 1);
}

/** A normal draw of a mean near 0 or 1 may leave the range of scores, where no logit exists. */
function inUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** The rows of a grid, without copying. */
export function gridRows({ prompts, items, values }: ScoreGrid): Float64Array[] {
  return Array.from({ length: prompts }, (_, p) => values.subarray(p * items, (p + 1) * items));
}

/** Sorts the values. */
function percentileInterval(drawn: Float64Array, level: number): Interval {
  const values = drawn.some(Number.isNaN) ? drawn.filter((value) => !Number.isNaN(value)) : drawn;
  values.sort();
  return { low: sortedPercentile(values, 0.5 - level / 2), high: sortedPercentile(values, 0.5 + level / 2) };
}

/** Lower triangular L with L L' = matrix (n x n, positive semi-definite: directions without variance get zeros). */
export function cholesky(matrix: ArrayLike<number>, n: number): Float64Array {
  const out = new Float64Array(n * n);
  let largest = 0;
  for (let r = 0; r < n; r++) largest = Math.max(largest, matrix[r * n + r] as number);
  for (let c = 0; c < n; c++) {
    let pivot = matrix[c * n + c] as number;
    for (let k = 0; k < c; k++) pivot -= (out[c * n + k] as number) ** 2;
    if (pivot <= largest * 1e-12) continue;
    const root = Math.sqrt(pivot);
    out[c * n + c] = root;
    for (let r = c + 1; r < n; r++) {
      let sum = matrix[r * n + c] as number;
      for (let k = 0; k < c; k++) sum -= (out[r * n + k] as number) * (out[c * n + k] as number);
      out[r * n + c] = sum / root;
    }
  }
  return out;
}
