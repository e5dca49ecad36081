/** Texts that are drawn at random: from the model's distribution, by their seed, whatever else runs beside them. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TextEngine } from "../../src/engine/text/text-engine.js";
import { drawnToken } from "../../src/engine/tree/next-tokens.js";
import type { GenerateRequest } from "../../src/engine/types.js";
import { openParts, type OpenedParts } from "../support/engines.js";
import { tempFolder } from "../support/temp-folder.js";
import { UNPRINTABLE_IDS, writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

let parts: OpenedParts;
let engine: TextEngine;
beforeAll(async () => {
  parts = await openParts(await writeTinyCheckpoint(tempFolder(), { seed: 51, tied: false, muted: UNPRINTABLE_IDS }));
  engine = new TextEngine(parts.tokenizer, parts.backend);
});
afterAll(() => engine.close());

const PROMPTS = ["The happy cat", "Once upon a time", "Question: is it true?\nAnswer:"];
const SEEDS = [3, 1, 4, 15, 9];
const ask = (prompt: string, seeds = SEEDS, temperature = 1): GenerateRequest => ({
  segments: [prompt],
  maxNewTokens: 8,
  stop: [],
  sampling: { temperature, seeds },
});

describe("a token is drawn from softmax(logits / temperature)", () => {
  // Two rows side by side; that of the second is log 1, 2, 3, 4.
  const logits = Float32Array.from([9, 0, 1, Math.log(2), 2, Math.log(3), 3, Math.log(4)]);
  const second = { first: 1, step: 2 };

  test("by where the uniform number falls", () => {
    const drawn = [0, 0.09, 0.11, 0.29, 0.31, 0.59, 0.61, 0.999].map((uniform) =>
      drawnToken(logits, second, 1, uniform),
    );
    expect(drawn).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  test("a temperature of .5 squares the odds", () => {
    // 1, 4, 9, 16 of 30.
    expect([0.03, 0.04, 0.16, 0.17, 0.46, 0.47].map((uniform) => drawnToken(logits, second, 0.5, uniform))).toEqual([0, 1, 1, 2, 2, 3]); // prettier-ignore
  });
});

test("first tokens come as often as the model says", async () => {
  const context = parts.tokenizer.encodeContext("The happy cat");
  const size = parts.checkpoint.model.vocabSize;
  const targets = Array.from({ length: size }, (_, token) => ({ position: context.length - 1, token }));
  const { logprobs } = await parts.backend.score([{ ids: context, targets }]);
  const draws = Array.from({ length: 2000 }, (_, seed) => ({ temperature: 1, seed }));
  const drawn = await parts.backend.generate(draws.map(() => context), 1, (steps) => steps.map(() => true), undefined, undefined, draws); // prettier-ignore
  const counts = new Float64Array(size);
  for (const [token = 0] of drawn) counts[token] = (counts[token] as number) + 1;
  const likely = [...logprobs].map((logprob, token) => ({ token, expected: draws.length * Math.exp(logprob) })).filter(({ expected }) => expected >= 10); // prettier-ignore
  const chiSquare = likely.reduce((sum, { token, expected }) => sum + ((counts[token] as number) - expected) ** 2 / expected, 0); // prettier-ignore
  expect(likely.length).toBeGreaterThan(10);
  // Mean plus four standard deviations of a chi-square of so many cells.
  expect(chiSquare).toBeLessThan(likely.length + 4 * Math.sqrt(2 * likely.length));
});

test("a text follows from its seed, alone or among others, and texts of other seeds differ", async () => {
  const together = await engine.generate(PROMPTS.map((prompt) => ask(prompt)));
  const [alone] = await engine.generate([ask(PROMPTS[1] as string, [4])]);
  expect(alone?.samples?.[0]).toEqual(together[1]?.samples?.[2]);
  for (const { samples = [], text, tokens } of together) {
    expect(samples).toHaveLength(5);
    expect(text).toBe(samples[0]?.text);
    expect(tokens).toBe(samples.reduce((sum, one) => sum + one.tokens, 0));
    expect(new Set(samples.map((one) => one.text)).size).toBeGreaterThan(1);
  }
});

test("near temperature 0 the text is the most likely one", async () => {
  const greedy = await engine.generate(PROMPTS.map((prompt) => ({ segments: [prompt], maxNewTokens: 8, stop: [] })));
  const cold = await engine.generate(PROMPTS.map((prompt) => ask(prompt, [7, 8], 1e-6)));
  expect(cold.map(({ samples }) => samples?.map(({ text }) => text))).toEqual(greedy.map(({ text }) => [text, text]));
});

test("what is known takes part in planning only, and each request is told once", async () => {
  const requests = PROMPTS.map((prompt) => ask(prompt));
  const whole = await engine.generate(requests);
  const told: number[] = [];
  const rest = await engine.generate(requests, undefined, {
    known: new Map([[1, whole[1]?.tokens ?? 0]]),
    onResult: (request) => told.push(request),
  });
  expect(rest).toEqual([whole[0], whole[2]]);
  expect(told.sort()).toEqual([0, 2]);
});
