/** Defines a backend that answers nothing and notes what it is asked. */

import { UserError } from "../../../base/errors.js";
import type { Backend, Draw, OnStep, OnWork, ScoredSequences } from "../backend.js";
import type { Sequence } from "../sequence.js";
import { questionsOf } from "../servers/questions.js";
import { generateRow, scoreRow, type RequestRow } from "./request-row.js";

/** @throws UserError where texts are to be drawn: a folder of requests holds greedy ones */
export function refuseDraws(draws: readonly (Draw | undefined)[] | undefined): void {
  if (draws === undefined) return;
  throw new UserError(
    "a folder of requests holds greedy texts; leave --samples and --temperature out, or ask a server that runs",
  );
}

export class RecordingBackend implements Backend {
  /** Each request once, in the order in which they were asked first. */
  private readonly found = new Map<string, RequestRow>();

  /** @param vocabSize ids that may be asked for are below; undefined where nobody knows */
  constructor(
    readonly window: number,
    readonly eosIds: readonly number[],
    private readonly vocabSize: number | undefined,
  ) {}

  get rows(): RequestRow[] {
    return [...this.found.values()];
  }

  /** @returns zeros in place of log-probabilities */
  score(sequences: readonly Sequence[]): Promise<ScoredSequences> {
    for (const { context, continuations } of questionsOf(sequences, new Set())) {
      const tokens = continuations.map((one) => one.tokens);
      this.note(scoreRow(context, tokens), [...context, ...tokens.flat()]);
    }
    const targets = sequences.reduce((sum, one) => sum + one.targets.length, 0);
    return Promise.resolve({ logprobs: new Float64Array(targets), best: new Float64Array(targets) });
  }

  /** @returns nothing in place of continuations */
  generate(
    contexts: readonly (readonly number[])[],
    maxNewTokens: number,
    _onStep?: OnStep,
    _onWork?: OnWork,
    _known?: ReadonlyMap<number, number>,
    draws?: readonly (Draw | undefined)[],
  ): Promise<number[][]> {
    refuseDraws(draws);
    for (const context of contexts) this.note(generateRow(context, maxNewTokens), context);
    return Promise.resolve(contexts.map(() => []));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws UserError for an id that the model does not know: some engines end at it */
  private note(row: RequestRow, ids: readonly number[]): void {
    const foreign = ids.find((id) => id >= (this.vocabSize ?? Infinity));
    if (foreign !== undefined)
      throw new UserError(`token ${foreign} is beyond the ${String(this.vocabSize)} tokens of the model's config.json`);
    this.found.set(row.id, this.found.get(row.id) ?? row);
  }
}
