/**
 * Limits the requests in flight: more while that brings more answers a second, half as many when the server has enough.
 */

import pLimit, { type LimitFunction } from "p-limit";

/** Sets the factor by which answers a second have to grow for more requests in flight to be worth it. */
const WORTHWHILE = 1.05;
/** Sets the answers after which a limit that did not help to raise is tried again. */
const PATIENCE = 400;

export class AdaptiveLimit {
  private readonly limit: LimitFunction;
  private answers = 0;
  private since: number | undefined;
  private rate = 0;
  /** The limit to which it goes back where more in flight brought nothing. */
  private before: number;
  private hold = 0;

  /**
   * @param most requests in flight at any time
   * @param now milliseconds on a clock
   */
  constructor(
    private readonly most: number,
    start = Math.min(8, most),
    private readonly now: () => number = () => performance.now(),
  ) {
    this.limit = pLimit(start);
    this.before = start;
  }

  get inFlight(): number {
    return this.limit.concurrency;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    return this.limit(task);
  }

  /** Tells of an answer. After each round of answers the limit is raised, kept or taken back. */
  answered(): void {
    this.answers++;
    if (this.hold > 0) this.hold--;
    const time = this.now();
    this.since ??= time;
    if (this.answers < 3 * this.inFlight || this.limit.pendingCount === 0) return;
    const rate = this.answers / Math.max(1, time - this.since);
    this.answers = 0;
    this.since = time;
    if (this.hold > 0) return;
    if (rate < this.rate * WORTHWHILE && this.inFlight > this.before) {
      this.limit.concurrency = this.before;
      this.hold = PATIENCE;
      this.rate = 0;
      return;
    }
    this.rate = rate;
    this.before = this.inFlight;
    this.limit.concurrency = Math.min(this.most, Math.ceil(this.inFlight * 1.5));
  }

  /** Tells that the server has too much to do. */
  overloaded(): void {
    this.limit.concurrency = Math.max(1, Math.floor(this.inFlight / 2));
    this.before = this.limit.concurrency;
    this.answers = 0;
    this.since = undefined;
    this.rate = 0;
    this.hold = 3 * this.inFlight;
  }
}
