/** First-token scoring: which tokens count for an answer, and what it refuses. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.js";
import type { TextEngine } from "../../../src/engine/text/text-engine.js";
import type { ScoreRequest } from "../../../src/engine/types.js";
import { openParts, textEngine, type OpenedParts } from "../../support/engines.js";
import { argMax, at, ReferenceModel } from "../../support/reference-forward.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";

const folder = tempFolder();
let parts: OpenedParts;
let engine: TextEngine;
beforeAll(async () => {
  parts = await openParts(await writeTinyCheckpoint(folder, { seed: 41, tied: false }));
  engine = textEngine(parts);
});
afterAll(() => engine.close());

const ask = (context: string, ...continuations: string[]): ScoreRequest => ({
  segments: [context],
  continuations,
  mode: "first-token",
});

test.each([
  ["Answer:", [" A", " B", " C"]],
  ["Answer: ", ["A", "B", "C"]],
  ["Answer:\n", ["A", "B", "C"]],
])("after %j the best of each label's first tokens counts, as in the reference", async (context, labels) => {
  const [result] = await engine.score([ask(context, ...labels)]);
  const [encoded] = await engine.encode([ask(context, ...labels)]);
  const contextIds = parts.tokenizer.encodeContext(context.replace(/ $/, ""));
  expect(encoded?.contextIds).toEqual(contextIds);
  const row = at(new ReferenceModel(parts.checkpoint).logprobs(contextIds), contextIds.length - 1);
  labels.forEach((label, i) => {
    const letter = label.trim();
    const bare = at(parts.tokenizer.encode(letter), 0);
    const spaced = at(parts.tokenizer.encode(` ${letter}`), 0);
    const ids = encoded?.continuations[i]?.ids ?? [];
    expect(ids).toContain(bare);
    expect(ids).toContain(spaced);
    const score = at(result?.continuations ?? [], i);
    expect(score.alternatives).toHaveLength(ids.length);
    ids.forEach((id, k) => {
      expect(Math.abs(at(score.alternatives ?? [], k) - at(row, id))).toBeLessThan(1e-4);
    });
    expect(score.logprob).toBe(Math.max(...(score.alternatives ?? [])));
    expect(score.tokenLogprobs).toEqual([score.logprob]);
    expect(score.greedy).toBe(ids.includes(argMax(row)));
    expect(score.merged).toBe(false);
  });
});

test("a label with and without a leading space gets the same score", async () => {
  const [plain] = await engine.score([ask("Answer:", "A", "B")]);
  const [spaced] = await engine.score([ask("Answer:", " A", " B")]);
  plain?.continuations.forEach((score, i) => {
    expect(score.logprob).toBeCloseTo(spaced?.continuations[i]?.logprob ?? NaN, 6);
    expect(score.alternatives?.length).toBe(2);
  });
});

test("only the first token of a longer label counts", async () => {
  const [short] = await engine.score([ask("Answer:", " A", " B")]);
  const [long] = await engine.score([ask("Answer:", " A. red", " B. seven")]);
  expect(long?.continuations.map(({ logprob }) => logprob)).toEqual(short?.continuations.map(({ logprob }) => logprob));
});

test("one run of the context answers for all labels", async () => {
  const [encoded] = await engine.encode([ask("Answer:", " A", " B", " C")]);
  expect(encoded?.inputTokens).toBe(encoded?.contextTokens);
});

test.each([
  [
    ["true", "trust"],
    ["true", "trust"],
  ],
  [
    ["A", "B", "A"],
    ["A", "A"],
  ],
  [
    [" happy", " happiest", "no"],
    [" happy", " happiest"],
  ],
])("labels %j that begin with the same token are refused by name", async (labels, named) => {
  const refused = engine.score([ask("Answer:", ...labels)]);
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow(`"${at(named, 0)}" and "${at(named, 1)}" begin with the same token`);
  await expect(engine.score([{ ...ask("Answer:", ...labels), mode: "sequence" }])).resolves.toHaveLength(1);
});
