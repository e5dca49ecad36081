/** Draws random numbers for resampling, by the million. */

import seedrandom from "seedrandom";
import type { Random } from "../base/random.js";

/**
 * Makes a generator for millions of draws: Alea seeded from the given stream, about ten times as fast as the stream
 * itself. Two numbers are taken from `random`.
 */
export function fastStream(random: Random): Random {
  return seedrandom.alea(`${random()} ${random()}`);
}

/** Makes a generator of standard normal numbers. Source: Marsaglia & Bray 1964 (the polar method). */
export function normalDraws(random: Random): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const [u, v] = [2 * random() - 1, 2 * random() - 1];
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        spare = v * scale;
        return u * scale;
      }
    }
  };
}

/**
 * Draws one chi-square number. Source: Marsaglia & Tsang 2000, "A simple method for generating gamma variables"; shape
 * df / 2 below 1 by their boost.
 * @param df degrees of freedom, > 0
 */
export function chiSquareDraw(df: number, random: Random, normal: () => number): number {
  const shape = df / 2;
  const boost = shape < 1 ? Math.pow(1 - random(), 1 / shape) : 1;
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return 2 * d * v * boost;
  }
}

/** Draws n of n things with replacement and counts how often each is drawn. Overwrites `counts` (n). */
export function resampleCounts(counts: Float64Array, random: Random): void {
  counts.fill(0);
  const n = counts.length;
  for (let i = 0; i < n; i++) {
    const drawn = Math.floor(random() * n);
    counts[drawn] = (counts[drawn] as number) + 1;
  }
}
