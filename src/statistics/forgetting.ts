/** Measures what fine-tuning on one task does to the others. */

import { percentile } from "./level.js";
import { mean } from "./uncertainty.js";

/** Scores of one dataset before and after SFT. */
export interface BeforeAfter {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** Score of guessing; 0 for graded metrics such as ROUGE-L. */
  readonly chance: number;
  /** Standard error of `before`; null where it is not known. */
  readonly beforeStderr: number | null;
}

/** Holds summaries of ratios of change over datasets. */
export interface RatioOfChange {
  /** Ratio of each dataset, (after - before) / before. */
  readonly ratios: readonly { readonly name: string; readonly ratio: number }[];
  /** The published summary. One base near 0 can carry it anywhere. */
  readonly mean: number;
  readonly median: number;
  /** Mean without the lowest and the highest fifth. */
  readonly trimmed: number;
  /** The mean without one dataset: the two datasets whose absence moves it most. Null for one dataset. */
  readonly leaveOneOut: { readonly lowest: LeftOut; readonly highest: LeftOut } | null;
  readonly floorAware: FloorAware;
  /** Datasets whose base is 0, which have no ratio. */
  readonly withoutRatio: readonly string[];
}

interface LeftOut {
  readonly left: string;
  readonly mean: number;
}

/**
 * Holds ratios of what the base knew beyond guessing: (after - before) / (before - chance), -1 for all of it forgotten.
 */
interface FloorAware {
  /** NaN when no base is above chance. */
  readonly mean: number;
  readonly median: number;
  readonly used: readonly string[];
  /** Bases not above chance: they have nothing to forget. */
  readonly atFloor: readonly string[];
}

/** Sets how many standard errors a base must be above chance to have something to forget: one-sided 2.5 %. */
const ABOVE_CHANCE = 1.96;

/**
 * Computes the mean ratio of change and its robust forms. Source of the mean: Sun & Dredze 2024 (arXiv:2408.06663),
 * section 6. A base without standard error counts as above chance when it is larger.
 */
export function ratioOfChange(datasets: readonly BeforeAfter[]): RatioOfChange {
  const withRatio = datasets.filter(({ before }) => before !== 0);
  const ratios = withRatio.map(({ name, before, after }) => ({ name, ratio: (after - before) / before }));
  const values = ratios.map(({ ratio }) => ratio);
  const above = datasets.filter(
    ({ before, chance, beforeStderr }) => before > chance + ABOVE_CHANCE * (beforeStderr ?? 0),
  );
  const kept = above.map(({ before, after, chance }) => (after - before) / (before - chance));
  const left = ratios
    .map(({ name }, i) => ({ left: name, mean: mean(values.filter((_, other) => other !== i)) }))
    .sort((a, b) => a.mean - b.mean);
  return {
    ratios,
    mean: mean(values),
    median: percentile(values, 0.5),
    trimmed: trimmedMean(values, 0.2),
    leaveOneOut: left.length < 2 ? null : { lowest: left[0] as LeftOut, highest: left[left.length - 1] as LeftOut },
    floorAware: {
      mean: mean(kept),
      median: percentile(kept, 0.5),
      used: above.map(({ name }) => name),
      atFloor: datasets.filter((dataset) => !above.includes(dataset)).map(({ name }) => name),
    },
    withoutRatio: datasets.filter(({ before }) => before === 0).map(({ name }) => name),
  };
}

/** Computes the mean without floor(share x n) values at either end, as scipy's trim_mean. NaN without values. */
export function trimmedMean(values: ArrayLike<number>, share: number): number {
  const cut = Math.floor(share * values.length);
  return mean(
    Float64Array.from(values)
      .sort()
      .subarray(cut, values.length - cut),
  );
}
