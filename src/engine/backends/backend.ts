/** Defines what runs token ids through a checkpoint. Engines put text on top of it. */

import type { Sequence } from "./sequence.js";

/** Holds log-probabilities in nats, one entry per target, sequence by sequence in the order given. */
export interface ScoredSequences {
  readonly logprobs: Float64Array;
  /** Of the most likely token in the target's place. */
  readonly best: Float64Array;
}

/** Holds what a call has computed so far. */
export interface Work {
  /** Share of the call that is done, 0 to 1. */
  readonly share: number;
  /** Tokens run through the model. */
  readonly tokens: number;
  /** Tokens that differ in themselves or in what comes before them: the least that has to be known. */
  readonly distinctTokens: number;
  /** Of these, tokens known from an earlier call. */
  readonly reusedTokens: number;
  /** Milliseconds inside the runtime. */
  readonly busy: number;
  /** Targets answered since the last report: their places in ScoredSequences, and what is there. */
  readonly answers?: readonly Answer[];
  /** Rows whose generation ended since the last report, with all their new ids. */
  readonly ended?: readonly Step[];
}

export interface Answer {
  readonly place: number;
  readonly logprob: number;
  readonly best: number;
}

export type OnWork = (work: Work) => void;

/** Holds a row that got a new token. */
export interface Step {
  readonly row: number;
  /** All its new ids. */
  readonly ids: readonly number[];
}

/** Tells after each step which of the rows that go on end: true ends a row. */
export type OnStep = (steps: readonly Step[]) => readonly boolean[] | Promise<readonly boolean[]>;

/** Says how a row is drawn at random: from softmax(logits / temperature), by a stream that follows from the seed. */
export interface Draw {
  readonly temperature: number;
  readonly seed: number;
}

export interface Backend {
  /** Context window in tokens. */
  readonly window: number;
  /** Ids that end a generation. */
  readonly eosIds: readonly number[];
  /**
   * Scores sequences. What else runs with a sequence never changes its result by more than rounding.
   * @param known indices of sequences that need no answer: they take part in planning only, and what is in their place
   *   in the result means nothing
   */
  score(sequences: readonly Sequence[], onWork?: OnWork, known?: ReadonlySet<number>): Promise<ScoredSequences>;
  /**
   * Continuations of contexts, at most `maxNewTokens` tokens each: greedy, or drawn.
   * @param known indices of contexts that need no continuation, likewise, and how many new tokens each got: they count
   *   as distinct tokens
   * @param draws of each context; all are greedy when left out
   */
  generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    onStep: OnStep,
    onWork?: OnWork,
    known?: ReadonlyMap<number, number>,
    draws?: readonly (Draw | undefined)[],
  ): Promise<number[][]>;
  close(): Promise<void>;
}
