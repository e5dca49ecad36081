/** Measures how much the probability of a model's own responses depends on the prompt they answer. */

/**
 * Returns POSIX with labels for responses. Of one item, N prompts with the same meaning have psi = 1 / (N (N - 1))
 * sum_i sum_{j != i} |log P(y_j | x_i) - log P(y_j | x_j)| / L_j, with y_j the response to prompt j and L_j its number
 * of tokens; here y_j is the label that prompt j prefers, a single token (L_j = 1), and all its probabilities are known
 * from scoring the labels. The items' mean is taken. Source: Chatterjee et al. 2024 (arXiv:2410.02185), equation 1.
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
