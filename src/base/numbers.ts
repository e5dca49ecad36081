/**
 * Writes numbers for readers: one rule for each kind of figure, so that it has the same digits in a terminal, a
 * sentence, a page and a table for a paper. CSV and JSON keep full precision and use nothing of this.
 */

type Known = number | null | undefined;

/** Holds the two ends of an interval; null where it is open. */
export interface Ends {
  low: number | null;
  high: number | null;
}

const MINUS = "−";
const UNKNOWN = "–";

/** Sets from where numbers are written in powers of ten: a perplexity may have thirty digits. */
const LARGE = 1e7;

/**
 * Returns a score, a standard deviation or an error with three decimals and a true minus sign, `4.056e+22` where it is
 * large; a dash when unknown.
 */
export function score(value: Known, digits = 3): string {
  if (!known(value)) return UNKNOWN;
  const size = Math.abs(value);
  const text = size >= LARGE && digits > 0 ? size.toExponential(digits) : size.toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** Returns a change with its sign; one that rounds to zero has none. */
export function signed(value: Known, digits = 3): string {
  const text = score(value, digits);
  return known(value) && value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** Returns a change for a number of training steps, which is small, with four decimals and its sign. */
export function perSteps(value: Known): string {
  return signed(value, 4);
}

/** Returns a change of a variance of scores with its sign, in ten-thousandths: `+26.2e-4`. */
export function signedSquare(value: Known): string {
  return known(value) ? `${signed(1e4 * value, 1)}e-4` : UNKNOWN;
}

/** Returns a ratio or a rank correlation with two decimals. */
export function coefficient(value: Known): string {
  return score(value, 2);
}

/** Returns a mean and its standard error: `0.512 ± 0.013`, `0.512 ± ?`. */
export function withError(value: Known, stderr: Known, write: (value: number) => string = score): string {
  return `${known(value) ? write(value) : UNKNOWN} ± ${known(stderr) ? score(stderr) : "?"}`;
}

/** Returns `[0.480, 0.540]`, an open end as ∞; nothing where there is no interval. */
export function interval(ends: Ends | null | undefined, write: (value: number) => string = score): string {
  if (ends === null || ends === undefined) return "";
  const low = ends.low === null ? `${MINUS}∞` : write(ends.low);
  const high = ends.high === null ? "∞" : write(ends.high);
  return `[${low}, ${high}]`;
}

/** Returns a 95 % interval for a sentence: `95 % 0.012 to 0.034`; an open end is said in words. */
export function intervalInWords({ low, high }: Ends, write: (value: number) => string = score): string {
  if (low === null && high === null) return "95 % interval without bounds";
  if (low === null) return `95 % up to ${write(high as number)}`;
  if (high === null) return `95 % from ${write(low)} without an upper bound`;
  return `95 % ${write(low)} to ${write(high)}`;
}

/** Returns a p-value for a column of them: `0.031`, `< 0.001`. */
export function pFigure(p: Known): string {
  if (!known(p)) return UNKNOWN;
  return p < 0.001 ? "< 0.001" : score(p);
}

/** Returns a p-value with its name: `p = 0.031`, `p < 0.001`, `p –`. */
export function pValue(p: Known, name = "p"): string {
  const text = pFigure(p);
  return /^\d/.test(text) ? `${name} = ${text}` : `${name} ${text}`;
}

/** Returns a share in whole percent: 0.123 as `12 %`. */
export function percent(share: Known): string {
  return known(share) ? `${score(100 * share, 0)} %` : UNKNOWN;
}

/**
 * Returns an SD of which only is known that it lies between that without any noise of the rows and that with all of
 * it: `0.051–0.065`, one number where both round alike; null where the former is 0, which limits nothing.
 */
export function sdBetween(withoutNoise: Known, withNoise: Known): string | null {
  if (!known(withoutNoise)) return UNKNOWN;
  const [low, high] = [score(withoutNoise), score(withNoise)];
  if (Number(low) === 0) return null;
  return low === high || !known(withNoise) ? low : `${low}–${high}`;
}

/**
 * Returns an estimated share (0 to 1) and its interval. One that is exactly 0 or 1 because its spread was drawn at 0
 * says less than its interval does: it is written as the limit alone, `≥ 0.620` with nothing beside it.
 */
export function shareFigure(value: Known, ends: Ends | null | undefined): { text: string; beside: string } {
  const [low, high] = [ends?.low ?? null, ends?.high ?? null];
  // Ends that round to the estimate are no interval without width.
  if (known(value) && value >= 0.9995 && low !== null && low >= 0.9995) return { text: "> 0.999", beside: "" };
  if (known(value) && value < 0.0005 && high !== null && high < 0.0005) return { text: "< 0.001", beside: "" };
  if (value === 1 && low !== null) return { text: `≥ ${score(low)}`, beside: "" };
  if (value === 0 && high !== null) return { text: `≤ ${score(high)}`, beside: "" };
  return { text: score(value), beside: interval(ends) };
}

/**
 * Returns an SD and its interval; of one that begins at 0 only the upper end says something: `0.000` and
 * `[below 0.051]`.
 */
export function sdFigure(value: Known, ends: Ends | null | undefined): { text: string; beside: string } {
  const isBelow = ends?.low === 0 && ends.high !== null;
  return { text: score(value), beside: isBelow ? `[below ${score(ends.high)}]` : interval(ends) };
}

/** Returns a relative change in percent with one decimal and its sign: 0.123 as `+12.3 %`. */
export function signedPercent(change: Known, digits = 1): string {
  return known(change) ? `${signed(100 * change, digits)} %` : UNKNOWN;
}

/** Returns a number of training steps: `1,000`, `738k`. */
export function steps(step: number | null): string {
  if (step === null) return UNKNOWN;
  return step >= 10_000 && step % 1000 === 0 ? `${step / 1000}k` : step.toLocaleString("en");
}

/** Returns a length of training: `1,000 steps`, `10B tokens`. */
export function ofTraining(axis: "steps" | "tokens", length: number): string {
  return axis === "steps" ? `${steps(length)} steps` : `${shortCount(length)} tokens`;
}

/** Returns a duration in seconds: `12.3 s`. */
export function inSeconds(seconds: number): string {
  return `${score(seconds, 1)} s`;
}

/** Returns an estimated duration: `about 40 s`, `about 12 min`, `about 1 h 35 min`, `about 30 h`. */
export function roughly(seconds: number): string {
  if (seconds < 1) return "less than 1 s";
  if (seconds < 90) return `about ${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 10
    ? `about ${hours} h ${minutes % 60} min`
    : `about ${Math.round(minutes / 60).toLocaleString("en")} h`;
}

/** Returns a loss in nats with four decimals. */
export function lossFigure(loss: number): string {
  return score(loss, 4);
}

/** Returns a difference of log-likelihoods, which may be of rounding alone: `0.120`, `3.1e-6`. */
export function nats(value: Known): string {
  return known(value) && value > 0 && value < 0.001 ? value.toExponential(1) : score(value);
}

/** Returns a large count, of parameters or tokens, with at most three digits that count: `4B`, `1.18B`, `410M`. */
export function shortCount(count: number): string {
  const [unit, size] = ([["T", 1e12], ["B", 1e9], ["M", 1e6], ["k", 1e3]] as const).find(([, least]) => count >= least) ?? ["", 1]; // prettier-ignore
  return `${Number((count / size).toPrecision(3))}${unit}`;
}

/** Returns an estimated count with so many digits that count: 12,345 with two as 12,000. */
export function estimated(count: number, digits: number): number {
  return Number(count.toPrecision(digits));
}

/** Returns the number that has at most so many decimals: to keep data small, not for reading. */
export function rounded(value: number, digits = 6): number {
  return Number(value.toFixed(digits));
}

function known(value: Known): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}
