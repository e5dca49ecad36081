/** Draws random numbers from seeds. A stream is named by what it is for, so that one use never shifts another. */

import seedrandom from "seedrandom";

/** Generates uniform numbers in [0, 1), the same on every platform for the same names. */
export type Random = () => number;

/** Makes a stream of random numbers for the given names, e.g. `randomStream(seed, task, "shots")`. */
export function randomStream(...names: (string | number)[]): Random {
  return seedrandom(JSON.stringify(names));
}

/** Returns a new array in random order (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

/** Draws k distinct indices out of 0..n-1, uniformly without replacement, in increasing order. */
export function sampleIndices(n: number, k: number, random: Random): number[] {
  return shuffled(
    Array.from({ length: n }, (_, i) => i),
    random,
  )
    .slice(0, k)
    .sort((a, b) => a - b);
}
