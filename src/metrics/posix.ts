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
