/**
 * Tests that a score depends on its own request only: not on neighbours, order, size of the runs, prefixes or threads.
 */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TextEngine } from "../../src/engine/text/text-engine.js";
import type { GenerateRequest, GenerateResult, ScoreRequest, ScoreResult } from "../../src/engine/types.js";
import { openParts, type OpenedParts } from "../support/engines.js";
import { argMax, at } from "../support/reference-forward.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const TOLERANCE = 1e-5;
const SUBJECTS = ["The cat", "A very happy little dog that loved to play", "Déjà vu", "The answer to the question"];
const SCORING: ScoreRequest[] = Array.from({ length: 36 }, (_, i) => ({
  segments: [`${at(SUBJECTS, i % 4)} ${"was in the park ".repeat(i % 5)}no. ${i}\nAnswer:`],
  continuations: i % 3 === 0 ? [" A", " B", " C"] : [" true", " false", " neither of them, perhaps"],
  mode: i % 3 === 0 ? "first-token" : "sequence",
}));
const GENERATING: GenerateRequest[] = Array.from({ length: 20 }, (_, i) => ({
  segments: [`${at(SUBJECTS, i % 4)} ${"played ".repeat(i % 6)}`],
  maxNewTokens: i % 7 === 0 ? 9 : 6,
  stop: i % 2 === 0 ? ["a", "e", "i"] : [],
}));

let parts: OpenedParts;
let twoThreads: OpenedParts;
let alone: ScoreResult[];
const folder = tempFolder();

beforeAll(async () => {
  await writeTinyCheckpoint(folder, { seed: 21, tied: false });
  parts = await openParts(folder);
  twoThreads = await openParts(folder, { threads: 2 });
  const engine = new TextEngine(parts.tokenizer, parts.backend);
  alone = [];
  for (const request of SCORING) alone.push(at(await engine.score([request]), 0));
});
afterAll(async () => {
  await parts.backend.close();
  await twoThreads.backend.close();
});

function expectSame(actual: readonly ScoreResult[], expected: readonly ScoreResult[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((result, i) => {
    const other = at(expected, i);
    expect(result).toMatchObject({ contextTokens: other.contextTokens, droppedSegments: 0, truncated: false });
    result.continuations.forEach((score, c) => {
      const twin = at(other.continuations, c);
      expect(Math.abs(score.logprob - twin.logprob)).toBeLessThan(TOLERANCE);
      score.tokenLogprobs.forEach((logprob, t) => {
        expect(Math.abs(logprob - at(twin.tokenLogprobs, t))).toBeLessThan(TOLERANCE);
      });
      expect(score.greedy).toBe(twin.greedy);
    });
    expect(argMax(result.continuations.map(({ logprob }) => logprob))).toBe(
      argMax(other.continuations.map(({ logprob }) => logprob)),
    );
  });
}

test("the labels of the baseline differ, so that a mix-up would show", () => {
  const labels = new Set(alone.map(({ continuations }) => argMax(continuations.map(({ logprob }) => logprob))));
  expect(labels.size).toBeGreaterThan(1);
});

describe("scores", () => {
  const order = fc.shuffledSubarray([...SCORING.keys()], { minLength: 1 });
  /** Bounds that cut the work anywhere: single tokens, parts of a prefix, one row at a time. */
  const memory = fc.record({
    runTokens: fc.integer({ min: 1, max: 300 }),
    blockTokens: fc.integer({ min: 1, max: 300 }),
    runAsks: fc.integer({ min: 1, max: 40 }),
    runPairs: fc.integer({ min: 1, max: 40_000 }),
    prefixBytes: fc.constantFrom(0, 20_000, 1e7),
  });

  test("are the same in any order, with any neighbours and however the work is cut", async () => {
    await fc.assert(
      fc.asyncProperty(order, memory, async (indices, limits) => {
        const { tokenizer, backend } = await openParts(folder, { memory: limits });
        const engine = new TextEngine(tokenizer, backend);
        const requests = indices.map((index) => at(SCORING, index));
        const expected = indices.map((index) => at(alone, index));
        expectSame(await engine.score(requests), expected);
        // Once more, on the prefixes of the first time.
        expectSame(await engine.score(requests), expected);
        await backend.close();
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  test("are the same on one thread and on two", async () => {
    const engine = new TextEngine(twoThreads.tokenizer, twoThreads.backend);
    expectSame(await engine.score(SCORING), alone);
  });

  test("are the same to the last bit for any number of threads, size of the runs and state of the cache", async () => {
    const logprobs = (results: readonly ScoreResult[]) =>
      results.map(({ continuations }) => continuations.map(({ tokenLogprobs }) => tokenLogprobs));
    const expected = logprobs(await new TextEngine(parts.tokenizer, parts.backend).score(SCORING));
    for (const options of [
      { threads: 2 },
      { memory: { runTokens: 64 } },
      { memory: { prefixBytes: 0, runTokens: 300 } },
    ]) {
      const { tokenizer, backend } = await openParts(folder, options);
      const engine = new TextEngine(tokenizer, backend);
      await engine.score(SCORING.slice(0, 7));
      expect(logprobs(await engine.score(SCORING))).toEqual(expected);
      await backend.close();
    }
  });

  test("are the same for a request that is asked twice in one call", async () => {
    const engine = new TextEngine(parts.tokenizer, parts.backend);
    const [request, expected] = [at(SCORING, 1), at(alone, 1)];
    expectSame(await engine.score([request, request]), [expected, expected]);
  });

  test("do not depend on the other continuations of the request", async () => {
    const engine = new TextEngine(parts.tokenizer, parts.backend);
    for (const [index, request] of SCORING.entries()) {
      for (const [c, continuation] of request.continuations.entries()) {
        const [single] = await engine.score([{ ...request, continuations: [continuation] }]);
        const difference = (single?.continuations[0]?.logprob ?? NaN) - at(at(alone, index).continuations, c).logprob;
        expect(Math.abs(difference)).toBeLessThan(TOLERANCE);
      }
    }
  });
});

describe("generated texts", () => {
  test("are the same in any order, with any neighbours, sizes of batches and number of threads", async () => {
    const engine = new TextEngine(parts.tokenizer, parts.backend);
    const expected: GenerateResult[] = [];
    for (const request of GENERATING) expected.push(at(await engine.generate([request]), 0));
    expect(new Set(expected.map(({ tokens }) => tokens)).size).toBeGreaterThan(1);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...GENERATING.keys()], { minLength: 1 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 32 }),
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 2 }),
        async (indices, blockTokens, generationRows, generationBytes, threads) => {
          const memory = { runTokens: 2 * blockTokens, blockTokens, generationRows, generationBytes };
          const { tokenizer, backend } = await openParts(folder, { threads, memory });
          const requests = indices.map((index) => at(GENERATING, index));
          const results = await new TextEngine(tokenizer, backend).generate(requests);
          expect(results).toEqual(indices.map((index) => at(expected, index)));
          await backend.close();
        },
      ),
      { numRuns: 25, seed: 2 },
    );
  });
});
