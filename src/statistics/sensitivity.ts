/** Describes how much answers and scores depend on the prompt. */

import { normalBelow } from "./distributions.js";
import { itemMeans, type ScoreGrid } from "./grid.js";
import { bitCount, packed } from "./moments.js";
import { mean } from "./uncertainty.js";

/**
 * Computes the expected range of n independent standard normal numbers, d2(n) = integral of 1 - F^n - (1 - F)^n: what a
 * spread would be, in standard deviations of the noise, if prompts made no difference. Source: Tippett 1925.
 */
export function expectedRange(n: number): number {
  // Smooth and flat at both ends: the trapezoid rule is exact to the last digits.
  const step = 1 / 64;
  let sum = 0;
  for (let x = -9; x <= 9; x += step) {
    const below = normalBelow(x);
    sum += 1 - below ** n - (1 - below) ** n;
  }
  return sum * step;
}

/** Returns the largest and smallest mean. */
export function extremes(means: ArrayLike<number>): { readonly best: number; readonly worst: number } {
  let [best, worst] = [-Infinity, Infinity];
  for (let p = 0; p < means.length; p++) {
    best = Math.max(best, means[p] as number);
    worst = Math.min(worst, means[p] as number);
  }
  return { best, worst };
}

/** Computes the saturation, 1 - (max - mean) of the prompts' means. Source: Mizrahi et al. 2024, section 4. */
export function saturation(means: ArrayLike<number>): number {
  return 1 - (extremes(means).best - mean(means));
}

/** Computes the combined performance score, saturation x max. Source: Mizrahi et al. 2024, section 4. */
export function combinedPerformance(means: ArrayLike<number>): number {
  return saturation(means) * extremes(means).best;
}

/**
 * Computes for every two prompts the mean over items of |Y[a,i] - Y[b,i]|: for right/wrong scores the share of items on
 * which one is right and the other wrong.
 * @returns P x P, row-major, zero diagonal
 */
export function scoreDisagreement(grid: ScoreGrid): Float64Array {
  const { prompts, items, values } = grid;
  const bits = packed(grid);
  const out = new Float64Array(prompts * prompts);
  for (let a = 0; a < prompts; a++) {
    for (let b = a + 1; b < prompts; b++) {
      let sum = 0;
      if (bits) {
        const [x, y] = [bits[a] as Uint32Array, bits[b] as Uint32Array];
        for (let word = 0; word < x.length; word++) sum += bitCount((x[word] as number) ^ (y[word] as number));
      } else {
        const [x, y] = [a * items, b * items];
        for (let i = 0; i < items; i++) sum += Math.abs((values[x + i] as number) - (values[y + i] as number));
      }
      out[a * prompts + b] = out[b * prompts + a] = sum / items;
    }
  }
  return out;
}

/**
 * Computes the PromptSensiScore of each item: the mean of |Y[a,i] - Y[b,i]| over all pairs of prompts. Sorted scores
 * y_(1) <= ... <= y_(P) give sum over pairs = sum_r (2r - P - 1) y_(r). Source: Zhuo et al. 2024 (ProSA).
 * @returns I values in [0, 1]; NaN for one prompt
 */
export function itemSensitivity(grid: ScoreGrid): Float64Array {
  const { prompts, items, values } = grid;
  const pairs = (prompts * (prompts - 1)) / 2;
  if (packed(grid)) return itemMeans(grid).map((share) => (share * (1 - share) * prompts * prompts) / pairs);
  const out = new Float64Array(items);
  const column = new Float64Array(prompts);
  for (let i = 0; i < items; i++) {
    for (let p = 0; p < prompts; p++) column[p] = values[p * items + i] as number;
    column.sort();
    let sum = 0;
    for (let r = 0; r < prompts; r++) sum += (2 * r + 1 - prompts) * (column[r] as number);
    out[i] = sum / pairs;
  }
  return out;
}

/** Holds PSS with its standard error, in score units. */
export interface PromptSensiScore {
  readonly value: number;
  /** Standard error over items, the prompts as given. */
  readonly itemStderr: number;
  /** Standard error over items and prompts, both drawn at random. */
  readonly crossedStderr: number;
}

