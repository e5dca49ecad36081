/** Scores of all prompts on all items from a part of the grid: PromptEval. */

import type { Random } from "../base/random.js";
import { cholesky } from "./bootstrap.js";

/** Holds a grid of which only some cells were scored. */
export interface SparseGrid {
  readonly prompts: number;
  readonly items: number;
  /** Scores in [0, 1], row-major [prompt][item]; NaN where a cell was not scored. */
  readonly values: Float64Array;
}

/** Describes the fitted model: the chance of prompt p on item i is 1 / (1 + exp(-(theta_p + beta_i))). */
export interface PromptEval {
  /** Ease of each prompt (P), in logits. */
  readonly theta: Float64Array;
  /** Ease of each item (I); without covariates that of the last is 0. */
  readonly beta: Float64Array;
  /** Estimated mean of each prompt over all items: scores where they are known, chances elsewhere. */
  readonly means: Float64Array;
}

export interface PromptEvalOptions {
  /**
   * Covariates of the prompts, [prompt][covariate]: theta = covariates x weights, which prompts that were hardly scored
   * share. Without them each prompt has a parameter of its own (the Rasch model).
   */
  readonly covariates?: readonly ArrayLike<number>[];
  /** Draws the label that is turned where all are equal. */
  readonly random: Random;
}

/** Weighs the log-loss against half the sum of squares of the parameters. */
const C = 100;
const LARGEST_LOGIT = 30;
const STEPS = 100;

/**
 * Fits X-pIRT: logistic regression of the scores on prompts and items with an L2 penalty, minimising 0.5 |w|^2 + 100
 * sum of the log-loss, by Newton's method. The items' block of the Hessian is diagonal, so that each step solves a
 * system as large as the prompts' side only. Fractional scores enter the log-loss as they are. The model has no term
 * for prompt x item: it cannot tell how much answers flip item by item. Source: Maia Polo et al. 2024
 * (arXiv:2405.17202), section 3 and algorithm 1.
 * @throws RangeError when nothing was scored or the covariates do not match the prompts
 */
export function promptEval(grid: SparseGrid, { covariates, random }: PromptEvalOptions): PromptEval {
  const { prompts, items, values } = grid;
  const rows = covariates ?? identity(prompts);
  if (rows.length !== prompts) throw new RangeError(`covariates of ${rows.length} prompts, scores of ${prompts}`);
  const width = rows[0]?.length ?? 0;
  // The last item of the Rasch model is the zero of the scale.
  const free = covariates === undefined ? items - 1 : items;
  const seen: { readonly p: number; readonly i: number; y: number }[] = [];
  for (let p = 0; p < prompts; p++) {
    for (let i = 0; i < items; i++) {
      const y = values[p * items + i] as number;
      if (!Number.isNaN(y)) seen.push({ p, i, y });
    }
  }
  if (seen.length === 0) throw new RangeError("nothing was scored");
  const [{ y: first }] = seen as [(typeof seen)[number]];
  if ((first === 0 || first === 1) && seen.every(({ y }) => y === first)) {
    const turned = seen[Math.floor(random() * seen.length)];
    if (turned) turned.y = 1 - first;
  }

  const weights = new Float64Array(width);
  const beta = new Float64Array(items);
  const thetaOf = (w: Float64Array) =>
    Float64Array.from(rows, (row) => w.reduce((sum, weight, k) => sum + weight * (row[k] as number), 0));
  const loss = (w: Float64Array, b: Float64Array) => {
    const theta = thetaOf(w);
    const penalty = [...w, ...b].reduce((sum, value) => sum + value * value, 0) / 2;
    return seen.reduce((sum, { p, i, y }) => sum + C * logLoss((theta[p] as number) + (b[i] as number), y), penalty);
  };
  let current = loss(weights, beta);
  for (let step = 0; step < STEPS; step++) {
    const { forWeights, forBeta } = newtonStep(seen, rows, thetaOf(weights), weights, beta, free);
    let size = 1;
    let next = Infinity;
    let [w, b] = [weights, beta];
    // The loss is convex: some part of the step lowers it, unless it is at its least.
    while (size > 1e-8) {
      w = weights.map((value, k) => value - size * (forWeights[k] as number));
      b = beta.map((value, i) => value - size * (forBeta[i] as number));
      next = loss(w, b);
      if (next <= current) break;
      size /= 2;
    }
    if (!(next < current)) break;
    const gained = current - next;
    weights.set(w);
    beta.set(b);
    current = next;
    if (gained < 1e-12 * (1 + current)) break;
  }
  const theta = thetaOf(weights);
  const means = theta.map((ease, p) => {
    let sum = 0;
    for (let i = 0; i < items; i++) {
      const y = values[p * items + i] as number;
      sum += Number.isNaN(y) ? chance(ease + (beta[i] as number)) : y;
    }
    return sum / items;
  });
  return { theta, beta, means };
}

