/** How much the probability of a model's own responses depends on the prompt they answer. */

/**
 * POSIX of one set of N prompts with the same meaning:
 * psi = 1 / (N (N - 1)) sum_i sum_{j != i} |log P(y_j | x_i) - log P(y_j | x_j)| / L_j,
 * with y_j the response to prompt j and L_j its true number of tokens.
 * Source: Chatterjee et al. 2024 (arXiv:2410.02185), equation 1.
 * @param logprobs [i][j] = log P(y_j | x_i) in nats, N x N
 * @param lengths tokens of each response (N), each at least 1
 * @returns nats per token; NaN for fewer than two prompts
 * @throws RangeError when a length is below 1 or the shapes differ
 */
export function posixOfSet(logprobs: readonly ArrayLike<number>[], lengths: ArrayLike<number>): number {
  const n = logprobs.length;
  if (lengths.length !== n) throw new RangeError(`${n} prompts, but ${lengths.length} lengths of responses`);
  let sum = 0;
  for (let j = 0; j < n; j++) {
    const length = lengths[j] as number;
    if (!(length >= 1)) throw new RangeError(`the response to prompt ${j} has ${length} tokens`);
    const own = logprobs[j]?.[j] as number;
    for (let i = 0; i < n; i++) {
      const row = logprobs[i] as ArrayLike<number>;
      if (row.length !== n) throw new RangeError(`prompt ${i} scores ${row.length} responses of ${n}`);
      if (i !== j) sum += Math.abs((row[j] as number) - own) / length;
    }
  }
  return sum / (n * (n - 1));
}

/**
 * POSIX with labels for responses: y_j is the label that prompt j prefers, a single token, so L_j = 1, and all its
 * probabilities are known from scoring the labels. Mean over items of {@link posixOfSet}.
 * @param logprobs [prompt][item][label], row-major, nats
 * @param answers [prompt][item], index of the label preferred
 * @returns nats; NaN for fewer than two prompts
 */
export function posixOfLabels(
  logprobs: Float64Array,
  answers: Int32Array,
  { prompts, items, labels }: { readonly prompts: number; readonly items: number; readonly labels: number },
): number {
  let sum = 0;
  for (let i = 0; i < items; i++) {
    for (let j = 0; j < prompts; j++) {
      const label = answers[j * items + i] as number;
      const own = logprobs[(j * items + i) * labels + label] as number;
      for (let k = 0; k < prompts; k++) sum += Math.abs((logprobs[(k * items + i) * labels + label] as number) - own);
    }
  }
  return sum / items / (prompts * (prompts - 1));
}
