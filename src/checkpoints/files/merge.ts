/** Changes the numbers of a stored tensor as an adapter says, when they are read. */

/** Says what becomes of a tensor's numbers; all parts are optional, and are done in this order. */
export interface Merge {
  /** Every number is multiplied by this. */
  readonly times?: number;
  /** Is added, one number to each. */
  readonly plus?: Float32Array;
  readonly lowRank?: LowRankSum;
  /** Every row of W + B A is brought to this length: [outputs] (DoRA, Liu et al. 2024, arXiv:2402.09353). */
  readonly magnitude?: Float32Array;
}

/** Describes B A, which is added to a matrix of [outputs, inputs]. */
export interface LowRankSum {
  readonly rank: number;
  readonly inputs: number;
  readonly outputs: number;
  /** A, [rank, inputs]. */
  readonly a: Float32Array;
  /** B times the scale, [outputs, rank]. */
  readonly b: Float32Array;
  /** The matrix is stored as [inputs, outputs]. */
  readonly turned: boolean;
}

/**
 * Changes the numbers in place.
 * @param values all numbers of the tensor, row by row
 */
export function applyMerge(values: Float32Array, { times, plus, lowRank, magnitude }: Merge): void {
  if (times !== undefined) for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * times;
  if (plus !== undefined) {
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + (plus[i] as number);
  }
  if (lowRank === undefined) return;
  for (let output = 0; output < lowRank.outputs; output++) {
    const row = rowOf(values, lowRank, output);
    row.add();
    if (magnitude !== undefined) row.scale((magnitude[output] as number) / row.length());
  }
}

/** Gives what is done to one row of the matrix: the numbers that make one output. */
function rowOf(values: Float32Array, { rank, inputs, outputs, a, b, turned }: LowRankSum, output: number) {
  const [start, step] = turned ? [output, outputs] : [output * inputs, 1];
  return {
    add: () => {
      for (let r = 0; r < rank; r++) {
        const weight = b[output * rank + r] as number;
        for (let i = 0, at = start; i < inputs; i++, at += step)
          values[at] = (values[at] as number) + weight * (a[r * inputs + i] as number);
      }
    },
    length: () => {
      let sum = 0;
      for (let i = 0, at = start; i < inputs; i++, at += step) sum += (values[at] as number) ** 2;
      return Math.sqrt(sum);
    },
    scale: (factor: number) => {
      for (let i = 0, at = start; i < inputs; i++, at += step) values[at] = (values[at] as number) * factor;
    },
  };
}
