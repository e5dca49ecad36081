/** Correlates a graded truth with the answers, for tasks whose labels are levels of a scale. */

import { midranks } from "../statistics/rank-agreement.js";
import { labelProbabilities } from "./calibration.js";
import type { LeftOut, SetMetric, SetRow } from "./metric.js";

/**
 * Returns where an answer stands on the scale of the labels 0, 1, 2, …: the mean of the labels by their probabilities,
 * or the label that was generated; NaN where none could be read.
 */
function placeOf({ logprobs, choice }: SetRow): number {
  if (logprobs === undefined) return choice < 0 ? NaN : choice;
  return labelProbabilities(logprobs).reduce((sum, share, label) => sum + share * label, 0);
}

/** Computes Pearson's r of two lists; NaN where one of them does not vary. */
function pearsonOf(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  const [meanX, meanY] = [x.reduce((a, b) => a + b, 0) / n, y.reduce((a, b) => a + b, 0) / n];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [(x[i] as number) - meanX, (y[i] as number) - meanY];
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  return xx === 0 || yy === 0 ? NaN : Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** Returns the values without the one at a place. */
function cut(values: Float64Array, place: number): Float64Array {
  const out = new Float64Array(values.length - 1);
  out.set(values.subarray(0, place));
  out.set(values.subarray(place + 1), place);
  return out;
}

/**
 * Computes the midranks of the values without the one at a place: those above it move up by one, those equal to it by a
 * half.
 */
function ranksWithout(values: Float64Array, ranks: Float64Array, place: number): Float64Array {
  const gone = values[place] as number;
  return cut(
    ranks.map((rank, i) => rank - ((values[i] as number) > gone ? 1 : (values[i] as number) === gone ? 0.5 : 0)),
    place,
  );
}

function correlation(name: string, title: string, of: (x: Float64Array, y: Float64Array) => LeftOut): SetMetric {
  return {
    of: "set",
    name,
    title,
    answers: ["classification"],
    range: [-1, 1],
    higherIsBetter: true,
    chance: () => 0,
    from: "answers",
    needs: "a readable answer to every row, and truths and answers that vary",
    set: (rows) => {
      const graded = rows.filter(({ grade }) => grade !== undefined).length;
      // Grades of some rows and label numbers of others are no scale.
      const truth = graded > 0 && graded < rows.length ? [NaN] : rows.map(({ grade, gold }) => grade ?? gold);
      const places = rows.map(placeOf);
      if ([...truth, ...places].some(Number.isNaN) || rows.length < 3) {
        return { all: NaN, without: new Float64Array(rows.length).fill(NaN) };
      }
      return of(Float64Array.from(truth), Float64Array.from(places));
    },
  };
}

/**
 * Computes Pearson's r of truth and answer. The truth is the row's grade where its task gives one, else the number of
 * the right label; the answer is the mean label by the labels' probabilities, or the label that was generated.
 */
export const pearson = correlation("pearson", "Pearson's r", (x, y) => ({
  all: pearsonOf(x, y),
  without: x.map((_, i) => pearsonOf(cut(x, i), cut(y, i))),
}));

/** Computes Spearman's rho: {@link pearson} of the midranks. */
export const spearman = correlation("spearman", "Spearman's rho", (x, y) => {
  const [u, v] = [midranks(x), midranks(y)];
  return {
    all: pearsonOf(u, v),
    without: x.map((_, i) => pearsonOf(ranksWithout(x, u, i), ranksWithout(y, v, i))),
  };
});
