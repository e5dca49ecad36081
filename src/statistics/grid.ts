/** Scores of every prompt on every item: what the sensitivity statistics are computed from. */

/** Holds a full grid: each of `prompts` prompts was scored on the same `items` items. */
export interface ScoreGrid {
  readonly prompts: number;
  readonly items: number;
  /** Scores, row-major [prompt][item]: that of prompt p on item i is `values[p * items + i]`. */
  readonly values: Float64Array;
}

/** Computes the mean over items of each prompt. */
export function promptMeans({ prompts, items, values }: ScoreGrid): Float64Array {
  const means = new Float64Array(prompts);
  for (let p = 0; p < prompts; p++) {
    let sum = 0;
    for (let i = 0; i < items; i++) sum += values[p * items + i] as number;
    means[p] = sum / items;
  }
  return means;
}

/** Computes the mean over prompts of each item. */
export function itemMeans({ prompts, items, values }: ScoreGrid): Float64Array {
  const means = new Float64Array(items);
  for (let p = 0; p < prompts; p++) {
    for (let i = 0; i < items; i++) means[i] = (means[i] as number) + (values[p * items + i] as number) / prompts;
  }
  return means;
}
