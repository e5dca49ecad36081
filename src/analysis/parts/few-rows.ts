/** Gives figures of few informative rows a width: there a standard error is near 0 or exactly 0, whatever the truth. */

import { largestSd, type CrossedDesign } from "../../statistics/crossed/design.js";
import { normalInverse, wilsonInterval } from "../../statistics/distributions.js";
import type { ScoreGrid } from "../../statistics/grid.js";
import { signTest } from "../../statistics/permutation.js";
import { type Estimate, mean } from "../../statistics/uncertainty.js";
import type { IntervalRecord } from "../document/document.js";
import type { Scores } from "../read/input.js";
import { subsetGrid } from "../read/subset.js";

/** Sets the rows off an end of the scale below which a standard error says nothing. */
const INFORMATIVE = 5;
/** Sets the distance of a mean from 0 or 1 below which its interval is not taken as symmetric. */
const NEAR_AN_END = 0.1;
const SAME = 1e-12;

/** Scores with what rows belong together. */
export type Rows = Pick<Scores, "grid" | "clusters">;

/**
 * Returns the interval of a mean joined with Wilson's: for as many rows, or clusters of rows, where fewer than five of
 * them differ from all wrong, or from all right, or none differs from another; and for as many as the interval is worth
 * where the mean is near an end of the scale, since there an error that is taken from the rows is small just where the
 * mean is too near the end. Scores beyond 0 and 1 have no such interval.
 */
export function withWidth(interval: IntervalRecord, rows: Rows): IntervalRecord {
  const wide = [fewRowsInterval(rows), skewedInterval(interval, rows.grid)];
  return wide.reduce<IntervalRecord>((all, one) => (one === null ? all : joined(all, one)), interval);
}

/** Returns a standard error of a mean that is not below that of Wilson's interval, where {@link withWidth} joins it. */
export function stderrWithWidth(stderr: number, rows: Rows): number {
  const wilson = fewRowsInterval(rows);
  return wilson === null ? stderr : Math.max(stderr, stderrOf(wilson));
}

/** Returns half the width of an interval in standard errors of the normal distribution. */
export function stderrOf({ low, high }: { readonly low: number; readonly high: number }): number {
  return (high - low) / (2 * normalInverse(0.975));
}

/** Returns the standard error of a share of n rows; near an end of the scale not below that of Wilson's interval. */
export function shareStderr(share: number, n: number): number {
  const own = Math.sqrt((share * (1 - share)) / n);
  return Math.min(share, 1 - share) * n < INFORMATIVE ? Math.max(own, stderrOf(wilsonInterval(share, n))) : own;
}

/**
 * Returns the standard error of a mean as it is shown: of shares near an end of the scale, or all alike, not below that
 * of as many right or wrong answers; null where rows of other scores are all alike.
 * @param isShare whether scores lie between 0 and 1
 */
export function shownStderr({ mean: value, stderr, n }: Estimate, isShare: boolean): number | null {
  if (!isShare || stderr === null) return stderr === 0 ? null : stderr;
  const few = stderr < SAME || Math.min(value, 1 - value) * n < INFORMATIVE;
  return few ? Math.max(stderr, shareStderr(value, n)) : stderr;
}

/** Returns the standard error of a mean over prompts as it is shown: {@link shownStderr} where all rows are alike. */
export function shownStderrOverPrompts(found: Estimate, isShare: boolean): number | null {
  return shownStderr(found, isShare && found.stderr !== null && found.stderr < SAME);
}

/**
 * Joins the interval of a share of which no rows are known with Wilson's near an end of the scale, for its rows or,
 * where their number is not known, as many as its error is worth.
 */
export function shareWithWidth(
  interval: IntervalRecord,
  { mean: value, stderr }: { readonly mean: number; readonly stderr: number },
  items: number | null,
): IntervalRecord {
  if (!(value >= 0 && value <= 1) || Math.min(value, 1 - value) >= NEAR_AN_END) return interval;
  const rest = value * (1 - value);
  const n = items ?? (rest > 0 && stderr > 0 ? rest / stderr ** 2 : null);
  return n === null ? interval : joined(interval, wilsonInterval(value, n));
}

