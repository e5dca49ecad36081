/** Estimates how many independent wordings a variance within presentations rests on. */

import { cellSizes } from "./design.js";
import type { CrossedMoments } from "./moments.js";

/**
 * Estimates the degrees of freedom of the variance within presentations, by Satterthwaite: from those of prompts whose
 * wordings move together up to P less the number of presentations, where prompts do not share anything. A design that
 * is not balanced gets the lower end.
 */
export function blockDf(moments: CrossedMoments): number {
  const { design } = moments;
  const [low, high] = [design.togetherDf, design.df];
  if (design.nested) return nestedDf(moments);
  if (!design.balanced) return Math.min(low, high);
  const n = design.wordings - 1;
  let [a, b] = [0, 0];
  for (const z of moments.z) {
    const { trace, squares } = wordingCovariance(z, moments);
    const part = n === 0 ? 0 : ((n * n) / ((n - 1) * (n + 2))) * (squares - trace ** 2 / n);
    a += Math.max(0, trace ** 2 - (2 * part) / n);
    b += part;
  }
  return b > 0 ? clip((n * a) / b, n, high) : high;
}

/** Holds the wordings below which {@link blockDf} comes out too large for the interval of one SD. */
const FEW_WORDINGS = 12;

/**
 * Returns the degrees of freedom of the SD of one checkpoint. With few wordings that each stand in several
 * presentations {@link blockDf} is too large where they move together (six wordings: intervals hold the truth in .89 to
 * .93); halfway to those of wordings that do, .95 to .99 are held (simulated).
 */
export function sideDf(moments: CrossedMoments): number {
  const { design } = moments;
  const own = blockDf(moments);
  return design.nested || design.wordings >= FEW_WORDINGS ? own : (own + Math.min(own, design.togetherDf)) / 2;
}

/** Adds the variances of the presentations, for designs in which each wording stands in one presentation. */
function nestedDf({ design, z }: CrossedMoments): number {
  const sizes = cellSizes(design.presentation, design.presentations);
  const used = [...sizes.keys()].filter((l) => (sizes[l] as number) > 1);
  if (used.length === 1) return design.df;
  let [a, b] = [0, 0];
  for (const side of z) {
    let [sum, squares] = [0, 0];
    for (const l of used) {
      const df = (sizes[l] as number) - 1;
      let within = 0;
      side.forEach((value, p) => (within += design.presentation[p] === l ? value * value : 0));
      sum += within / df;
      squares += (within / df) ** 2 / (df + 2);
    }
    a += Math.max(0, sum ** 2 - 2 * squares);
    b += squares;
  }
  const smallest = Math.min(...used.map((l) => (sizes[l] as number) - 1));
  return b > 0 ? clip(a / b, smallest, design.df) : design.df;
}

/**
 * Returns trace and sum of squares of the covariance, over wordings, of a wording's deviations in its presentations.
 */
function wordingCovariance(z: Float64Array, { design }: CrossedMoments): { trace: number; squares: number } {
  const { prompts, wordings } = design;
  const slots = prompts / wordings;
  const order = Array.from({ length: prompts }, (_, p) => p);
  const cell = (p: number) => design.presentation[p] as number;
  const rows = Array.from({ length: wordings }, (_, w) =>
    order
      .filter((p) => design.wording[p] === w)
      .sort((p, q) => cell(p) - cell(q) || p - q)
      .map((p) => z[p] as number),
  );
  const centres = Array.from(
    { length: slots },
    (_, s) => rows.reduce((sum, row) => sum + (row[s] as number), 0) / wordings,
  );
  let [trace, squares] = [0, 0];
  for (let s = 0; s < slots; s++) {
    for (let t = 0; t < slots; t++) {
      let sum = 0;
      for (const row of rows) {
        sum += ((row[s] as number) - (centres[s] as number)) * ((row[t] as number) - (centres[t] as number));
      }
      const entry = sum / (wordings - 1);
      if (s === t) trace += entry;
      squares += entry * entry;
    }
  }
  return { trace, squares };
}

/** Returns the value, or the end of the range that it is beyond. */
export function clip(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
