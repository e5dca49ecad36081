/** Predicts what several fine-tunings that differ by their seed see, from a pilot of a few. */

import { randomStream } from "../../base/random.js";
import { tInverse } from "../distributions.js";
import { chiSquareDraw, fastStream, normalDraws } from "../draws.js";
import { type LevelComponents, predictedError } from "./level-error.js";

/** Holds what a pilot of several seeds says of the change of a mean. */
export interface AssumedSeeds {
  /** SD between the seeds' changes, on given prompts and rows. */
  readonly sd: number;
  /** Of the seeds' mean change, over wordings and rows. */
  readonly shared: LevelComponents;
}

type Asked = Parameters<typeof predictedError>[1];

const DRAWS = 4000;
const SIDE = 0.975;
/** Lists the numbers of seeds that are tried. */
const MOST_SEEDS = 30;

/** Predicts half of the 95 % interval of the mean change, for new seeds, wordings and rows; of at least two seeds. */
export function seedHalfWidth({ sd, shared }: AssumedSeeds, asked: Asked, seeds: number): number {
  const { stderr, df } = predictedError(shared, asked);
  return Math.hypot(tInverse(SIDE, df) * stderr, (tInverse(SIDE, seeds - 1) * sd) / Math.sqrt(seeds));
}

/**
 * Predicts the share of studies whose test over seeds sees a change of the mean, by drawing 4,000: the error of the
 * mean, and the estimates of both of its parts.
 * @returns a function of the change, which takes the same draws for every change
 */
export function seedPower(
  { sd, shared }: AssumedSeeds,
  asked: Asked,
  seeds: number,
  alpha: number,
): (change: number) => number {
  const { stderr, df } = predictedError(shared, asked);
  const [ofRows, ofSeeds] = [tInverse(1 - alpha / 2, df), tInverse(1 - alpha / 2, seeds - 1)];
  const uniform = fastStream(randomStream("plan", "seeds", seeds));
  const normal = normalDraws(uniform);
  const own = sd / Math.sqrt(seeds);
  const spread = Math.hypot(stderr, own);
  const drawn = Array.from({ length: DRAWS }, () => {
    const error = spread * normal();
    const rows = (ofRows * stderr * Math.sqrt(chiSquareDraw(df, uniform, normal))) / Math.sqrt(df);
    const tuning = (ofSeeds * own * Math.sqrt(chiSquareDraw(seeds - 1, uniform, normal))) / Math.sqrt(seeds - 1);
    return { error, half: Math.hypot(rows, tuning) };
  });
  return (change) => drawn.filter(({ error, half }) => Math.abs(change + error) > half).length / DRAWS;
}

/** Finds the smallest change of the mean that is seen with the power. */
export function seedDetectable(of: AssumedSeeds, asked: Asked, seeds: number, power: number, alpha: number): number {
  const seen = seedPower(of, asked, seeds, alpha);
  const { stderr } = predictedError(of.shared, asked);
  let [low, high] = [0, 200 * Math.max(stderr, of.sd)];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (seen(middle) >= power) high = middle;
    else low = middle;
  }
  return high;
}

/** Returns the fewest seeds that do it; null where thirty do not. */
export function fewestSeeds(reached: (seeds: number) => boolean): number | null {
  for (let seeds = 2; seeds <= MOST_SEEDS; seeds++) if (reached(seeds)) return seeds;
  return null;
}
