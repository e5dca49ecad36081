/** Finds how many tokens to put into one run, on the first runs of the work itself. */

/** Lists the sizes that are tried. Below, runs are slow for every model measured; above, nothing is gained. */
const SIZES = [256, 512, 1024] as const;
/** Runs of each size before one is chosen; the first of each is not counted. */
const TRIALS = 3;
/** Sets the factor by which a larger size has to be faster: it takes more memory. */
const WORTHWHILE = 1.03;

export class RunSize {
  private readonly speeds = new Map<number, number[]>();
  private readonly sizes: readonly number[];

  /** @param most tokens that fit the memory */
  constructor(most: number) {
    const fitting = SIZES.filter((size) => size <= most);
    this.sizes = fitting.length > 0 ? fitting : [most];
  }

  /** Returns the number of tokens of the next run. */
  get tokens(): number {
    const untried = this.sizes.find((size) => (this.speeds.get(size)?.length ?? 0) < TRIALS);
    return untried ?? this.best();
  }

  /**
   * Takes note of a run.
   * @param tokens its tokens; a run that is not nearly full says nothing about its size
   * @param milliseconds time it took
   */
  record(tokens: number, milliseconds: number): void {
    const size = this.tokens;
    const speeds = this.speeds.get(size) ?? [];
    if (tokens < 0.75 * size || tokens > size || speeds.length >= TRIALS) return;
    this.speeds.set(size, [...speeds, tokens / milliseconds]);
  }

  private best(): number {
    const speedOf = (size: number) => Math.max(...(this.speeds.get(size) ?? []).slice(1));
    return this.sizes.reduce((best, size) => (speedOf(size) > WORTHWHILE * speedOf(best) ? size : best));
  }
}
