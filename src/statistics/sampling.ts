/** Chooses which cells of a grid to score when not all can be. */

import { type Random, shuffled } from "../base/random.js";
import { chiSquareDraw, normalDraws } from "./draws.js";

/** Holds one cell. */
export interface GridCell {
  readonly prompt: number;
  readonly item: number;
}

/**
 * Draws a two-way balanced sample without replacement: how many cells each prompt gets is settled first, then each
 * prompt takes the items that were seen least, ties at random. Prompts' counts differ by at most one, and so do items'.
 * Source: Maia Polo et al. 2024 (arXiv:2405.17202), section 4.
 * @param budget cells to draw, at most all of them
 */
export function balancedSample(prompts: number, items: number, budget: number, random: Random): GridCell[] {
  const size = Math.min(budget, prompts * items);
  const itemSeen = new Int32Array(items);
  return shuffled([...Array(prompts).keys()], random).flatMap((prompt, turn) => {
    const count = Math.floor(size / prompts) + (turn < size % prompts ? 1 : 0);
    const chosen = shuffled([...itemSeen.keys()], random)
      .sort((a, b) => (itemSeen[a] as number) - (itemSeen[b] as number))
      .slice(0, count);
    for (const item of chosen) itemSeen[item] = (itemSeen[item] as number) + 1;
    return chosen.map((item) => ({ prompt, item }));
  });
}

export interface ThompsonOptions {
  readonly prompts: number;
  readonly items: number;
  /** Cells that may be scored: half of them to find the best prompt, half to find the worst. */
  readonly budget: number;
  /** Items asked at once. */
  readonly batch?: number;
  /** What a prompt is expected to score before anything is known of it, in (0, 1). */
  readonly expected: number;
  readonly random: Random;
}

export interface Extremes {
  readonly best: number;
  readonly worst: number;
  /** Items scored under each prompt, and the sum of their scores. */
  readonly counts: Int32Array;
  readonly sums: Float64Array;
  /** What was scored, in order. */
  readonly cells: readonly GridCell[];
}

/** Sets the weight of the prior: the number of items that it is worth. */
const PRIOR_ITEMS = 5;

/**
 * Finds the best and worst prompt by Thompson sampling: each prompt has a Beta distribution over its score, with prior
 * Beta(max(5 x / (1 - x), 1.1), 5) for an expected score x; a score is drawn from each, and the prompt with the largest
 * draw (in the second half: with the smallest) is asked for the next items of its own random order. The prompts named
 * in the end are those with the best and the worst mean so far. Graded scores count as fractions of a success. Source:
 * Sclar et al. 2024 (arXiv:2310.11324), section 4.
 * @param ask scores of the items under the prompt, in their order
 */
export async function thompsonExtremes(
  ask: (prompt: number, items: readonly number[]) => Promise<readonly number[]>,
  { prompts, items, budget, batch = 20, expected, random }: ThompsonOptions,
): Promise<Extremes> {
  const alpha = Math.max((PRIOR_ITEMS * expected) / (1 - expected), 1.1);
  const counts = new Int32Array(prompts);
  const sums = new Float64Array(prompts);
  const orders = Array.from({ length: prompts }, () =>
    shuffled(
      Array.from({ length: items }, (_, i) => i),
      random,
    ),
  );
  const cells: GridCell[] = [];
  for (const sign of [1, -1]) {
    const limit = sign > 0 ? Math.floor(budget / 2) : budget;
    while (cells.length < limit) {
      let [chosen, highest] = [-1, -Infinity];
      for (let p = 0; p < prompts; p++) {
        const [n, s] = [counts[p] as number, sums[p] as number];
        if (n >= items) continue;
        const draw = sign * betaDraw(alpha + s, PRIOR_ITEMS + n - s, random);
        if (draw > highest) [chosen, highest] = [p, draw];
      }
      if (chosen < 0) break;
      const from = counts[chosen] as number;
      const next = (orders[chosen] as number[]).slice(
        from,
        Math.min(items, from + Math.min(batch, limit - cells.length)),
      );
      const scores = await ask(chosen, next);
      next.forEach((item, k) => {
        cells.push({ prompt: chosen, item });
        sums[chosen] = (sums[chosen] as number) + (scores[k] as number);
      });
      counts[chosen] = from + next.length;
    }
  }
  const seen = Array.from(counts.keys()).filter((p) => (counts[p] as number) > 0);
  const mean = (p: number) => (sums[p] as number) / (counts[p] as number);
  const by = (sign: number) => seen.reduce((a, b) => (sign * mean(b) > sign * mean(a) ? b : a), seen[0] ?? 0);
  return { best: by(1), worst: by(-1), counts, sums, cells };
}

/** Draws one Beta number, from two chi-square numbers: X / (X + Y) with 2a and 2b degrees of freedom. */
function betaDraw(a: number, b: number, random: Random): number {
  const normal = normalDraws(random);
  const x = chiSquareDraw(2 * a, random, normal);
  return x / (x + chiSquareDraw(2 * b, random, normal));
}