/**
 * Computes PSS = mean over items of {@link itemSensitivity}, which equals the mean off-diagonal {@link
 * scoreDisagreement}. The item part of its variance is Var_i(S_i) / I. The prompt part is the jackknife over prompts of
 * this U-statistic of order 2: with d_a the mean disagreement of prompt a with the others, 4 (P - 1) / (P (P - 2)^2)
 * sum (d_a - PSS)^2. The crossed standard error adds the two. Sources: Zhuo et al. 2024 (ProSA); Arvesen 1969 for the
 * jackknife.
 * @returns null for one prompt; standard errors are NaN where they have too few prompts (3) or items (2)
 */
export function promptSensiScore(grid: ScoreGrid, disagreement = scoreDisagreement(grid)): PromptSensiScore | null {
  const { prompts, items } = grid;
  if (prompts < 2) return null;
  const perPrompt = Array.from({ length: prompts }, (_, a) => {
    let sum = 0;
    for (let b = 0; b < prompts; b++) sum += disagreement[a * prompts + b] as number;
    return sum / (prompts - 1);
  });
  const value = mean(perPrompt);
  const squares = perPrompt.reduce((sum, d) => sum + (d - value) ** 2, 0);
  const promptPart = prompts < 3 ? NaN : (4 * (prompts - 1) * squares) / (prompts * (prompts - 2) ** 2);
  const sensitivity = itemSensitivity(grid);
  const itemPart = sensitivity.reduce((sum, s) => sum + (s - value) ** 2, 0) / (items - 1) / items;
  return { value, itemStderr: Math.sqrt(itemPart), crossedStderr: Math.sqrt(itemPart + promptPart) };
}

/**
 * Holds answers of every prompt to every item: the index of the label, or -1 where the answer could not be read.
 * Row-major [prompt][item].
 */
export interface AnswerGrid {
  readonly prompts: number;
  readonly items: number;
  readonly answers: Int32Array;
  /** How many labels there are. */
  readonly labels: number;
}

/** Limits the answers that are compared as sets of bits: above it, comparing one by one is faster. */
const MOST_BIT_CLASSES = 12;

/** Computes the share of items on which two prompts answer differently, whatever is right. @returns P x P, row-major */
export function flipRates(grid: AnswerGrid): Float64Array {
  const { prompts, items, answers, labels } = grid;
  const out = new Float64Array(prompts * prompts);
  const rows = Array.from({ length: prompts }, (_, p) => answers.subarray(p * items, (p + 1) * items));
  const bits = labels + 1 <= MOST_BIT_CLASSES ? rows.map((row) => answerBits(row, labels)) : null;
  for (let a = 0; a < prompts; a++) {
    for (let b = a + 1; b < prompts; b++) {
      let flips = 0;
      if (bits) {
        const [x, y] = [bits[a] as Uint32Array, bits[b] as Uint32Array];
        flips = items;
        for (let word = 0; word < x.length; word++) flips -= bitCount((x[word] as number) & (y[word] as number));
      } else {
        const [x, y] = [rows[a] as Int32Array, rows[b] as Int32Array];
        for (let i = 0; i < items; i++) if (x[i] !== y[i]) flips++;
      }
      out[a * prompts + b] = out[b * prompts + a] = flips / items;
    }
  }
  return out;
}

/**
 * Packs answers into one bit for each label and item, and for "could not be read": two prompts share as many bits as
 * answers.
 */
function answerBits(answers: Int32Array, labels: number): Uint32Array {
  const words = Math.ceil(answers.length / 32);
  const out = new Uint32Array(words * (labels + 1));
  answers.forEach((answer, i) => {
    const word = (answer < 0 ? labels : answer) * words + (i >>> 5);
    out[word] = (out[word] as number) | (1 << (i & 31));
  });
  return out;
}

/** Computes the mean of {@link flipRates} over all pairs of prompts, and the largest of them. NaN for one prompt. */
export function flipRate(grid: AnswerGrid): { readonly mean: number; readonly max: number } {
  const rates = flipRates(grid);
  const pairs = grid.prompts * (grid.prompts - 1);
  return {
    mean: rates.reduce((sum, rate) => sum + rate, 0) / pairs,
    max: pairs === 0 ? NaN : rates.reduce((max, rate) => Math.max(max, rate), 0),
  };
}

/**
 * Counts each item's answers over prompts, as a distribution. An unreadable answer counts as one more class, so there
 * are labels + 1 of them, the last for unreadable ones.
 * @returns I x (labels + 1), row-major, rows sum to 1
 */