function newtonStep(
  seen: readonly { readonly p: number; readonly i: number; readonly y: number }[],
  rows: readonly ArrayLike<number>[],
  theta: Float64Array,
  weights: Float64Array,
  beta: Float64Array,
  free: number,
): { forWeights: Float64Array; forBeta: Float64Array } {
  const [width, items] = [weights.length, beta.length];
  const gradient = Float64Array.from(weights);
  const itemGradient = Float64Array.from(beta);
  const square = new Float64Array(width * width);
  const cross = new Float64Array(width * items);
  const diagonal = new Float64Array(items).fill(1);
  for (let k = 0; k < width; k++) square[k * width + k] = 1;
  for (const { p, i, y } of seen) {
    const q = chance((theta[p] as number) + (beta[i] as number));
    const [error, curvature] = [C * (q - y), C * q * (1 - q)];
    const row = rows[p] as ArrayLike<number>;
    itemGradient[i] = (itemGradient[i] as number) + error;
    diagonal[i] = (diagonal[i] as number) + curvature;
    for (let k = 0; k < width; k++) {
      const x = row[k] as number;
      if (x === 0) continue;
      gradient[k] = (gradient[k] as number) + error * x;
      cross[k * items + i] = (cross[k * items + i] as number) + curvature * x;
      for (let l = 0; l < width; l++) {
        square[k * width + l] = (square[k * width + l] as number) + curvature * x * (row[l] as number);
      }
    }
  }
  // Schur complement of the items' block.
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < free; i++) {
      const scaled = (cross[k * items + i] as number) / (diagonal[i] as number);
      if (scaled === 0) continue;
      gradient[k] = (gradient[k] as number) - scaled * (itemGradient[i] as number);
      for (let l = 0; l < width; l++) {
        square[k * width + l] = (square[k * width + l] as number) - scaled * (cross[l * items + i] as number);
      }
    }
  }
  const forWeights = solve(square, gradient);
  const forBeta = new Float64Array(items);
  for (let i = 0; i < free; i++) {
    let value = itemGradient[i] as number;
    for (let k = 0; k < width; k++) value -= (cross[k * items + i] as number) * (forWeights[k] as number);
    forBeta[i] = value / (diagonal[i] as number);
  }
  return { forWeights, forBeta };
}

/** Solves a x = b, a positive definite. */
function solve(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const l = cholesky(a, n);
  const x = Float64Array.from(b);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < r; c++) x[r] = (x[r] as number) - (l[r * n + c] as number) * (x[c] as number);
    x[r] = (x[r] as number) / (l[r * n + r] as number);
  }
  for (let r = n - 1; r >= 0; r--) {
    for (let c = r + 1; c < n; c++) x[r] = (x[r] as number) - (l[c * n + r] as number) * (x[c] as number);
    x[r] = (x[r] as number) / (l[r * n + r] as number);
  }
  return x;
}

function identity(n: number): Float64Array[] {
  return Array.from({ length: n }, (_, p) => {
    const row = new Float64Array(n);
    row[p] = 1;
    return row;
  });
}

function chance(logit: number): number {
  return 1 / (1 + Math.exp(-Math.max(-LARGEST_LOGIT, Math.min(LARGEST_LOGIT, logit))));
}

/** Computes -y log q - (1 - y) log(1 - q) without loss of digits for large logits. */
function logLoss(logit: number, y: number): number {
  return Math.max(logit, 0) - y * logit + Math.log1p(Math.exp(-Math.abs(logit)));
}

/**
 * Codes prompts by their levels: an indicator for each level of each axis but its first one.
 * @param levels [axis][prompt]
 */
export function levelCovariates(levels: readonly (readonly (string | number)[])[], prompts: number): Float64Array[] {
  const columns = levels.flatMap((axis) => {
    const distinct = [...new Set(axis)].slice(1);
    return distinct.map((level) => axis.map((own) => (own === level ? 1 : 0)));
  });
  // Without any column there is nothing that prompts could differ by.
  const used = columns.length === 0 ? [Array.from({ length: prompts }, () => 0)] : columns;
  return Array.from({ length: prompts }, (_, p) => Float64Array.from(used, (column) => column[p] as number));
}

/**
 * Computes the mean distance of two distributions over prompts: mean |sorted estimates - sorted values|
 * (1-Wasserstein).
 */
export function distributionError(estimates: ArrayLike<number>, values: ArrayLike<number>): number {
  const [a, b] = [Float64Array.from(estimates).sort(), Float64Array.from(values).sort()];
  return a.reduce((sum, value, k) => sum + Math.abs(value - (b[k] as number)), 0) / a.length;
}
