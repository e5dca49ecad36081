/**
 * Splits the variance between prompts into the parts of wording, format, shots and other axes, and their interactions.
 */

import type { Random } from "../base/random.js";
import { type Interval, normalInverse } from "./distributions.js";
import { chiSquareDraw, fastStream, normalDraws } from "./draws.js";
import { sortedPercentile } from "./level.js";
import { combination, inverse, multiply, quadraticForm, traceOfProduct } from "./matrix.js";
import type { GridMoments } from "./moments.js";

/** Holds one axis of the design. */
export interface Axis {
  readonly name: string;
  /** Level of each prompt (P). */
  readonly levels: readonly (string | number)[];
}

/** Holds the part of the variance between prompts that one term explains. */
interface AxisComponent {
  /**
   * "wording", "wording x shots", or "rest" for everything beyond two-way interactions; "wording or format" for two
   * axes that vary together.
   */
  readonly term: string;
  readonly axes: readonly string[];
  /** Distinct levels, or combinations of levels, in the design. */
  readonly levels: number;
  /** Unbiased variance component, on the scale of the moments; may be negative. */
  readonly variance: number;
  /** Share of the sum of the components, negative ones counted as 0. NaN when none is above 0. */
  readonly share: number;
  /** 95 % interval for these levels and new items. May reach below 0. */
  readonly itemInterval: Interval;
  /** 95 % interval for levels drawn like these and new items, from 0; null unless the design is balanced. */
  readonly levelInterval: Interval | null;
}

/** Holds components, and what this design cannot tell. */
export interface AxisComponents {
  readonly terms: readonly AxisComponent[];
  readonly notEstimable: readonly { readonly term: string; readonly why: string }[];
  /** Whether every combination of levels stands equally often, so that the terms do not share variance. */
  readonly balanced: boolean;
}

interface Term {
  readonly name: string;
  readonly axes: readonly string[];
  /** Level of each prompt as a number from 0. */
  readonly codes: Int32Array;
  readonly levels: number;
  readonly order: number;
  /** M Z Z' M, with Z the indicators of the levels and M the centring (P x P). */
  readonly v: Float64Array;
}

/**
 * Fits a random-effects model to the prompts' means: mean_p = mu + sum over terms of u[term, level of p] + noise.
 * Quadratic forms y' V_k y, V_k = M Z_k Z_k' M, less what the items' noise adds to them, trace(V_k C) / I with C the
 * covariance over items, are set equal to their expectations sum_j s2_j trace(V_k V_j). C is used whole: an item that
 * suits one wording is noise shared by all prompts of that wording. In a balanced design this is the ANOVA estimator,
 * otherwise MINQUE(0).
 *
 * itemInterval: each component is y'By - trace(B C) / I; its variance over items is
 * 4 y'BSBy - 2 trace(BSBS), S = C / I, not below 2 trace(BSBS), and the interval is normal.
 * levelInterval: generalised pivots MS_k df_k / chi-square(df_k) of the mean squares, combined as in the ANOVA.
 *
 * Sources: Searle, Casella & McCulloch 1992, chapters 4, 11 and 12; Weerahandi 1993 for the pivots.
 * @param random for the pivots
 * @throws RangeError when an axis does not name a level for each prompt
 */
