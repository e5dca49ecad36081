/** A score depends on its own request only: not on neighbours, order, batch size or threads. */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TextEngine } from "../../src/engine/text-engine.js";
import type { GenerateRequest, GenerateResult, ScoreRequest, ScoreResult } from "../../src/engine/types.js";
import { openParts, WatchedBackend, type OpenedParts } from "../support/engines.js";
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
  parts = await openParts(folder, 1);
  twoThreads = await openParts(folder, 2);
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
  const budget = fc.integer({ min: 1, max: 3000 });

  test("are the same in any order, with any neighbours and any batch budget", async () => {
    const sizes = new Set<number>();
    await fc.assert(
      fc.asyncProperty(order, budget, async (indices, batchTokens) => {
        const backend = new WatchedBackend(parts.backend);
        const engine = new TextEngine(parts.tokenizer, backend, batchTokens);
        expectSame(
          await engine.score(indices.map((index) => at(SCORING, index))),
          indices.map((index) => at(alone, index)),
        );
        for (const batch of backend.scored) sizes.add(batch.length);
      }),
      { numRuns: 25, seed: 1 },
    );
    expect(Math.min(...sizes)).toBe(1);
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(32);
  });

  test.each([1, 2, 4, 8, 16, 32])("are the same in batches of %i", async (size) => {
    const longest = Math.max(...alone.map(({ contextTokens }) => contextTokens)) + 20;
    const backend = new WatchedBackend(parts.backend);
    const engine = new TextEngine(parts.tokenizer, backend, size * longest);
    expectSame(await engine.score(SCORING), alone);
    expect(Math.max(...backend.scored.map((batch) => batch.length))).toBeGreaterThanOrEqual(size);
  });

  test("are the same on one thread and on two", async () => {
    const engine = new TextEngine(twoThreads.tokenizer, twoThreads.backend);
    expectSame(await engine.score(SCORING), alone);
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
  test("are the same in any order, with any neighbours, batch budget and thread count", async () => {
    const engine = new TextEngine(parts.tokenizer, parts.backend);
    const expected: GenerateResult[] = [];
    for (const request of GENERATING) expected.push(at(await engine.generate([request]), 0));
    expect(new Set(expected.map(({ tokens }) => tokens)).size).toBeGreaterThan(1);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...GENERATING.keys()], { minLength: 1 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.boolean(),
        async (indices, budget, second) => {
          const { tokenizer, backend } = second ? twoThreads : parts;
          const results = await new TextEngine(tokenizer, backend, budget).generate(
            indices.map((index) => at(GENERATING, index)),
          );
          expect(results).toEqual(indices.map((index) => at(expected, index)));
        },
      ),
      { numRuns: 15, seed: 2 },
    );
  });
});
