/** Holds means with standard errors, over rows and over prompts. */

/** Holds an estimate with its standard error and the number of rows it is over. */
export interface Estimate {
  readonly mean: number;
  /** Standard error of the mean; null for fewer than two rows, where none can be estimated. */
  readonly stderr: number | null;
  readonly n: number;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Computes the sample variance with n - 1 in the denominator; NaN for fewer than two values. */
export function variance(values: ArrayLike<number>): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - centre) ** 2;
  return values.length < 2 ? NaN : sum / (values.length - 1);
}

/**
 * Computes the mean of scores over rows, with the standard error sd / sqrt(n) (n - 1 in sd). Source: Miller 2024
 * (arXiv:2411.00640), section 2.1.
 */
export function estimateMean(scores: ArrayLike<number>): Estimate {
  const n = scores.length;
  return { mean: mean(scores), stderr: n < 2 ? null : Math.sqrt(variance(scores) / n), n };
}

/** Describes how scores vary over prompts. The standard deviation and the spread contain sampling noise of the rows. */
export interface AcrossPrompts {
  /** Mean over prompts and rows; the standard error treats a row's scores under all prompts as one cluster. */
  readonly mean: Estimate;
  /** Standard deviation of the prompts' means (n - 1); null for one prompt. */
  readonly sd: number | null;
  readonly min: number;
  readonly max: number;
  /** max - min. */
  readonly spread: number;
  readonly prompts: number;
}

/**
 * @param scores [prompt][row], every prompt over the same rows in the same order
 */
export function acrossPrompts(scores: readonly ArrayLike<number>[]): AcrossPrompts {
  const means = scores.map(mean);
  const [min, max] = [Math.min(...means), Math.max(...means)];
  return {
    mean: estimateMean(rowMeans(scores)),
    sd: means.length < 2 ? null : Math.sqrt(variance(means)),
    min,
    max,
    spread: max - min,
    prompts: means.length,
  };
}

/** Computes the mean over prompts of each row. */
export function rowMeans(scores: readonly ArrayLike<number>[]): number[] {
  const rows = scores[0]?.length ?? 0;
  return Array.from({ length: rows }, (_, row) => mean(scores.map((prompt) => prompt[row] as number)));
}

/**
 * Computes the mean difference after - before over paired rows: SE = sd(differences) / sqrt(n).
 * Source: Miller 2024 (arXiv:2411.00640), section 4.2.
 */
export function pairedDifference(before: ArrayLike<number>, after: ArrayLike<number>): Estimate {
  if (before.length !== after.length)
    throw new RangeError(`paired scores differ in number: ${before.length} and ${after.length}`);
  return estimateMean(Array.from({ length: before.length }, (_, i) => (after[i] as number) - (before[i] as number)));
}