export function axisComponents(
  moments: GridMoments,
  axes: readonly Axis[],
  random: Random,
  { draws = 4000, level = 0.95 }: { draws?: number; level?: number } = {},
): AxisComponents {
  const { prompts, items, means, covariance } = moments;
  for (const { name, levels } of axes) {
    if (levels.length !== prompts) {
      throw new RangeError(`axis "${name}" has levels for ${levels.length} prompts of ${prompts}`);
    }
  }
  const noise = covariance.map((value) => value / items);
  const { terms, notEstimable } = estimableTerms(axes, prompts);
  const matrices = terms.map(({ v }) => v);
  const gram = Float64Array.from({ length: terms.length ** 2 }, (_, at) =>
    traceOfProduct(
      matrices[Math.floor(at / terms.length)] as Float64Array,
      matrices[at % terms.length] as Float64Array,
    ),
  );
  const weights = inverse(gram, terms.length);
  if (!weights) return { terms: [], notEstimable, balanced: false };

  const forms = terms.map((_, k) => combination(matrices, weights.subarray(k * terms.length, (k + 1) * terms.length)));
  const variances = forms.map((form) => quadraticForm(form, means) - traceOfProduct(form, noise));
  const total = variances.reduce((sum, value) => sum + Math.max(0, value), 0);
  const z = normalInverse(0.5 + level / 2);
  const levelIntervals = balancedIntervals(terms, moments, noise, random, draws, level);
  return {
    balanced: levelIntervals !== null,
    notEstimable,
    terms: terms.map((term, k) => {
      const variance = variances[k] as number;
      const form = forms[k] as Float64Array;
      const half = z * Math.sqrt(formVariance(form, noise, means));
      return {
        term: term.name,
        axes: term.axes,
        levels: term.levels,
        variance,
        share: Math.max(0, variance) / total,
        itemInterval: { low: variance - half, high: variance + half },
        levelInterval: levelIntervals?.[k] ?? null,
      };
    }),
  };
}

/** Returns the variance over items of y'By, y with covariance S: 4 y'BSBy - 2 tr(BSBS), not below 2 tr(BSBS). */
function formVariance(form: Float64Array, noise: Float64Array, means: Float64Array): number {
  const n = means.length;
  const bs = multiply(form, noise, n);
  const bsb = multiply(bs, form, n);
  const squares = 2 * traceOfProduct(bsb, noise);
  return Math.max(squares, 4 * quadraticForm(bsb, means) - squares);
}

/** Lists the main effects, two-way interactions and the rest, without those that earlier terms already determine. */
function estimableTerms(axes: readonly Axis[], prompts: number) {
  const notEstimable: { term: string; why: string }[] = [];
  const usable = axes.filter(({ name, levels }) => {
    const distinct = new Set(levels).size;
    if (distinct < 2) notEstimable.push({ term: name, why: "it has one level" });
    return distinct > 1;
  });
  const candidates: Term[] = usable.map((axis) => newTerm([axis], prompts));
  for (let a = 0; a < usable.length; a++) {
    for (let b = a + 1; b < usable.length; b++) {
      candidates.push(newTerm([usable[a] as Axis, usable[b] as Axis], prompts));
    }
  }
  candidates.push({
    ...newTerm([], prompts),
    name: "rest",
    codes: Int32Array.from({ length: prompts }, (_, p) => p),
    levels: prompts,
    order: Infinity,
    v: centredIndicators(
      Int32Array.from({ length: prompts }, (_, p) => p),
      prompts,
    ),
  });
  // Gram-Schmidt in the space of matrices: what is left of a term's V beyond those before it is what can be told apart.
  const kept: { readonly term: Term; readonly rest: Float64Array; readonly names: string[] }[] = [];
  for (const term of candidates) {
    let rest: Float64Array = term.v;
    const size = traceOfProduct(rest, rest);
    const related: typeof kept = [];
    for (const earlier of kept) {
      const length = traceOfProduct(earlier.rest, earlier.rest);
      const weight = traceOfProduct(rest, earlier.rest) / length;
      if (weight * weight * length > 1e-12 * size) related.push(earlier);
      rest = combination([rest, earlier.rest], [1, -weight]);
    }
    if (traceOfProduct(rest, rest) > 1e-10 * size) {
      kept.push({ term, rest, names: [term.name] });
      continue;
    }
    notEstimable.push({
      term: term.name,
      why: `it cannot be separated from ${related.map(({ term }) => term.name).join(", ")}`,
    });
    // Of two terms of the same order neither has the better claim to the variance they share.
    const rival = related.find(({ term: { order } }) => order === term.order);
    if (rival) {
      notEstimable.push({ term: rival.term.name, why: `it cannot be separated from ${term.name}` });
      rival.names.push(term.name);
    }
  }
  const terms = kept.map(({ term, names }) => ({ ...term, name: names.join(" or ") }));
  return { terms, notEstimable };
}

