/** Tests where a generated text ends. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TextEngine } from "../../src/engine/text/text-engine.js";
import type { GenerateRequest } from "../../src/engine/types.js";
import { openParts, WatchedBackend, type OpenedParts } from "../support/engines.js";
import { at, ReferenceModel } from "../support/reference-forward.js";
import { tempFolder } from "../support/temp-folder.js";
import { UNPRINTABLE_IDS, writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const NEW_TOKENS = 16;
const PROMPTS = ["The happy cat", "Once upon a time", "Question: is it true?\nAnswer:", "Déjà vu", "A or B"];
const options = { seed: 51, tied: false, muted: UNPRINTABLE_IDS };
const folder = tempFolder();
let parts: OpenedParts;
let engine: TextEngine;
/** Holds what each prompt gives when nothing stops it, by the reference. */
let free: { ids: number[]; text: string }[];

beforeAll(async () => {
  parts = await openParts(await writeTinyCheckpoint(folder, options));
  engine = new TextEngine(parts.tokenizer, parts.backend);
  const reference = new ReferenceModel(parts.checkpoint);
  free = PROMPTS.map((prompt) => {
    const context = parts.tokenizer.encodeContext(prompt);
    const ids = reference.greedy(context, NEW_TOKENS);
    return { ids, text: parts.tokenizer.decodeAfter(context, ids) };
  });
});
afterAll(() => engine.close());

const ask = (prompt: string, ...stop: string[]): GenerateRequest => ({
  segments: [prompt],
  maxNewTokens: NEW_TOKENS,
  stop,
});

/** Returns the fewest tokens whose text holds the stop string. */
function tokensUntil(index: number, stop: string): number {
  const context = parts.tokenizer.encodeContext(at(PROMPTS, index));
  const { ids } = at(free, index);
  return 1 + ids.findIndex((_, i) => parts.tokenizer.decodeAfter(context, ids.slice(0, i + 1)).includes(stop));
}

test("a text without stops has the tokens it may have", async () => {
  const results = await engine.generate(PROMPTS.map((prompt) => ask(prompt)));
  expect(results.map(({ text }) => text)).toEqual(free.map(({ text }) => text));
  expect(results.every(({ tokens }) => tokens === NEW_TOKENS)).toBe(true);
});

describe("stop strings", () => {
  test("cut the text before them and end the row", async () => {
    for (const [index, prompt] of PROMPTS.entries()) {
      const { text } = at(free, index);
      const characters = Array.from(text);
      for (const from of [1, 4, 8]) {
        const stop = characters.slice(from, from + 2).join("");
        const [result] = await engine.generate([ask(prompt, stop)]);
        expect(result?.text).toBe(text.slice(0, text.indexOf(stop)));
        expect(result?.tokens).toBe(tokensUntil(index, stop));
      }
    }
  });

  test("are looked for in the text, also across token boundaries and inside a token", async () => {
    let across = 0;
    let inside = 0;
    for (const [index, prompt] of PROMPTS.entries()) {
      const { ids, text } = at(free, index);
      const pieces = parts.tokenizer.pieces(ids);
      const boundary = at(pieces, 0).length;
      if (!text.startsWith(pieces.slice(0, 2).join(""))) continue;
      const crossing = text.slice(boundary - 1, boundary + 1);
      if (text.indexOf(crossing) === boundary - 1) {
        across++;
        const [result] = await engine.generate([ask(prompt, crossing)]);
        expect(result).toMatchObject({ text: text.slice(0, boundary - 1), tokens: 2 });
      }
      const long = pieces.findIndex((piece) => piece.length > 2);
      if (long < 0) continue;
      inside++;
      const middle = at(pieces, long).slice(1, 2);
      const [result] = await engine.generate([ask(prompt, middle)]);
      expect(result?.text).toBe(text.slice(0, text.indexOf(middle)));
    }
    expect(across).toBeGreaterThan(0);
    expect(inside).toBeGreaterThan(0);
  });

  test("the one that comes first in the text wins, also inside one token", async () => {
    let inside = 0;
    for (const [index, prompt] of PROMPTS.entries()) {
      const { ids, text } = at(free, index);
      const context = parts.tokenizer.encodeContext(prompt);
      for (let i = 0; i < ids.length; i++) {
        const before = parts.tokenizer.decodeAfter(context, ids.slice(0, i));
        const [first, second] = Array.from(text.slice(before.length, before.length + 2));
        const token = parts.tokenizer.decode([at(ids, i)]);
        if (first === undefined || second === undefined || first === second || token.length < 2) continue;
        if (before.includes(first) || before.includes(second)) continue;
        inside++;
        for (const stop of [
          [first, second],
          [second, first],
        ]) {
          const [result] = await engine.generate([ask(prompt, ...stop)]);
          expect(result).toMatchObject({ text: before, tokens: i + 1 });
        }
      }
    }
    expect(inside).toBeGreaterThan(0);
  });

  test("that stand in the prompt do not stop anything", async () => {
    const prompt = "Question: is it true?\nAnswer:";
    const [result] = await engine.generate([ask(prompt, "Question: is it true?\n")]);
    expect(result).toMatchObject({ tokens: NEW_TOKENS });
  });
});

