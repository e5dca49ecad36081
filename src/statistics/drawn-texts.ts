/** Tells the noise of drawn texts from that of prompts and rows. */

import { itemMeans, promptMeans, type ScoreGrid } from "./grid.js";
import { tInterval, type Interval } from "./distributions.js";
import { mean } from "./uncertainty.js";

/** Holds an estimate with its error over rows, or over clusters of them. */
export interface RowFigure {
  readonly value: number;
  readonly stderr: number;
  /** 95 %, by t with as many degrees of freedom as there are rows less one. */
  readonly interval: Interval;
}

/** Holds what drawing texts adds to scores that are means over the texts of a prompt and row. */
export interface DrawnComponents {
  /** Variance between the texts of one prompt and row, a single text's; the mean over prompts and rows. */
  readonly sampling: RowFigure;
  /** Interaction of prompt and row without the noise of the texts; it may be negative. Null for one prompt. */
  readonly interaction: RowFigure | null;
  /** Share of the variance of a prompt's mean over rows that the texts make; null where it has none. */
  readonly shareOfNoise: number | null;
}

/**
 * Splits the residual of the crossed ANOVA of {@link varianceComponents}. With N texts y[p,i,k], s²[p,i] their
 * variance (N - 1 below) and r[p,i] the residuals of the grid of their means: sampling = mean s²; interaction = MS_R -
 * sampling / N, MS_R = sum r² / ((P-1)(I-1)). Both are means over rows, so that their errors are those of the rows'
 * values. Source: Searle, Casella & McCulloch 1992, section 4.4 (two-way crossed classification with interaction).
 * @param grid means over the texts
 * @param within variance between the texts, in the order of the grid's values
 * @param samples N, at least 2
 * @param clusters of each row; each row is one when left out
 * @returns null for fewer than two rows or clusters
 */
export function drawnComponents(
  grid: ScoreGrid,
  within: Float64Array,
  samples: number,
  clusters?: readonly (string | number)[],
): DrawnComponents | null {
  const { prompts, items } = grid;
  const groups = clusters ?? [...Array(items).keys()];
  if (new Set(groups).size < 2) return null;
  const ofRows = itemMeans({ prompts, items, values: within });
  const sampling = rowFigure(ofRows, groups);
  const [ofPrompts, ofItems] = [promptMeans(grid), itemMeans(grid)];
  const centre = mean(ofPrompts);
  const residuals = new Float64Array(items);
  let noise = 0;
  for (let p = 0; p < prompts; p++) {
    for (let i = 0; i < items; i++) {
      const value = grid.values[p * items + i] as number;
      const own = value - (ofPrompts[p] as number);
      noise += own ** 2 / (items - 1) / prompts;
      residuals[i] = (residuals[i] as number) + (own - (ofItems[i] as number) + centre) ** 2;
    }
  }
  const scale = items / (items - 1) / (prompts - 1);
  const interaction =
    prompts < 2
      ? null
      : rowFigure(
          ofRows.map((own, i) => (residuals[i] as number) * scale - own / samples),
          groups,
        );
  return { sampling, interaction, shareOfNoise: noise > 0 ? Math.min(1, sampling.value / samples / noise) : null };
}

/** Computes the mean over rows with the error of clusters. Source: Liang & Zeger 1986. */
function rowFigure(values: Float64Array, clusters: readonly (string | number)[]): RowFigure {
  const value = mean(values);
  const sums = new Map<string | number, number>();
  values.forEach((own, i) => {
    const name = clusters[i] as string | number;
    sums.set(name, (sums.get(name) ?? 0) + own - value);
  });
  const n = sums.size;
  const squares = [...sums.values()].reduce((total, one) => total + one ** 2, 0);
  const stderr = Math.sqrt((squares * n) / (n - 1)) / values.length;
  return { value, stderr, interval: tInterval(value, stderr, n - 1) };
}
