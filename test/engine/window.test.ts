/** Tests what happens when a request is longer than the model's window. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { TextEngine } from "../../src/engine/text/text-engine.js";
import type { GenerateRequest, Progress, ScoreRequest } from "../../src/engine/types.js";
import { openParts, WatchedBackend, type OpenedParts } from "../support/engines.js";
import { argMax, at, ReferenceModel } from "../support/reference-forward.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const WINDOW = 48;
const folder = tempFolder();
let parts: OpenedParts;
let engine: TextEngine;

beforeAll(async () => {
  parts = await openParts(await writeTinyCheckpoint(folder, { window: WINDOW, seed: 31 }));
  engine = new TextEngine(parts.tokenizer, parts.backend);
});
afterAll(() => engine.close());

/** Text of exactly this many tokens: the letter q is never merged. */
const tokens = (count: number) => "q".repeat(count);
const request = (segments: string[], ...continuations: string[]): ScoreRequest => ({
  segments,
  continuations,
  mode: "sequence",
});

test("the filler text has one token per letter", () => {
  expect(parts.tokenizer.encode(tokens(20))).toHaveLength(20);
  expect(parts.tokenizer.encode(tokens(20) + "z" + tokens(3))).toHaveLength(24);
});

describe("scoring", () => {
  test("uses the whole context up to the last token of the window", async () => {
    // <s>, 40 context tokens and 8 of the continuation's 9 are the 48 tokens of the input... less the last, which is
    // only a target.
    const fits = request([tokens(20), tokens(20)], "z".repeat(8));
    expect(await engine.score([fits])).toMatchObject([{ droppedSegments: 0, truncated: false, contextTokens: 41 }]);
    const tooLong = request([tokens(20), tokens(20)], "z".repeat(9));
    expect(await engine.score([tooLong])).toMatchObject([{ droppedSegments: 1, truncated: false, contextTokens: 21 }]);
  });

  test("drops shots from the front, the oldest first, and scores what is left", async () => {
    const shots = ["a", "b", "c", "d"].map((letter) => letter + tokens(14));
    const long = request([...shots, "row"], "yes");
    for (let kept = 0; kept <= 4; kept++) {
      const segments = [...shots.slice(4 - kept), "row"];
      const [whole] = await engine.encode([request(segments, "yes")]);
      if (whole?.droppedSegments === 0) continue;
      // The first number of shots that no longer fits: one fewer is what must be used.
      const expected = request([...shots.slice(5 - kept), "row"], "yes");
      const [result] = await engine.score([long]);
      const [alone] = await engine.score([expected]);
      expect(result).toEqual({ ...alone, droppedSegments: 5 - kept });
      expect(result?.truncated).toBe(false);
      const [encoded] = await engine.encode([long]);
      expect(parts.tokenizer.decode(encoded?.contextIds ?? [])).toBe(expected.segments.join(""));
      return;
    }
    throw new Error("everything fitted");
  });

  test("drops for the longest continuation, so that all continuations see the same context", async () => {
    const [result] = await engine.score([request([tokens(30), tokens(10)], "z", "z".repeat(12))]);
    expect(result).toMatchObject({ droppedSegments: 1, truncated: false, contextTokens: 11 });
    expect(await engine.score([request([tokens(30), tokens(10)], "z")])).toMatchObject([{ droppedSegments: 0 }]);
  });

  test("cuts the beginning of a row that does not fit alone, as the float64 reference does with the last tokens", async () => {
    const row = `start${tokens(60)}the end`;
    const long = request(["shot one ", "shot two ", row], " yes");
    const [result] = await engine.score([long]);
    const [encoded] = await engine.encode([long]);
    const ids = encoded?.continuations[0]?.ids ?? [];
    const context = parts.tokenizer.encodeContext(row);
    const kept = context.slice(-(WINDOW + 1 - ids.length));
    expect(result).toMatchObject({ droppedSegments: 2, truncated: true, contextTokens: kept.length });
    expect(encoded?.contextIds).toEqual(kept);
    const expected = new ReferenceModel(parts.checkpoint).score(kept, ids);
    expected.logprobs.forEach((logprob, i) => {
      expect(Math.abs((result?.continuations[0]?.tokenLogprobs[i] ?? NaN) - logprob)).toBeLessThan(1e-4);
    });
  });

  test("scores a continuation as long as the window after one token, and refuses a longer one", async () => {
    const full = "z".repeat(WINDOW);
    expect(parts.tokenizer.encode(full)).toHaveLength(WINDOW);
    const [result] = await engine.score([request([tokens(60)], full)]);
    expect(result).toMatchObject({ truncated: true, contextTokens: 1 });
    expect(result?.continuations[0]?.tokenLogprobs).toHaveLength(WINDOW);
    const refused = engine.score([request(["row"], "ok", `${full}z`)]);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(`an answer of ${WINDOW + 1} tokens does not fit the model's window of 48`);
  });

  test("never runs more tokens than the window", async () => {
    const watched = new WatchedBackend(parts.backend);
    const requests = Array.from({ length: 30 }, (_, i) => request([tokens(9 * i), tokens(5 * i), tokens(3 * i)], "zz"));
    await new TextEngine(parts.tokenizer, watched).score(requests);
    const lengths = watched.scored.flat().map(({ ids }) => ids.length);
    expect(Math.max(...lengths)).toBe(WINDOW);
  });

  test("counts the window for first-token scoring by the context alone when it has to cut", async () => {
    const long: ScoreRequest = { segments: [tokens(80)], continuations: [" A", " B"], mode: "first-token" };
    expect(await engine.score([long])).toMatchObject([{ truncated: true, contextTokens: WINDOW }]);
    const [encoded] = await engine.encode([long]);
    expect(encoded?.contextIds).toHaveLength(WINDOW);
    expect(encoded?.inputTokens).toBe(WINDOW);
  });

  test("refuses an empty answer", async () => {
    for (const mode of ["sequence", "first-token"] as const) {
      await expect(engine.score([{ segments: ["row"], continuations: ["yes", ""], mode }])).rejects.toThrow(UserError);
    }
  });
});