export function answerDistributions({ prompts, items, answers, labels }: AnswerGrid): Float64Array {
  const classes = labels + 1;
  const out = new Float64Array(items * classes);
  for (let p = 0; p < prompts; p++) {
    for (let i = 0; i < items; i++) {
      const answer = answers[p * items + i] as number;
      const at = i * classes + (answer < 0 ? labels : answer);
      out[at] = (out[at] as number) + 1 / prompts;
    }
  }
  return out;
}

/**
 * Computes the entropy of a distribution over its classes, divided by the log of their number: 0 when one class has
 * all, 1 when all have the same. Source: Errica et al. 2025, equation 1.
 */
export function normalisedEntropy(distribution: ArrayLike<number>): number {
  let entropy = 0;
  for (let c = 0; c < distribution.length; c++) {
    const share = distribution[c] as number;
    if (share > 0) entropy -= share * Math.log(share);
  }
  // A sum of shares like 1/3 may leave -0 or 1e-17.
  return distribution.length < 2 ? 0 : Math.min(1, Math.max(0, entropy / Math.log(distribution.length)));
}

/**
 * Computes the mean over items of the normalised entropy of their answers. Needs no gold labels. Source: Errica et al.
 * 2025.
 */
export function entropySensitivity(grid: AnswerGrid): number {
  const distributions = answerDistributions(grid);
  const classes = grid.labels + 1;
  let sum = 0;
  for (let i = 0; i < grid.items; i++) sum += normalisedEntropy(distributions.subarray(i * classes, (i + 1) * classes));
  return sum / grid.items;
}

/** Holds the agreement of the answers to items of one class, by how the pairs are taken. */
export interface Consistency {
  /**
   * Mean of 1 - total variation over all pairs of different items of a class, pooled over classes. NaN without pairs.
   */
  readonly betweenItems: number;
  /** The same with each item paired with itself too (always 1), as the authors' code does. */
  readonly withSelf: number;
}

/**
 * Computes the consistency of the answer distributions within a class: sum_c |p - q| over sorted values makes it O(n
 * log n) per class and label instead of O(n^2). Source: Errica et al. 2025, equation 2.
 * @param distributions I x classes, row-major
 * @param gold class of each item (I)
 */
export function answerConsistency(
  distributions: ArrayLike<number>,
  classes: number,
  gold: ArrayLike<number>,
): Consistency {
  const byClass = new Map<number, number[]>();
  for (let i = 0; i < gold.length; i++) {
    const label = gold[i] as number;
    const members = byClass.get(label) ?? [];
    if (members.length === 0) byClass.set(label, members);
    members.push(i);
  }
  let [pairs, self, distance] = [0, 0, 0];
  for (const members of byClass.values()) {
    const n = members.length;
    pairs += n * (n - 1);
    self += n;
    for (let c = 0; c < classes; c++) {
      const shares = Float64Array.from(members, (i) => distributions[i * classes + c] as number).sort();
      // Each unordered pair's |p - q| / 2, counted in both orders.
      shares.forEach((share, r) => (distance += (2 * r + 1 - n) * share));
    }
  }
  return { betweenItems: 1 - distance / pairs, withSelf: 1 - distance / (pairs + self) };
}

/**
 * Measures whether the same option is chosen wherever it stands: the mean, over items and over pairs of orders, of "the
 * chosen options are the same option". Positions are mapped back through each order, every position by its own entry.
 * @param chosen [order][item], the position chosen under that order, -1 for none
 * @param orders [order][item][position] -> the option standing there
 * @returns share in [0, 1]; NaN for one order. An unreadable answer agrees with nothing.
 */
export function optionOrderConsistency(
  chosen: readonly ArrayLike<number>[],
  orders: readonly (readonly ArrayLike<number>[])[],
): number {
  const items = chosen[0]?.length ?? 0;
  let [same, pairs] = [0, 0];
  for (let i = 0; i < items; i++) {
    const options = chosen.map((positions, order) => orders[order]?.[i]?.[positions[i] as number] ?? null);
    for (let a = 0; a < options.length; a++) {
      for (let b = a + 1; b < options.length; b++) {
        pairs++;
        if (options[a] !== null && options[a] === options[b]) same++;
      }
    }
  }
  return same / pairs;
}