describe("rows that end at different times", () => {
  test("give in one batch what they give alone", async () => {
    const requests = PROMPTS.map((prompt, i) => {
      const { text } = at(free, i);
      return i === 0
        ? ask(prompt)
        : ask(
            prompt,
            Array.from(text)
              .slice(2 * i, 2 * i + 1)
              .join(""),
          );
    });
    const alone = [];
    for (const request of requests) alone.push(at(await engine.generate([request]), 0));
    expect(new Set(alone.map(({ tokens }) => tokens)).size).toBeGreaterThan(2);
    const watched = new WatchedBackend(parts.backend);
    expect(await new TextEngine(parts.tokenizer, watched).generate(requests)).toEqual(alone);
    expect(watched.generated).toHaveLength(1);
  });
});

test("questions about one passage read it once, and get what each gets alone", async () => {
  const passages = [
    "The happy cat was in the park with a little dog.",
    "Once upon a time there was a small house by the sea.",
  ];
  const questions = ["What was it?", "Who was there?", "Where was it, and why?", "Is it true?"];
  const requests = passages.flatMap((passage) => questions.map((question) => ask(`${passage}\n${question}\nAnswer:`)));
  const alone = [];
  for (const request of requests) alone.push(at(await engine.generate([request]), 0));
  let [tokens, distinct] = [0, 0];
  const together = await engine.generate(requests, (progress) => {
    [tokens, distinct] = [progress.tokens, progress.distinctTokens];
  });
  expect(together).toEqual(alone);
  expect(tokens / distinct).toBeLessThanOrEqual(1.02);
});

describe("end-of-sequence ids", () => {
  test("of generation_config.json end a row; config.json's do not count then", async () => {
    const { ids } = at(free, 1);
    // An id that the row reaches after at least two others.
    const at2 = ids.findIndex((id, i) => i >= 2 && ids.indexOf(id) === i);
    const other = ids.findIndex((id, i) => i >= 1 && i < at2 && ids.indexOf(id) === i);
    const ended = await openParts(
      await writeTinyCheckpoint(tempFolder(), {
        ...options,
        generationConfig: { eos_token_id: [at(ids, at2), 100_000] },
        config: { eos_token_id: at(ids, other < 0 ? 0 : other) },
      }),
    );
    const watched = new TextEngine(ended.tokenizer, ended.backend);
    const [result] = await watched.generate([ask(at(PROMPTS, 1))]);
    await watched.close();
    expect(result?.tokens).toBe(at2 + 1);
    const context = parts.tokenizer.encodeContext(at(PROMPTS, 1));
    expect(result?.text).toBe(parts.tokenizer.decodeAfter(context, ids.slice(0, at2 + 1)));
  });

  test("of config.json end a row in a batch while the others go on", async () => {
    const eos = at(at(free, 0).ids, 0);
    const ended = await openParts(
      await writeTinyCheckpoint(tempFolder(), { ...options, config: { eos_token_id: eos } }),
    );
    const results = await new TextEngine(ended.tokenizer, ended.backend).generate(PROMPTS.map((prompt) => ask(prompt)));
    await ended.backend.close();
    results.forEach(({ tokens }, i) => {
      const where = at(free, i).ids.indexOf(eos);
      expect(tokens).toBe(where < 0 ? NEW_TOKENS : where + 1);
    });
    expect(results[0]?.tokens).toBe(1);
    expect(Math.max(...results.map(({ tokens }) => tokens))).toBeGreaterThan(1);
  });
});

test("line breaks before the first word stop nothing where they are skipped", async () => {
  const NEWLINE = 12;
  const place = await writeTinyCheckpoint(tempFolder(), {
    seed: 46,
    tied: false,
    muted: UNPRINTABLE_IDS.filter((id) => id !== NEWLINE),
  });
  const own = await openParts(place);
  const breaking = new TextEngine(own.tokenizer, own.backend);
  // The first is followed by " not\n\n…", the second by line breaks alone.
  const prompts = ["11 The happy cat b11", "21 The happy cat b21"];
  const wanted = prompts.map((prompt) => ({ segments: [prompt], maxNewTokens: 6, stop: ["\n"] }));
  const plain = await breaking.generate(wanted);
  const skipping = await breaking.generate(wanted.map((request) => ({ ...request, skipLeadingBreaks: true })));
  await breaking.close();
  expect(plain.map(({ text }) => text)).toEqual(["", ""]);
  expect(skipping.map(({ text }) => text)).toEqual([" not", ""]);
  expect(at(skipping, 0).tokens).toBeGreaterThan(at(plain, 0).tokens);
});