describe("generating", () => {
  const generate = (segments: string[], maxNewTokens: number): GenerateRequest => ({
    segments,
    maxNewTokens,
    stop: [],
  });

  test("drops shots until the new tokens fit beside the context", async () => {
    expect(await engine.generate([generate([tokens(20), tokens(20)], 7)])).toMatchObject([
      { droppedSegments: 0, contextTokens: 41, truncated: false },
    ]);
    expect(await engine.generate([generate([tokens(20), tokens(20)], 8)])).toMatchObject([
      { droppedSegments: 1, contextTokens: 21, truncated: false },
    ]);
  });

  test("cuts the beginning of a row that does not fit alone", async () => {
    const [result] = await engine.generate([generate(["shot", tokens(70)], 10)]);
    expect(result).toMatchObject({ droppedSegments: 1, contextTokens: WINDOW - 10, truncated: true });
  });

  test("refuses as many new tokens as the window has", async () => {
    await expect(engine.generate([generate(["row"], WINDOW)])).rejects.toThrow(UserError);
    const [result] = await engine.generate([generate(["row"], WINDOW - 1)]);
    expect(result).toMatchObject({ contextTokens: 1, truncated: true });
  });

  test("refuses an empty prompt where no token can stand for it", async () => {
    const bare = tempFolder();
    await writeTinyCheckpoint(bare, { prependBos: false, config: { bos_token_id: null, eos_token_id: null } });
    const { backend, tokenizer, checkpoint } = await openParts(bare);
    expect(checkpoint.bosId).toBeUndefined();
    expect(tokenizer.eosIds).toEqual([1]);
    // The tokenizer's own end-of-sequence token is the last resort.
    const [result] = await new TextEngine(tokenizer, backend).generate([generate([""], 3)]);
    expect(result).toMatchObject({ contextTokens: 1 });
    await backend.close();
  });
});

