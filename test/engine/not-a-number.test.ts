/** Tests that a log-probability that is NaN is no score: it must not be ranked, summed or averaged. */

import { expect, test } from "vitest";
import type { Backend, ScoredSequences } from "../../src/engine/backends/backend.js";
import type { Sequence } from "../../src/engine/backends/sequence.js";
import { TextEngine } from "../../src/engine/text/text-engine.js";
import type { ScoreRequest } from "../../src/engine/types.js";
import { openParts } from "../support/engines.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";
import { expectUserError, failureOf } from "../support/user-error.js";

/** Describes a backend that gives one value for every target after the first `good` ones. */
class SpoiltBackend implements Backend {
  readonly window = 128;
  readonly eosIds: readonly number[] = [];
  private scored = 0;

  constructor(
    private readonly good: number,
    private readonly value: number,
  ) {}

  score(sequences: readonly Sequence[]): Promise<ScoredSequences> {
    const targets = sequences.flatMap((sequence) => sequence.targets);
    const logprobs = targets.map(() => (this.scored++ < this.good ? -1 : this.value));
    return Promise.resolve({ logprobs: Float64Array.from(logprobs), best: new Float64Array(targets.length) });
  }

  generate(): Promise<number[][]> {
    throw new Error("nothing is generated here");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const request = (end: string, mode: ScoreRequest["mode"]): ScoreRequest => ({
  segments: [`Question\n${end}`],
  continuations: [" A", " B", " C"],
  mode,
});

test.each(["sequence", "first-token"] as const)("NaN is refused with the row's number and prompt, %s", async (mode) => {
  const { tokenizer, backend } = await openParts(await writeTinyCheckpoint(tempFolder()));
  await backend.close();
  const requests = [request("The cat:", mode), request('The "dog":', mode)];
  const ask = (good: number, value: number) => () =>
    new TextEngine(tokenizer, new SpoiltBackend(good, value)).score(requests);
  expectUserError(await failureOf(ask(0, NaN)), /row \d of 2 .*gives NaN as a log-probability/);
  const last = requests.length * 3 - 1;
  expectUserError(
    await failureOf(ask(last, NaN)),
    /row \d of 2 \(a prompt that ends in "Question\\n(?:The cat|The \\"dog\\"):"\)/,
  );
  // A probability of zero is a number.
  expect(await failureOf(ask(last, -Infinity))).toBeUndefined();
});

test("NaN in the weights or the configuration of a real graph does not become a score", async () => {
  // cos and sin of an infinite angle: the configuration is one that can be read, the arithmetic is not.
  const folder = await writeTinyCheckpoint(tempFolder(), { config: { rope_theta: 0 } });
  const { tokenizer, backend } = await openParts(folder);
  const failure = await failureOf(() => new TextEngine(tokenizer, backend).score([request("The cat", "sequence")]));
  expectUserError(failure, /row 1 of 1 .*NaN/);
  await backend.close();
});
