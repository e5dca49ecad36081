/** Tests whether something rises or falls along the steps of pre-training. */

import type { Random } from "../base/random.js";
import { fastStream } from "./draws.js";
import { midranks } from "./rank-agreement.js";

/** Limits the points at which every order is tried: 362,880 orders. */
const EXACT_POINTS = 9;

/** Holds Spearman's rank correlation. */
export interface Spearman {
  readonly rho: number;
  /** Two-sided: the share of orders of y with |rho| at least as large. */
  readonly p: number;
  /** Whether all orders were tried; otherwise they were sampled. */
  readonly exact: boolean;
}

/**
 * Computes the Pearson correlation of the midranks; p by permuting y, exact up to {@link EXACT_POINTS} points, ties
 * included; sampled orders give (1 + number as extreme) / (1 + draws). Source: Kendall & Gibbons 1990, chapter 4.
 * @returns null for fewer than three points or when a side is constant
 * @throws RangeError when the two differ in length
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>, random: Random, draws = 19_999): Spearman | null {
  const n = x.length;
  if (n !== y.length) throw new RangeError(`paired values differ in number: ${n} and ${y.length}`);
  if (n < 3) return null;
  const [a, b] = [midranks(x), midranks(y)];
  const centre = (n + 1) / 2;
  const squares = (ranks: Float64Array) => ranks.reduce((sum, rank) => sum + (rank - centre) ** 2, 0);
  const scale = Math.sqrt(squares(a) * squares(b));
  if (scale === 0) return null;
  const product = (order: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += ((a[i] as number) - centre) * ((order[i] as number) - centre);
    return sum;
  };
  const observed = product(b);
  const rho = Math.max(-1, Math.min(1, observed / scale));
  // Rank products are multiples of a quarter: this separates equal from different.
  const threshold = Math.abs(observed) - 1e-6;
  const order = Float64Array.from(b);
  let [extreme, tried] = [0, 0];
  const count = () => {
    tried++;
    if (Math.abs(product(order)) >= threshold) extreme++;
  };
  if (n <= EXACT_POINTS) {
    eachOrder(order, count);
    return { rho, p: extreme / tried, exact: true };
  }
  const uniform = fastStream(random);
  for (let k = 0; k < draws; k++) {
    for (let i = n - 1; i > 0; i--) swap(order, i, Math.floor(uniform() * (i + 1)));
    count();
  }
  return { rho, p: (1 + extreme) / (1 + tried), exact: false };
}

/** Calls `visit` for each of the n! orders of the array, which is changed in place. Source: Heap 1963. */
function eachOrder(values: Float64Array, visit: () => void): void {
  const counters = new Int32Array(values.length);
  visit();
  for (let i = 1; i < values.length;) {
    const at = counters[i] as number;
    if (at < i) {
      swap(values, i, i % 2 === 0 ? 0 : at);
      counters[i] = at + 1;
      i = 1;
      visit();
    } else {
      counters[i] = 0;
      i++;
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  [values[i], values[j]] = [values[j] as number, values[i] as number];
}
