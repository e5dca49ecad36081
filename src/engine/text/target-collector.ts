/** Puts together what a backend answers target by target: which requests are complete. */

import type { Answer, ScoredSequences } from "../backends/backend.js";
import type { Sequence } from "../backends/sequence.js";

/** Holds what the backend answered to one sequence. */
export interface Answers extends Pick<Sequence, "targets"> {
  readonly logprobs: readonly number[];
  readonly best: readonly number[];
}

export class TargetCollector {
  /** Request of each target, and how many targets each request still waits for. */
  private readonly owner: number[] = [];
  private readonly open: number[];
  private readonly first: number[] = [];
  private readonly isThere: Uint8Array;
  private readonly logprobs: Float64Array;
  private readonly best: Float64Array;

  /**
   * @param sequences those of each request; their targets are numbered one after the other
   * @param known requests that wait for nothing
   */
  constructor(
    private readonly sequences: readonly (readonly Sequence[])[],
    private readonly known: { readonly has: (request: number) => boolean },
  ) {
    this.open = sequences.map((own, request) => {
      this.first.push(this.owner.length);
      const count = own.reduce((sum, { targets }) => sum + targets.length, 0);
      for (let i = 0; i < count; i++) this.owner.push(request);
      return count;
    });
    this.isThere = new Uint8Array(this.owner.length);
    this.logprobs = new Float64Array(this.owner.length);
    this.best = new Float64Array(this.owner.length);
  }

  /** @returns the requests that have all their answers now */
  add(answers: readonly Answer[]): number[] {
    const complete: number[] = [];
    for (const { place, logprob, best } of answers) {
      const request = this.owner[place] as number;
      if (this.isThere[place] === 1 || this.known.has(request)) continue;
      this.isThere[place] = 1;
      this.logprobs[place] = logprob;
      this.best[place] = best;
      if (--(this.open[request] as number) === 0) complete.push(request);
    }
    return complete;
  }

  /** Takes the whole result of a call. */
  addAll({ logprobs, best }: ScoredSequences): void {
    this.logprobs.set(logprobs);
    this.best.set(best);
  }

  /** Tells whether every log-probability is a number. */
  isSound(request: number): boolean {
    return this.answersOf(request).every(({ logprobs }) => !logprobs.some(Number.isNaN));
  }

  answersOf(request: number): Answers[] {
    let next = this.first[request] as number;
    return (this.sequences[request] as readonly Sequence[]).map(({ targets }) => {
      const [from, to] = [next, (next += targets.length)];
      return {
        targets,
        logprobs: [...this.logprobs.subarray(from, to)],
        best: [...this.best.subarray(from, to)],
      };
    });
  }
}
