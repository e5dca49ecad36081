/** Judges labels by what their probability adds to the one that the prompt alone gives them. */

import { argMax } from "./choice.js";

/**
 * Computes the probabilities of the labels, summing to 1, from their log-likelihoods.
 * @param logprobs nats; -Infinity is allowed, but not for all
 */
export function labelProbabilities(logprobs: ArrayLike<number>): Float64Array {
  let largest = -Infinity;
  for (let c = 0; c < logprobs.length; c++) largest = Math.max(largest, logprobs[c] as number);
  const shares = Float64Array.from(logprobs, (value) => Math.exp(value - largest));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/**
 * Computes the mean of the labels' probabilities over several inputs, as log-likelihoods: the prior of contextual
 * calibration.
 * @param inputs [input][label] log-likelihoods, nats
 */
export function meanPrior(inputs: readonly ArrayLike<number>[]): number[] {
  const labels = inputs[0]?.length ?? 0;
  const sums = new Float64Array(labels);
  for (const logprobs of inputs) {
    labelProbabilities(logprobs).forEach((share, c) => (sums[c] = (sums[c] as number) + share));
  }
  return Array.from(sums, (sum) => Math.log(sum / inputs.length));
}

/**
 * Returns the answer with the largest log P(y | x) - log P(y | without x): pointwise mutual information, and with the
 * prior of {@link meanPrior} contextual calibration. Sources: Holtzman et al. 2021 (arXiv:2104.08315), section 3; Zhao
 * et al. 2021 (arXiv:2102.09690), section 5, with W = diag(prior)^-1 and b = 0.
 * @param logprobs of each answer in its question
 * @param prior of each answer without it
 * @returns the index; the first one on ties
 */
export function preferredOverPrior(logprobs: ArrayLike<number>, prior: ArrayLike<number>): number {
  return argMax(Array.from(logprobs, (value, c) => value - (prior[c] as number)));
}

/**
 * Returns the answers of one prompt under batch calibration: the prior is the mean of the labels' probabilities over
 * the items themselves, so nothing else has to be asked. Source: Zhou et al. 2023 (arXiv:2309.17249), section 4.
 * @param logprobs [item][label], row-major
 * @returns index of the answer to each item
 */
export function batchCalibrated(logprobs: Float64Array, labels: number): Int32Array {
  const items = logprobs.length / labels;
  const rows = Array.from({ length: items }, (_, i) => logprobs.subarray(i * labels, (i + 1) * labels));
  const prior = meanPrior(rows);
  return Int32Array.from(rows, (row) => preferredOverPrior(row, prior));
}
