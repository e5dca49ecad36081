/** Conversations as contexts: what is dropped when they do not fit, and where the answer's tokens begin. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEngine } from "../../../src/engine/open.js";
import type { ChatForm, Encoded, Engine, ScoreRequest } from "../../../src/engine/types.js";
import { UserError } from "../../../src/base/errors.js";
import { openParts, type OpenedParts } from "../../support/engines.js";
import { at, ReferenceModel } from "../../support/reference-forward.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";

const WINDOW = 96;
/** Turns in lines of their own: the generation prompt ends in a line break. */
const LINES =
  "{{ bos_token }}{% for m in messages %}{{ '[' + m.role + ']\\n' + m.content + '\\n' }}{% endfor %}" +
  "{{ '[assistant]\\n' if add_generation_prompt }}";
/** No generation prompt, and a space before an answer. */
const SPACED =
  "{% for m in messages %}{{ '[I]' + m.content + '[/I]' if m.role == 'user' else ' ' + m.content }}{% endfor %}";

const folder = tempFolder();
let engine: Engine;
let parts: OpenedParts;
beforeAll(async () => {
  const templates = [
    { name: "default", template: LINES },
    { name: "spaced", template: SPACED },
  ];
  const tokenizerConfig = { bos_token: "<s>", chat_template: templates };
  await writeTinyCheckpoint(folder, { window: WINDOW, seed: 7, tied: false, tokenizerConfig });
  engine = await openEngine({ folder, device: "cpu", threads: 1 });
  parts = await openParts(folder);
});
afterAll(async () => {
  await engine.close();
  await parts.backend.close();
});

const SINGLE: ChatForm = { template: undefined, answers: undefined };
const turns = (...answers: string[]): ChatForm => ({ template: undefined, answers });
const request = (segments: string[], chat: ChatForm, mode: ScoreRequest["mode"] = "sequence"): ScoreRequest => ({
  segments,
  chat,
  continuations: ["yes", "no"],
  mode,
});
const encode = async (asked: ScoreRequest): Promise<Encoded> => at(await engine.encode([asked]), 0);
/** Text of ids, special tokens included; the vocabulary writes a line break as Ċ and a space as Ġ. */
const textOf = (ids: readonly number[]) =>
  parts.tokenizer.pieces(ids).join("").replaceAll("Ċ", "\n").replaceAll("Ġ", " ");
/** Text of exactly this many tokens: the letter q is never merged. */
const tokens = (count: number) => "q".repeat(count);

describe("the text of a conversation", () => {
  test("shots in turns are rendered as turns of the conversation", async () => {
    const { text } = await encode(request(["one", "two"], turns("yes")));
    expect(text).toBe("<s>[user]\none\n[assistant]\nyes\n[user]\ntwo\n[assistant]\n");
  });

  test("stands in a single turn", async () => {
    const { text } = await encode(request(["one yes\n", "two"], SINGLE));
    expect(text).toBe("<s>[user]\none yes\ntwo\n[assistant]\n");
  });

  test("begins with one <s>, though the tokenizer puts one before every text", async () => {
    const { contextIds } = await encode(request(["one"], SINGLE));
    expect(parts.tokenizer.prefixIds).toEqual([0]);
    expect(contextIds.slice(0, 2)).toEqual([0, at(parts.tokenizer.encode("["), 0)]);
    const { contextIds: without } = await encode(request(["one"], { ...SINGLE, template: "spaced" }));
    expect(without).not.toContain(0);
  });
});

describe("the answer", () => {
  test.each(["sequence", "first-token"] as const)("does not hold the template's line break (%s)", async (mode) => {
    const { contextIds, continuations, text } = await encode(request(["one"], SINGLE, mode));
    expect(contextIds).toEqual(parts.tokenizer.encode(text));
    expect(text).toMatch(/\n$/);
    continuations.forEach(({ ids, merged }, i) => {
      const bare = parts.tokenizer.encode(["yes", "no"][i] ?? "");
      if (mode === "sequence") expect(ids).toEqual(bare);
      else expect(ids).toContain(bare[0]);
      expect(merged).toBe(false);
    });
  });

  test("begins with the space that the template would write", async () => {
    const asked = request(["one"], { ...SINGLE, template: "spaced" });
    const { contextIds, continuations, text } = await encode(asked);
    expect(text).toBe("[I]one[/I] ");
    expect(contextIds).toEqual(parts.tokenizer.encode("[I]one[/I]"));
    expect(continuations.map(({ ids }) => ids)).toEqual([" yes", " no"].map((word) => parts.tokenizer.encode(word)));
  });

  test("is scored as the float64 reference scores it", async () => {
    const asked = request(["one", "two"], turns("no"));
    const { contextIds, continuations } = await encode(asked);
    const [result] = await engine.score([asked]);
    const reference = new ReferenceModel(parts.checkpoint);
    continuations.forEach(({ ids }, i) => {
      const expected = reference.score(contextIds, ids).logprobs.reduce((a, b) => a + b);
      expect(Math.abs(at(result?.continuations ?? [], i).logprob - expected)).toBeLessThan(1e-4);
    });
  });

  test("is generated after the same context", async () => {
    const asked = { segments: ["one", "two"], chat: turns("no"), maxNewTokens: 4, stop: [] };
    const { contextIds } = await encode(request(asked.segments, asked.chat));
    const expected = new ReferenceModel(parts.checkpoint).greedy(contextIds, 4, [1]);
    const [result] = await engine.generate([asked]);
    expect(result?.contextTokens).toBe(contextIds.length);
    expect(result?.text).toBe(parts.tokenizer.decodeAfter(contextIds, expected));
  });
});

describe("a conversation that does not fit", () => {
  test("loses its oldest turns, question and answer together", async () => {
    const long = request([`a${tokens(30)}`, `b${tokens(10)}`, "row"], turns("yes", "no"));
    const short = request([`b${tokens(10)}`, "row"], turns("no"));
    const encoded = await encode(long);
    expect(encoded).toMatchObject({ droppedSegments: 1, truncated: false });
    expect(textOf(encoded.contextIds)).toBe((await encode(short)).text);
    const [result] = await engine.score([long]);
    const [alone] = await engine.score([short]);
    expect(result).toEqual({ ...alone, droppedSegments: 1 });
    const limits = { maxNewTokens: 3, stop: [] };
    const [generated] = await engine.generate([{ ...long, ...limits }]);
    expect(generated).toEqual({ ...(await engine.generate([{ ...short, ...limits }]))[0], droppedSegments: 1 });
  });

  test("in a single turn loses its oldest shots", async () => {
    const encoded = await encode(request([`a${tokens(60)} yes\n`, `b${tokens(10)} no\n`, "row"], SINGLE));
    expect(encoded).toMatchObject({ droppedSegments: 1, truncated: false });
    expect(textOf(encoded.contextIds)).toBe(`<s>[user]\nb${tokens(10)} no\nrow\n[assistant]\n`);
  });

  test("is cut at its beginning where the question alone does not fit", async () => {
    const encoded = await encode(request(["shot", tokens(120)], turns("yes")));
    expect(encoded).toMatchObject({ droppedSegments: 1, truncated: true });
    expect(textOf(encoded.contextIds)).toMatch(/^q+\n\[assistant\]\n$/);
  });
});

test("a template that the checkpoint does not have is refused by name", async () => {
  const refused = engine.score([request(["row"], { ...SINGLE, template: "spacd" })]);
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow(`${folder}: no chat template is named "spacd"; did you mean "spaced"?`);
});
