/**
 * Maps a standard deviation of shares to that of their logits: a logit-normal distribution with mean mu and logit SD s
 * has one standard deviation, which grows with s. It needs no prompt's own logit, so a prompt that is right on all rows
 * or on none is nothing special.
 */

/** Sets the logit SD from which on an SD counts as infinite. */
export const LARGEST_LOGIT_SD = 8;

const STEP = 0.1;
const NODES = Float64Array.from({ length: 161 }, (_, k) => (k - 80) * STEP);
const WEIGHTS = (() => {
  const raw = NODES.map((z) => Math.exp((-z * z) / 2));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
})();

/** Holds moments of one logit-normal distribution. */
interface Moments {
  readonly centre: number;
  readonly sd: number;
  /** Derivatives by the logit SD, at constant mean. */
  readonly sdSlope: number;
  readonly centreSlope: number;
}

/** Solves for the centre c with E[sigmoid(c + sZ)] = mean by Newton's method, kept within a bracket. */
function momentsAt(mean: number, s: number, start: number): Moments {
  let [low, high] = [-80, 80];
  let centre = start;
  let sums = integrals(centre, s);
  for (let step = 0; step < 100; step++) {
    const error = sums.mean - mean;
    if (Math.abs(error) <= 1e-14) break;
    if (error > 0) high = centre;
    else low = centre;
    const next = centre - error / sums.slope;
    const kept = next > low && next < high ? next : (low + high) / 2;
    if (kept === centre) break;
    centre = kept;
    sums = integrals(centre, s);
  }
  let [square, slopeZ, half, halfZ] = [0, 0, 0, 0];
  for (let k = 0; k < NODES.length; k++) {
    const [z, weight] = [NODES[k] as number, WEIGHTS[k] as number];
    const value = sigmoid(centre + s * z);
    const derivative = value * (1 - value);
    square += weight * (value - mean) ** 2;
    slopeZ += weight * derivative * z;
    half += weight * (value - mean) * derivative;
    halfZ += weight * (value - mean) * derivative * z;
  }
  const centreSlope = -slopeZ / sums.slope;
  const sd = Math.sqrt(square);
  return { centre, sd, centreSlope, sdSlope: sd === 0 ? mean * (1 - mean) : (half * centreSlope + halfZ) / sd };
}

function integrals(centre: number, s: number): { mean: number; slope: number } {
  let [mean, slope] = [0, 0];
  for (let k = 0; k < NODES.length; k++) {
    const value = sigmoid(centre + s * (NODES[k] as number));
    mean += (WEIGHTS[k] as number) * value;
    slope += (WEIGHTS[k] as number) * value * (1 - value);
  }
  return { mean, slope };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function logit(share: number): number {
  return Math.log(share / (1 - share));
}

/** Returns the standard deviation of a logit-normal distribution with the given mean and logit SD. */
export function logitNormalSd(mean: number, logitSd: number): number {
  return logitSd === 0 ? 0 : momentsAt(mean, logitSd, logit(mean)).sd;
}

/**
 * Returns the logit around which a logit-normal distribution with the given mean and logit SD lies, and its derivative
 * by the mean.
 */
export function logitNormalCentre(mean: number, logitSd: number): { readonly centre: number; readonly slope: number } {
  const { centre } = momentsAt(mean, logitSd, logit(mean));
  return { centre, slope: 1 / integrals(centre, logitSd).slope };
}

/**
 * Returns the logit SD whose distribution with the given mean has standard deviation `sd`: exact to 1e-10, infinite
 * from what {@link LARGEST_LOGIT_SD} gives.
 */
export function logitSd(mean: number, sd: number): number {
  if (sd <= 0) return 0;
  if (sd >= logitNormalSd(mean, LARGEST_LOGIT_SD)) return Infinity;
  let [low, high] = [0, LARGEST_LOGIT_SD];
  let s = Math.min(LARGEST_LOGIT_SD / 2, sd / (mean * (1 - mean)));
  let centre = logit(mean);
  for (let step = 0; step < 100; step++) {
    const here = momentsAt(mean, s, centre);
    centre = here.centre;
    const error = here.sd - sd;
    if (error > 0) high = s;
    else low = s;
    const next = s - error / here.sdSlope;
    const kept = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(kept - s) <= 1e-11 * (1 + s)) return kept;
    s = kept;
  }
  return s;
}

/** Returns the secant of the map at a logit SD: logit SD / standard deviation. */
export function secant(mean: number, atLogitSd: number): number {
  return atLogitSd / logitNormalSd(mean, atLogitSd);
}

const POINTS = 160;

/**
 * Tabulates {@link logitSd} for one mean, for millions of draws: cubic interpolation between {@link POINTS} points with
 * exact slopes, within 1e-4 of the exact value relatively up to a logit SD of 6.
 */
export function logitSdTable(mean: number): (sd: number) => number {
  const s = new Float64Array(POINTS + 1);
  const sd = new Float64Array(POINTS + 1);
  const slope = new Float64Array(POINTS + 1);
  slope[0] = 1 / (mean * (1 - mean));
  let here: Moments = { centre: logit(mean), sd: 0, sdSlope: mean * (1 - mean), centreSlope: 0 };
  for (let k = 1; k <= POINTS; k++) {
    s[k] = LARGEST_LOGIT_SD * (k / POINTS) ** 1.5;
    here = momentsAt(mean, s[k] as number, here.centre + here.centreSlope * ((s[k] as number) - (s[k - 1] as number)));
    sd[k] = here.sd;
    slope[k] = 1 / here.sdSlope;
  }
  const top = sd[POINTS] as number;
  // Cells of equal width tell where to begin to look.
  const starts = new Int32Array(1025);
  for (let cell = 0, k = 0; cell <= 1024; cell++) {
    while (k < POINTS - 1 && (sd[k + 1] as number) <= (top * cell) / 1024) k++;
    starts[cell] = k;
  }
  return (value) => {
    if (value <= 0) return 0;
    if (value >= top) return Infinity;
    let k = starts[Math.floor((1024 * value) / top)] as number;
    while ((sd[k + 1] as number) < value) k++;
    const width = (sd[k + 1] as number) - (sd[k] as number);
    const t = (value - (sd[k] as number)) / width;
    const [a, b] = [s[k] as number, s[k + 1] as number];
    const [u, v] = [width * (slope[k] as number), width * (slope[k + 1] as number)];
    return a + t * (u + t * (3 * (b - a) - 2 * u - v + t * (2 * (a - b) + u + v)));
  };
}