function skewedInterval({ low, high }: IntervalRecord, grid: ScoreGrid): { low: number; high: number } | null {
  if (low === null || high === null || high <= low || !inUnit(grid)) return null;
  const share = mean(grid.values);
  const rest = share * (1 - share);
  if (rest <= 0 || Math.min(share, 1 - share) >= NEAR_AN_END) return null;
  return wilsonInterval(share, rest / stderrOf({ low, high }) ** 2);
}

/** Returns Wilson's interval of the mean of few informative rows, see {@link withWidth}; null for enough of them. */
export function fewRowsInterval(rows: Rows): { low: number; high: number } | null {
  if (!inUnit(rows.grid)) return null;
  const units = unitMeans(rows);
  if (!few(units, [0, 1])) return null;
  return wilsonInterval(Math.min(1, Math.max(0, mean(rows.grid.values))), units.length);
}

/** Holds a change of a mean with its error. */
export interface MeanChange {
  readonly interval: IntervalRecord;
  readonly stderr: number;
  readonly p: number;
}

/**
 * Returns the change of a mean with some width where fewer than five rows, or clusters, changed, or all but so few
 * changed alike: from Wilson's intervals of the share of rows that rose and of the share that fell, joined as Newcombe
 * 1998 does, and with a p-value that is not below that of the sign test over rows. Null where enough rows changed.
 * @param before scores of the same rows as after, between 0 and 1
 */
export function fewChanges(before: Rows, after: Rows): MeanChange | null {
  if (!inUnit(before.grid) || !inUnit(after.grid)) return null;
  const [x, y] = [unitMeans(before), unitMeans(after)];
  const changes = y.map((value, i) => value - (x[i] as number));
  if (!few(changes, [-1, 0, 1])) return null;
  const n = changes.length;
  const share = (sign: 1 | -1) => mean(changes.map((value) => Math.min(1, Math.max(0, sign * value))));
  const [up, down] = [share(1), share(-1)];
  const [rose, fell] = [wilsonInterval(up, n), wilsonInterval(down, n)];
  const change = up - down;
  const interval = {
    low: change - Math.hypot(up - rose.low, fell.high - down),
    high: change + Math.hypot(rose.high - up, down - fell.low),
  };
  return { interval, stderr: stderrOf(interval), p: signTest(changes) };
}

/** Returns what {@link fewChanges} does of the contrast of two presentations, second less first; null for others. */
export function fewContrast(rows: Rows, design: CrossedDesign): MeanChange | null {
  if (design.presentations !== 2) return null;
  return fewChanges(ofPresentation(rows, design, 0), ofPresentation(rows, design, 1));
}

/**
 * Returns the same of the change of the contrast, where few rows make the contrast of both sides: their intervals
 * joined as Newcombe 1998 does, and the sign test of the rows' own changes of it.
 */
export function fewContrastChanges(before: Rows, after: Rows, design: CrossedDesign): MeanChange | null {
  const [b, a] = [fewContrast(before, design), fewContrast(after, design)];
  if (b === null || a === null) return null;
  const [x, y] = [before, after].map((rows) => {
    const [first, second] = [unitMeans(ofPresentation(rows, design, 0)), unitMeans(ofPresentation(rows, design, 1))];
    return second.map((value, i) => value - (first[i] as number));
  }) as [number[], number[]];
  const low = ({ interval }: MeanChange) => interval.low ?? -Infinity;
  const high = ({ interval }: MeanChange) => interval.high ?? Infinity;
  const change = mean(y) - mean(x);
  const interval = {
    low: change - Math.hypot(mean(y) - low(a), high(b) - mean(x)),
    high: change + Math.hypot(high(a) - mean(y), mean(x) - low(b)),
  };
  return { interval, stderr: stderrOf(interval), p: signTest(y.map((value, i) => value - (x[i] as number))) };
}

function ofPresentation({ grid, clusters }: Rows, { presentation }: CrossedDesign, wanted: number): Rows {
  const chosen = Array.from(presentation).flatMap((own, p) => (own === wanted ? [p] : []));
  return { grid: subsetGrid(grid, chosen), clusters };
}

/**
 * Returns the largest SD between wordings that may be there where fewer than five rows, or clusters, tell the prompts
 * of a presentation apart; null where more do. If a share q of all rows does, the prompts' means lie within q of each
 * other; q is the upper end of Wilson's interval.
 */