describe("results and progress", () => {
  const many = Array.from({ length: 17 }, (_, i) =>
    request([tokens(1 + ((i * 7) % 30))], "za", "yb", "zc".repeat(i % 3 || 1)),
  );

  test("scores come back in the order of the requests", async () => {
    const results = await engine.score(many);
    expect(results.map(({ contextTokens }) => contextTokens)).toEqual(
      many.map(({ segments }) => segments.join("").length + 1),
    );
    const reference = new ReferenceModel(parts.checkpoint);
    for (const [i, { contextIds, continuations }] of (await engine.encode(many)).entries()) {
      const expected = continuations.map(({ ids }) =>
        reference.score(contextIds, ids).logprobs.reduce((a, b) => a + b),
      );
      expect(argMax(at(results, i).continuations.map(({ logprob }) => logprob))).toBe(argMax(expected));
    }
  });

  test("texts come back in the order of the requests, whatever their number of new tokens", async () => {
    const requests = many.map(({ segments }, i) => generateOf(segments, 1 + (i % 3)));
    const results = await engine.generate(requests);
    results.forEach((result, i) => {
      expect(result.contextTokens).toBe(at(many, i).segments.join("").length + 1);
      expect(result.tokens).toBeLessThanOrEqual(at(requests, i).maxNewTokens);
    });
  });

  const generateOf = (segments: readonly string[], maxNewTokens: number): GenerateRequest => ({
    segments,
    maxNewTokens,
    stop: [],
  });

  function expectCounting(seen: readonly Progress[], total: number): void {
    expect(seen.length).toBeGreaterThan(0);
    seen.forEach((progress, i) => {
      expect(progress.total).toBe(total);
      expect(progress.done).toBeGreaterThanOrEqual(seen[i - 1]?.done ?? 0);
      expect(progress.tokens).toBeGreaterThanOrEqual(seen[i - 1]?.tokens ?? 0);
    });
    expect(seen.at(-1)?.done).toBe(total);
  }

  test("progress counts finished requests, and tokens: each run once, however often it is asked for", async () => {
    const { tokenizer, backend } = await openParts(folder, { memory: { runTokens: 100, blockTokens: 100 } });
    const seen: Progress[] = [];
    await new TextEngine(tokenizer, backend).score(many, (progress) => seen.push(progress));
    await backend.close();
    expectCounting(seen, many.length);
    const encoded = await new TextEngine(tokenizer, backend).encode(many);
    const beginnings = encoded.flatMap(({ contextIds, continuations }) =>
      continuations.flatMap(({ ids }) => {
        const whole = [...contextIds, ...ids].slice(0, -1);
        return whole.map((_, end) => whole.slice(0, end + 1).join());
      }),
    );
    const distinct = new Set(beginnings).size;
    expect(seen.at(-1)?.distinctTokens).toBe(distinct);
    expect(seen.at(-1)?.tokens).toBeGreaterThanOrEqual(distinct);
    expect(seen.at(-1)?.tokens).toBeLessThanOrEqual(1.02 * distinct);
  });

  test("progress counts generated requests", async () => {
    const { tokenizer, backend } = await openParts(folder, { memory: { generationRows: 3, prefixBytes: 0 } });
    const seen: Progress[] = [];
    const results = await new TextEngine(tokenizer, backend).generate(
      many.map(({ segments }) => generateOf(segments, 3)),
      (progress) => seen.push(progress),
    );
    await backend.close();
    expectCounting(seen, many.length);
    // The last new token is not run.
    const run = results.reduce((total, { contextTokens, tokens: made }) => total + contextTokens + made - 1, 0);
    expect(seen.at(-1)?.tokens).toBeLessThanOrEqual(run);
    expect(seen.at(-1)?.tokens).toBeGreaterThanOrEqual(seen.at(-1)?.distinctTokens ?? 0);
  });

  test("no requests give no results", async () => {
    expect(await engine.score([])).toEqual([]);
    expect(await engine.generate([])).toEqual([]);
  });

  test("a request without continuations tells how its context fits", async () => {
    const [encoded] = await engine.encode([request([tokens(10)])]);
    expect(encoded).toMatchObject({ contextTokens: 11, inputTokens: 11, truncated: false, continuations: [] });
  });
});
