/**
 * Computes the regularised incomplete gamma and beta functions, from which the distributions follow. Small values keep
 * their digits: each tail is computed by itself, not as 1 minus the other one.
 */

const EPSILON = 2 ** -53;
/** Sets a number of steps that no fraction here needs: they grow with the square root of the degrees of freedom. */
const MOST_STEPS = 1_000_000;

/** Returns ln Γ(a) minus Stirling's formula (a - 1/2) ln a - a + ln(2π)/2, for a > 0. Source: DLMF 5.11.1, 5.5.1. */
function stirlingError(a: number): number {
  let sum = 0;
  let x = a;
  for (; x < 16; x += 1) sum += (x + 0.5) * Math.log1p(1 / x) - 1;
  const y = 1 / (x * x);
  return sum + (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - (y * 691) / 360360))))) / x;
}

/** Holds the error for the shape of a squared normal, which is asked for most often. */
const ERROR_OF_HALF = stirlingError(0.5);

/**
 * Returns a ln(a / x) + x - a without cancellation where both are near. Source: Loader 2000, the deviance of a Poisson.
 */
function deviance(a: number, x: number): number {
  const difference = a - x;
  if (!(Math.abs(difference) <= 0.1 * (a + x))) return a * Math.log(a / x) - difference;
  // ln(a / x) = 2 atanh(v) as a series, with v = (a - x) / (a + x).
  const v = difference / (a + x);
  let sum = difference * v;
  let term = 2 * a * v;
  for (let k = 3; ; k += 2) {
    term *= v * v;
    const next = sum + term / k;
    if (next === sum) return sum;
    sum = next;
  }
}

/**
 * Returns the value of the continued fraction b0 + a1 / (b1 + a2 / (b2 + …)). Source: Lentz 1976, Thompson & Barnett
 * 1986.
 */
function continuedFraction(b0: number, a: (step: number) => number, b: (step: number) => number): number {
  const tiny = 1e-300;
  const kept = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let value = kept(b0);
  let c = value;
  let d = 0;
  for (let step = 1; step <= MOST_STEPS; step++) {
    d = 1 / kept(b(step) + a(step) * d);
    c = kept(b(step) + a(step) / c);
    value *= c * d;
    if (Math.abs(c * d - 1) <= 2 * EPSILON) return value;
  }
  return NaN;
}

/** Returns P(a, x), the share of the gamma distribution of shape a > 0 below x >= 0; NaN outside. */
export function gammaBelow(a: number, x: number): number {
  return x < a + 1 ? gammaSeries(a, x) : 1 - gammaFraction(a, x);
}

/** Returns Q(a, x), the share of the gamma distribution of shape a > 0 above x >= 0; NaN outside. */
export function gammaAbove(a: number, x: number): number {
  return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x);
}

/** Returns x^a e^-x / Γ(a). */
function gammaFactor(a: number, x: number): number {
  return Math.sqrt(a / (2 * Math.PI)) * Math.exp(-(a === 0.5 ? ERROR_OF_HALF : stirlingError(a)) - deviance(a, x));
}

/** Returns P(a, x) for x below a + 1. Source: DLMF 8.7.1. */
function gammaSeries(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return NaN;
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return gammaFactor(a, x) * sum;
}

/** Returns Q(a, x) for x from a + 1. Source: DLMF 8.9.2, contracted. */
function gammaFraction(a: number, x: number): number {
  if (!(a > 0 && x > 0)) return NaN;
  if (x === Infinity) return 0;
  const factor = gammaFactor(a, x);
  if (!(factor > 0)) return factor;
  return (
    factor /
    continuedFraction(
      x + 1 - a,
      (n) => n * (a - n),
      (n) => x + 2 * n + 1 - a,
    )
  );
}

/**
 * Returns I_x(a, b), the share of the beta distribution below x; a, b > 0; NaN outside. Source: the fraction of
 * DiDonato & Morris 1992, equation 9; its factor as Loader 2000 computes a binomial probability.
 * @param y 1 - x, which the caller knows to all digits where x is near 1
 */
export function betaBelow(a: number, b: number, x: number, y: number): number {
  if (!(a > 0 && b > 0 && x >= 0 && y >= 0 && a + b < Infinity)) return NaN;
  if (x === 0) return 0;
  if (y === 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaFraction(b, a, y, x);
  return betaFraction(a, b, x, y);
}

/** Returns I_x(a, b) for x not far above the mean. */
function betaFraction(a: number, b: number, x: number, y: number): number {
  const n = a + b;
  const exponent = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y);
  const density = Math.sqrt((a * b) / (2 * Math.PI * n)) * Math.exp(exponent);
  const numerator = (m: number) => (((a + m - 1) * (n + m - 1)) / (a + 2 * m - 1) ** 2) * m * (b - m) * x * x;
  const denominator = (m: number) =>
    (m === 0 ? 0 : m + (m * (b - m) * x) / (a + 2 * m - 1)) +
    ((a + m) * (a * y - b * x + 1 + m * (1 + y))) / (a + 2 * m + 1);
  return density / continuedFraction(denominator(0), numerator, denominator);
}
