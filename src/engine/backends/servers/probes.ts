/** Compares the probes of two servers. */

/** Returns the largest difference of two lists of probes; infinity where they are of different length. */
export function probeDifference(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length) return Infinity;
  return Math.max(0, ...one.map((value, i) => Math.abs(value - (other[i] as number))));
}

/** Returns the difference of probes up to which two servers are taken to serve the same model. */
export function probeTolerance(...noises: readonly number[]): number {
  return Math.max(1e-4, 4 * Math.max(...noises));
}
