/** Predicts how often the test of a change of the SD speaks, from variances that are taken to be true. */

import { randomStream } from "../../base/random.js";
import { clip } from "../crossed/block-df.js";
import { FEWEST_FOR_FLIPS, FEWEST_WORDINGS } from "../crossed/change.js";
import { centredWithin, type CrossedDesign } from "../crossed/design.js";
import { LARGEST_LOGIT_SD, logitNormalSd } from "../crossed/logit-normal.js";
import { both, product, type Sides } from "../crossed/moments.js";
import { logitSecants, PROBABILITY } from "../crossed/scale.js";
import { fInverse, normalInverse, tInverse } from "../distributions.js";
import { fastStream, normalDraws } from "../draws.js";

/** Holds what is assumed of two checkpoints, in score units. */
export interface AssumedSides {
  /** Variance between wordings within presentations, without the noise of the rows. */
  readonly component: Sides<number>;
  /** Variance that one row's noise has within presentations: the noise variance of the means times the rows. */
  readonly rowVariance: Sides<number>;
  /** The same, shared by the same prompt before and after. */
  readonly rowCovariance: number;
  /** Correlation of the wordings' effects before and after. */
  readonly correlation: number;
  /** Means, off 0 and 1 for shares, and variance that the presentations add. */
  readonly level: Sides<number>;
  readonly beside: Sides<number>;
  /** Whether scores lie between 0 and 1, so that the test is one of logits. */
  readonly shares: boolean;
}

/** Describes a design that is asked on a number of rows. */
export interface AskedDesign {
  readonly design: CrossedDesign;
  readonly rows: number;
  /** Effective degrees of freedom, of one side's variance and of the difference; those of the design unless said. */
  readonly blockDf?: number;
  readonly differenceDf?: number;
}

/** Sets how many studies are drawn; a power of .8 has a standard error of .013. */
const STUDIES = 1000;

/**
 * Returns the share of drawn studies in which the headline p-value is at most alpha. Each has normal effects of
 * wordings and of rows; the pivot is taken in closed form (with equal noise on both sides it is the test of Pitman and
 * Morgan with the difference's degrees of freedom), the gate by its F quantile, and the signs of wordings by the normal
 * quantile less Cornish and Fisher's term for the kurtosis of the sum. The same draws serve every call. Simulated
 * beside `analyze` in docs/statistics-tables.md.
 * @param after component after SFT in place of the assumed one
 * @returns NaN below six wordings, where nothing is tested
 */
export function powerOfSdChange(
  { component, rowVariance, rowCovariance, correlation, level, beside, shares }: AssumedSides,
  { design, rows, blockDf = design.df, differenceDf = blockDf }: AskedDesign,
  after = component[1],
  alpha = 0.05,
): number {
  if (design.wordings < FEWEST_WORDINGS || design.df < 2 || rows < 2) return NaN;
  const truth = both((k) => Math.max(0, k === 0 ? component[0] : after));
  const noise = both((k) => rowVariance[k] / rows);
  const total = both((k) => truth[k] + noise[k]);
  if (total[0] === 0 && total[1] === 0) return 0;
  const secants = shares ? logitSecants(level, both((k) => truth[k] + beside[k])) : PROBABILITY.secants; // prettier-ignore
  const scaled = both((k) => total[k] * secants[k] ** 2);
  const subtracted = both((k) => noise[k] * secants[k] ** 2);
  const shared = correlation * Math.sqrt(truth[0] * truth[1]) + rowCovariance / rows;
  const r = total[0] * total[1] === 0 ? 0 : clip(shared / Math.sqrt(total[0] * total[1]), -0.999, 0.999);
  const critical = {
    pivot: tInverse(1 - alpha / 2, Math.max(0.5, differenceDf - 1)) / Math.sqrt(Math.max(0.5, differenceDf - 1)),
    gate: fInverse(1 - alpha / 2, blockDf, (rows - 1) * design.df),
    flips: design.wordings < FEWEST_FOR_FLIPS ? 0 : normalInverse(1 - alpha / 2),
  };
  const { values, products } = effectsOf(design, blockDf);
  const [a, b, c] = [Math.sqrt(scaled[0]), Math.sqrt(scaled[1]) * r, Math.sqrt(scaled[1] * (1 - r * r))];
  const excess = subtracted[1] - subtracted[0];
  let seen = 0;
  for (let study = 0; study < STUDIES; study++) {
    const xx = (products[3 * study] as number) / design.df;
    const xy = (products[3 * study + 1] as number) / design.df;
    const yy = (products[3 * study + 2] as number) / design.df;
    const before = a * a * xx;
    const after = b * b * xx + 2 * b * c * xy + c * c * yy;
    const cross = a * b * xx + a * c * xy;
    if (Math.max(before / subtracted[0], after / subtracted[1]) < critical.gate) continue;
    const free = (before + after) ** 2 - 4 * cross ** 2 - (after - before) ** 2;
    if (Math.abs(after - before - excess) < critical.pivot * Math.sqrt(Math.max(0, free))) continue;
    const own = values.subarray(2 * study * design.prompts, 2 * (study + 1) * design.prompts);
    if (critical.flips === 0 || areSignsOneSided(design, own, [a, b, c], excess, critical.flips)) seen++;
  }
  return seen / STUDIES;
}

