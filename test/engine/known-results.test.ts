/**
 * Results are handed out as they come, and what is known is not computed again: the others stay the same to the last
 * bit.
 */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TextEngine } from "../../src/engine/text/text-engine.js";
import type { GenerateRequest, GenerateResult, Progress, ScoreRequest, ScoreResult } from "../../src/engine/types.js";
import { openParts, type OpenedParts } from "../support/engines.js";
import { at } from "../support/reference-forward.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const SHOTS = "The cat sat on the mat: yes\n\nA dog ran away: no\n\n";
const SCORING: ScoreRequest[] = Array.from({ length: 30 }, (_, i) => ({
  segments: [SHOTS, `${i % 3 === 0 ? "A cat" : "The dog"} ${"was in the park ".repeat(i % 5)}no. ${i % 20}:`],
  continuations: i % 4 === 0 ? [" A", " B"] : [" true", " false", " neither of them, perhaps"],
  mode: i % 4 === 0 ? "first-token" : "sequence",
}));
const GENERATING: GenerateRequest[] = Array.from({ length: 16 }, (_, i) => ({
  segments: [SHOTS, `The dog ${"played ".repeat(i % 6)}no. ${i}`],
  maxNewTokens: i % 7 === 0 ? 9 : 6,
  stop: i % 2 === 0 ? ["a", "e", "i"] : [],
}));

let parts: OpenedParts;
let scored: ScoreResult[];
let generated: GenerateResult[];
let work: { readonly score: number; readonly generate: number };
const folder = tempFolder();

/** Runs of a few tokens, so that a call takes many. */
async function engine(): Promise<TextEngine> {
  parts = await openParts(folder, { memory: { runTokens: 30, blockTokens: 60, generationRows: 3 } });
  return new TextEngine(parts.tokenizer, parts.backend);
}

beforeAll(async () => {
  await writeTinyCheckpoint(folder, { seed: 4 });
  const whole = await engine();
  const counted = { score: 0, generate: 0 };
  const count = (what: keyof typeof counted) => (progress: Progress) => {
    counted[what] = progress.distinctTokens;
  };
  scored = await whole.score(SCORING, count("score"));
  generated = await whole.generate(GENERATING, count("generate"));
  work = counted;
  await whole.close();
});
afterAll(() => parts.backend.close());

describe("results", () => {
  test("come one by one, before the call ends", async () => {
    const whole = await engine();
    const early = new Map<number, ScoreResult>();
    const seen: number[] = [];
    const results = await whole.score(SCORING, () => seen.push(early.size), {
      onResult: (request, result) => early.set(request, result),
    });
    expect(results).toEqual(scored);
    expect([...early].sort(([a], [b]) => a - b).map(([, result]) => result)).toEqual(scored);
    expect(new Set(seen).size).toBeGreaterThan(1);
    const texts = new Map<number, GenerateResult>();
    expect(await whole.generate(GENERATING, undefined, { onResult: (i, result) => texts.set(i, result) })).toEqual(
      generated,
    );
    expect(GENERATING.map((_, i) => texts.get(i))).toEqual(generated);
    await whole.close();
  });
});

test("property: what is known is left out, and nothing else changes", async () => {
  const some = (count: number) => fc.subarray(Array.from({ length: count }, (_, i) => i));
  await fc.assert(
    fc.asyncProperty(some(SCORING.length), some(GENERATING.length), async (scores, texts) => {
      const part = await engine();
      let last: Progress | undefined;
      const listen = (progress: Progress) => (last = progress);
      const known = new Map(scores.map((i) => [i, 0]));
      const rest = await part.score(SCORING, listen, { known });
      expect(rest).toEqual(scored.filter((_, i) => !known.has(i)));
      expect(last?.distinctTokens).toBe(work.score);
      if (known.size === SCORING.length) expect(last?.tokens).toBe(0);
      const knownTexts = new Map(texts.map((i) => [i, at(generated, i).tokens]));
      const others = await part.generate(GENERATING, listen, { known: knownTexts });
      expect(others).toEqual(generated.filter((_, i) => !knownTexts.has(i)));
      expect(last?.distinctTokens).toBe(work.generate);
      await part.close();
    }),
    { numRuns: 8, seed: 1 },
  );
});

test("property: whatever was asked before, a result is the same to the last bit", async () => {
  const long = SHOTS.repeat(6);
  const prompts = ["", "Say yes or no.\n\n", "Say yes or no?\n\n"].map((start) =>
    SCORING.slice(0, 8).map((request) => ({ ...request, segments: [start + long, ...request.segments] })),
  );
  const texts = GENERATING.slice(0, 4).map((request) => ({ ...request, segments: [long, ...request.segments] }));
  const alone: ScoreResult[][] = [];
  for (const requests of prompts) {
    const part = await engine();
    alone.push(await part.score(requests));
    await part.close();
  }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 6 }), async (order) => {
      const part = await engine();
      for (const which of order) {
        if (which === 3) await part.generate(texts);
        else expect(await part.score(at(prompts, which))).toEqual(alone[which]);
      }
      await part.close();
    }),
    { numRuns: 6, seed: 2 },
  );
});