export function largestUnseenSd(rows: Rows, design: CrossedDesign): number | null {
  const { grid, clusters } = rows;
  if (!inUnit(grid)) return null;
  const { prompts, items, values } = grid;
  const apart = new Set<string | number>();
  for (let i = 0; i < items; i++) {
    const first = new Map<number, number>();
    for (let p = 0; p < prompts; p++) {
      const [presentation, value] = [design.presentation[p] as number, values[p * items + i] as number];
      const known = first.get(presentation);
      if (known === undefined) first.set(presentation, value);
      else if (Math.abs(known - value) > SAME) apart.add(clusters?.[i] ?? i);
    }
  }
  const n = unitsIn(rows);
  return apart.size >= INFORMATIVE ? null : wilsonInterval(apart.size / n, n).high * largestSd(design);
}

/** Says how far an SD can have changed where few rows changed. */
export interface FewChanged {
  /** The largest change of the SD beside the one that is seen. */
  readonly most: number;
  /** The smallest p-value that so many changed rows can give: that of the sign test if all went one way. */
  readonly leastP: number;
}

/**
 * Returns how far the SD between wordings can have changed where fewer than five rows, or clusters, have another score
 * under any prompt; null where more do. If a share q of all rows does, the changes of the prompts' means lie within q
 * of 0, and the SD changes by no more than the SD of these changes; q is the upper end of Wilson's interval.
 */
export function fewChangedSd(before: Rows, after: Rows, design: CrossedDesign): FewChanged | null {
  const { grid, clusters } = before;
  if (!inUnit(grid) || !inUnit(after.grid)) return null;
  const changed = new Set<string | number>();
  grid.values.forEach((value, i) => {
    const row = i % grid.items;
    if (Math.abs(value - (after.grid.values[i] as number)) > SAME) changed.add(clusters?.[row] ?? row);
  });
  if (changed.size >= INFORMATIVE) return null;
  const n = unitsIn(before);
  return { most: 2 * wilsonInterval(changed.size / n, n).high * largestSd(design), leastP: Math.min(1, 2 ** (1 - changed.size)) }; // prettier-ignore
}

/**
 * Returns what {@link largestUnseenSd} does where only means are known, and all prompts have one: then no row is seen
 * to tell them apart.
 * @param items rows of each mean; null where nobody says
 */
export function largestUnseenSdOfMeans(
  means: ArrayLike<number>,
  items: number | null,
  design: CrossedDesign,
): number | null {
  const all = Array.from(means);
  const isOne = all.every((value) => value >= 0 && value <= 1 && Math.abs(value - (all[0] as number)) <= SAME);
  return items === null || !isOne ? null : wilsonInterval(0, items).high * largestSd(design);
}

/** Returns the interval that holds both. */
export function joined(one: IntervalRecord, other: { readonly low: number; readonly high: number }): IntervalRecord {
  return { low: Math.min(one.low ?? -Infinity, other.low), high: Math.max(one.high ?? Infinity, other.high) };
}

/** Counts the rows, or the clusters of rows. */
function unitsIn({ grid, clusters }: Rows): number {
  return clusters === null ? grid.items : new Set(clusters).size;
}

function inUnit({ values }: ScoreGrid): boolean {
  return values.every((value) => value >= 0 && value <= 1);
}

/** Tells whether fewer than five values differ from one of the ends, or none from another. */
function few(values: readonly number[], ends: readonly number[]): boolean {
  const off = (end: number) => values.filter((one) => Math.abs(one - end) > SAME).length;
  return ends.some((end) => off(end) < INFORMATIVE) || off(values[0] as number) === 0;
}

/** Returns the mean score of each row, or of each cluster of rows, over prompts. */
function unitMeans({ grid: { prompts, items, values }, clusters }: Rows): number[] {
  const units = new Map<string | number, { sum: number; count: number }>();
  for (let i = 0; i < items; i++) {
    const key = clusters?.[i] ?? i;
    const own = units.get(key) ?? { sum: 0, count: 0 };
    for (let p = 0; p < prompts; p++) own.sum += values[p * items + i] as number;
    own.count += prompts;
    units.set(key, own);
  }
  return [...units.values()].map(({ sum, count }) => sum / count);
}

/** Keeps an interval within what is possible, from -most to most. */
export function boundedBy({ low, high }: IntervalRecord, most: number): IntervalRecord {
  return { low: Math.max(-most, low ?? -most), high: Math.min(most, high ?? most) };
}