/**
 * Tells whether the sum of the wordings' parts in the change is beyond what random signs give it: variance sum e^2 and
 * excess kurtosis -2 sum e^4 / (sum e^2)^2.
 * @param effects two for each prompt (2 P): before is a x, after b x + c y
 */
function areSignsOneSided(
  design: CrossedDesign,
  effects: Float64Array,
  [a, b, c]: readonly [number, number, number],
  excess: number,
  normal: number,
): boolean {
  const sums = new Float64Array(design.wordings);
  const factor = design.prompts / design.df;
  for (let p = 0; p < design.prompts; p++) {
    const before = a * (effects[2 * p] as number);
    const after = b * (effects[2 * p] as number) + c * (effects[2 * p + 1] as number);
    const w = design.wording[p] as number;
    sums[w] = (sums[w] as number) + factor * (after * after - before * before) - excess;
  }
  let [sum, squares, fourth] = [0, 0, 0];
  for (const value of sums) {
    sum += value;
    const square = value * value;
    squares += square;
    fourth += square * square;
  }
  const kurtosis = (-2 * fourth) / squares ** 2;
  return Math.abs(sum) >= (normal + ((normal ** 3 - 3 * normal) * kurtosis) / 24) * Math.sqrt(squares);
}

/** Holds effects of all studies that are drawn. */
interface Effects {
  /** Two for each prompt (studies x P x 2), centred within presentations. */
  readonly values: Float64Array;
  /** Sums over prompts of x x, x y and y y (studies x 3). */
  readonly products: Float64Array;
}

const drawn = new Map<string, Effects>();
const KEPT = 4;

/**
 * Draws standard normal effects, two for each prompt and study; those of one wording's prompts are alike as far as the
 * degrees of freedom say: with m prompts a wording and correlation rho they are (W - 1) m / (1 + (m - 1) rho^2).
 */
function effectsOf(design: CrossedDesign, blockDf: number): Effects {
  const m = design.prompts / design.wordings;
  const square = m > 1 ? clip((((design.wordings - 1) * m) / blockDf - 1) / (m - 1), 0, 1) : 0;
  const [own, common] = [Math.sqrt(1 - Math.sqrt(square)), Math.sqrt(Math.sqrt(square))];
  const key = `${design.wording.join()} ${design.presentation.join()} ${square}`;
  const known = drawn.get(key);
  if (known !== undefined) return known;
  const normal = normalDraws(fastStream(randomStream("power", design.prompts, design.wordings)));
  const width = 2 * design.prompts;
  const effects = { values: new Float64Array(STUDIES * width), products: new Float64Array(3 * STUDIES) };
  for (let study = 0; study < STUDIES; study++) {
    const wordings = Float64Array.from({ length: 2 * design.wordings }, () => (common > 0 ? normal() : 0));
    const draw = (k: 0 | 1) =>
      centredWithin(design, Float64Array.from(design.wording, (w) => own * normal() + common * (wordings[2 * w + k] as number))); // prettier-ignore
    const [x, y] = [draw(0), draw(1)];
    x.forEach((value, p) => {
      effects.values.set([value, y[p] as number], study * width + 2 * p);
    });
    effects.products.set([product(x, x), product(x, y), product(y, y)], 3 * study);
  }
  const [oldest] = drawn.keys();
  if (drawn.size >= KEPT && oldest !== undefined) drawn.delete(oldest);
  drawn.set(key, effects);
  return effects;
}

/** Holds the smallest changes of the SD that have the wanted power; null where no change has. */
export interface DetectableChange {
  /** The largest SD after SFT, below that before, that would be seen; null when even 0 would not. */
  readonly fall: number | null;
  /** The smallest SD after SFT, above that before, that would be seen; null where none is. */
  readonly rise: number | null;
}

/** Solves {@link powerOfSdChange} for the SD after SFT, in score units, by bisection to a two-hundredth. */
export function detectableSds(assumed: AssumedSides, asked: AskedDesign, power = 0.8, alpha = 0.05): DetectableChange {
  const enough = (sd: number) => powerOfSdChange(assumed, asked, sd * sd, alpha) >= power;
  const before = Math.sqrt(Math.max(0, assumed.component[0]));
  const noise = Math.sqrt(Math.max(...assumed.rowVariance) / asked.rows);
  const top = assumed.shares ? logitNormalSd(assumed.level[1], LARGEST_LOGIT_SD / 2) : 100 * Math.max(before, noise);
  return {
    fall: before > 0 && enough(0) ? nearest(before, 0, enough) : null,
    rise: top > before && enough(top) ? nearest(before, top, enough) : null,
  };
}

/** Finds the point nearest `from`, on the way to `to`, where the property holds; it holds at `to`. */
function nearest(from: number, to: number, holds: (value: number) => boolean): number {
  let [no, yes] = [from, to];
  while (Math.abs(yes - no) > 5e-3 * Math.max(from, Math.abs(yes))) {
    const middle = (no + yes) / 2;
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
