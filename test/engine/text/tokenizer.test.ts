import { describe, expect, test } from "vitest";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";
import { tinyTokenizer } from "../../support/tiny-checkpoint.js";

/** Returns a tokenizer as SentencePiece models have it: every text gets a "▁" in front, which decoding strips again. */
function sentencePiece(): Record<string, unknown> {
  const pieces = ["<unk>", "<s>", "</s>", "▁", "a", "b", "▁a", "▁b", "ab", "▁ab"];
  return {
    version: "1.0",
    added_tokens: ["<unk>", "<s>", "</s>"].map((content, id) => ({
      id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true,
    })), // prettier-ignore
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "<s>", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "</s>", type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] },
        "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] },
      },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: false,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: ["a b", "▁ a", "▁ b", "▁ ab"],
    },
  };
}

describe("special tokens", () => {
  test("before a text are told from those after it", () => {
    const tokenizer = new TextTokenizer(sentencePiece(), {}, 9);
    expect(tokenizer.prefixIds).toEqual([1]);
    expect(tokenizer.encode("ab")).toEqual([9]);
    expect(tokenizer.encodeContext("ab")).toEqual([1, 9]);
    expect(tokenizer.encodeContext("")).toEqual([1]);
    expect(tokenizer.encode("")).toEqual([]);
  });

  test.each([["</s>"], [{ content: "</s>", special: true }]])("that end a text are found where they are %j", (eos) => {
    const json = { ...tinyTokenizer(), post_processor: null };
    const tokenizer = new TextTokenizer(json, { eos_token: eos }, undefined);
    expect(tokenizer.eosIds).toEqual([1]);
    expect(tokenizer.prefixIds).toEqual([]);
    expect(tokenizer.encodeContext("")).toEqual([1]);
  });

  test.each([[undefined], [null], ["<never heard of>"]])("that end a text may be missing (%j)", (eos) => {
    expect(new TextTokenizer(tinyTokenizer(), { eos_token: eos }, undefined).eosIds).toEqual([]);
  });

  test("are left out of decoded text and shown as pieces", () => {
    const tokenizer = new TextTokenizer(tinyTokenizer(), {}, 0);
    const ids = [0, ...tokenizer.encode("cat"), 1];
    expect(tokenizer.decode(ids)).toBe("cat");
    expect(tokenizer.pieces(ids).join("")).toBe("<s>cat</s>");
  });
});

describe("a tokenizer of another checkpoint", () => {
  const last = Math.max(...Object.values((tinyTokenizer()["model"] as { vocab: Record<string, number> }).vocab));
  const open = (json: Record<string, unknown>, vocabSize: number) =>
    new TextTokenizer(json, {}, 0, undefined, vocabSize);

  test("is refused where the model has fewer tokens", () => {
    open(tinyTokenizer(), last + 1).checkVocabulary();
    expect(() => {
      open(tinyTokenizer(), last).checkVocabulary();
    }).toThrow(`token ${last} (`);
  });

  test("may have special tokens beyond the model's, which no text may use", () => {
    const json = tinyTokenizer();
    const extra = { ...(json["added_tokens"] as object[])[0], id: last + 5, content: "<pad>" };
    const tokenizer = open({ ...json, added_tokens: [...(json["added_tokens"] as object[]), extra] }, last + 1);
    tokenizer.checkVocabulary();
    expect(tokenizer.encode("cat")).not.toEqual([]);
    expect(() => tokenizer.encode("cat<pad>")).toThrow(
      `tokenizer.json: token ${last + 5} ("<pad>") is beyond the model's ${last + 1} tokens`,
    );
  });
});

test("a character that the tokenizer has no token for is left out, as in the reference", () => {
  const model = { type: "BPE", unk_token: null, vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] };
  const parts = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  const tokenizer = new TextTokenizer({ ...parts, model }, {}, 0);
  expect(["ab", "abzab", "zz"].map((text) => tokenizer.encode(text))).toEqual([[2], [2, 2], []]);
});

describe("text that follows a context", () => {
  test("keeps the space it begins with, which a decoder strips from the beginning of a text", () => {
    const tokenizer = new TextTokenizer(sentencePiece(), {}, 1);
    const context = tokenizer.encodeContext("ab a");
    expect(tokenizer.decode([9, 7])).toBe("ab b");
    expect(tokenizer.decodeAfter(context, [9, 7])).toBe(" ab b");
    expect(tokenizer.decodeAfter(context, [4, 8])).toBe("aab");
    expect(tokenizer.decodeAfter(context, [])).toBe("");
  });

  test("is whole where it completes a character of several tokens", () => {
    const tokenizer = new TextTokenizer(tinyTokenizer(), {}, 0);
    const context = tokenizer.encodeContext("see ");
    const bytes = tokenizer.encode("🙂 ok");
    expect(tokenizer.decodeAfter(context, bytes)).toBe("🙂 ok");
    expect(tokenizer.decodeAfter(context, bytes.slice(0, 2))).toMatch(/^\ufffd+$/);
  });
});
