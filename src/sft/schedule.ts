/** Computes the learning rate from step to step. */

/**
 * Computes a linear warm-up from 0, then linear decay to 0, as transformers' get_linear_schedule_with_warmup.
 * @param peak the largest learning rate
 * @param steps steps in all
 * @param warmup share of the steps that the warm-up takes, rounded up
 * @returns learning rate of a step, numbered from 0
 */
export function linearSchedule(peak: number, steps: number, warmup: number): (step: number) => number {
  const rising = Math.ceil(steps * warmup);
  return (step) => {
    if (step < rising) return (peak * step) / Math.max(1, rising);
    return peak * Math.max(0, (steps - step) / Math.max(1, steps - rising));
  };
}

/**
 * Counts the steps of one pass over the rows, the last of which may have a smaller batch, and of the whole training.
 */
export function stepsOf(
  rows: number,
  { batchSize, epochs }: { readonly batchSize: number; readonly epochs: number },
): { readonly perEpoch: number; readonly steps: number } {
  const perEpoch = Math.ceil(rows / batchSize);
  return { perEpoch, steps: Math.ceil(epochs * perEpoch) };
}