function newTerm(axes: readonly Axis[], prompts: number): Term {
  const seen = new Map<string, number>();
  const codes = Int32Array.from({ length: prompts }, (_, p) => {
    const key = JSON.stringify(axes.map(({ levels }) => levels[p]));
    const code = seen.get(key) ?? seen.size;
    seen.set(key, code);
    return code;
  });
  const names = axes.map(({ name }) => name);
  return {
    name: names.join(" x "),
    axes: names,
    codes,
    levels: seen.size,
    order: axes.length,
    v: centredIndicators(codes, prompts),
  };
}

/** Computes M Z Z' M. */
function centredIndicators(codes: Int32Array, n: number): Float64Array {
  const same = Float64Array.from({ length: n * n }, (_, at) => (codes[Math.floor(at / n)] === codes[at % n] ? 1 : 0));
  const rows = Float64Array.from(
    { length: n },
    (_, r) => same.subarray(r * n, (r + 1) * n).reduce((a, b) => a + b, 0) / n,
  );
  const all = rows.reduce((a, b) => a + b, 0) / n;
  return same.map((value, at) => value - (rows[Math.floor(at / n)] as number) - (rows[at % n] as number) + all);
}

/** Computes generalised intervals of the components of a balanced design; null for any other. */
function balancedIntervals(
  terms: readonly Term[],
  { prompts: n, means }: GridMoments,
  noise: Float64Array,
  random: Random,
  draws: number,
  level: number,
): Interval[] | null {
  // Projections: the averages over the levels of a term, less what the terms inside it explain.
  const projections: Float64Array[] = [];
  for (const term of terms) {
    const sizes = new Int32Array(term.levels);
    for (const code of term.codes) sizes[code] = (sizes[code] as number) + 1;
    if (sizes.some((size) => size !== sizes[0])) return null;
    let projection: Float64Array = term.v.map((value) => value / (sizes[0] as number));
    terms.forEach((other, k) => {
      const inside =
        term.order === Infinity || (other.order < term.order && other.axes.every((a) => term.axes.includes(a)));
      if (other !== term && inside && k < projections.length) {
        projection = combination([projection, projections[k] as Float64Array], [1, -1]);
      }
    });
    const square = multiply(projection, projection, n);
    if (!near(square, projection)) return null;
    if (projections.some((earlier) => !near(multiply(earlier, projection, n), new Float64Array(n * n)))) return null;
    projections.push(projection);
  }
  const df = projections.map((projection) => {
    let trace = 0;
    for (let p = 0; p < n; p++) trace += projection[p * n + p] as number;
    return Math.round(trace);
  });
  // E(MS_k) = noise_k + sum_j s2_j trace(P_k V_j) / df_k.
  const count = terms.length;
  const expected = Float64Array.from({ length: count * count }, (_, at) => {
    const [k, j] = [Math.floor(at / count), at % count];
    return traceOfProduct(projections[k] as Float64Array, (terms[j] as Term).v) / (df[k] as number);
  });
  const weights = inverse(expected, count);
  if (!weights) return null;
  const squares = projections.map((projection) => quadraticForm(projection, means));
  const noises = projections.map((projection, k) => traceOfProduct(projection, noise) / (df[k] as number));
  const uniform = fastStream(random);
  const normal = normalDraws(uniform);
  const drawn = terms.map(() => new Float64Array(draws));
  const excess = new Float64Array(count);
  for (let draw = 0; draw < draws; draw++) {
    for (let k = 0; k < count; k++) {
      excess[k] = (squares[k] as number) / chiSquareDraw(df[k] as number, uniform, normal) - (noises[k] as number);
    }
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += (weights[j * count + k] as number) * (excess[k] as number);
      (drawn[j] as Float64Array)[draw] = Math.max(0, sum);
    }
  }
  return drawn.map((values) => {
    values.sort();
    return { low: sortedPercentile(values, 0.5 - level / 2), high: sortedPercentile(values, 0.5 + level / 2) };
  });
}

function near(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, i) => Math.abs(value - (b[i] as number)) < 1e-9);
}
