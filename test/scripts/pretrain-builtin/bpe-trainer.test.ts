import fc from "fast-check";
import { expect, test } from "vitest";
import { trainByteLevelBpe } from "../../../scripts/pretrain-builtin/bpe-trainer.js";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";

interface Model {
  readonly vocab: Record<string, number>;
  readonly merges: readonly (readonly [string, string])[];
}

const train = (texts: string[], merges: number) => {
  const json = trainByteLevelBpe(texts, merges, ["<s>", "</s>"]);
  return { json, model: json["model"] as Model, tokenizer: new TextTokenizer(json, { eos_token: "</s>" }, 0) };
};

test("learns the most frequent pair first, ties in alphabetical order, never across words", () => {
  expect(train(["ab ab ab cd cd"], 2).model.merges).toEqual([["a", "b"], ["c", "d"]]); // prettier-ignore
  expect(train(["xy xy vw vw"], 1).model.merges).toEqual([["v", "w"]]);
  for (const [left, right] of train(["the cat sat on the mat, the end"], 50).model.merges) {
    expect(left + right).not.toMatch(/.Ġ/);
  }
});

test("the trained merges spell the training words as the tokenizer does", () => {
  const { tokenizer } = train(["happy happy happy happier happiest happiness"], 30);
  expect(tokenizer.pieces(tokenizer.encode("unhappy"))).toEqual(["u", "n", "happ", "y"]);
  expect(tokenizer.pieces(tokenizer.encode(" happy"))).toEqual(["Ġhappy"]);
});

test("stops when no pair is left", () => {
  expect(train(["aa bb"], 100).model.merges.length).toBeLessThan(10);
  expect(train([], 100).model.merges).toEqual([]);
});

test("gives every token one id, without holes, whatever the text", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "b", " ", "é"), maxLength: 30 })), (texts) => {
      const { model } = train(texts, 40);
      const ids = Object.values(model.vocab).sort((a, b) => a - b);
      expect(ids).toEqual([...ids.keys()]);
      expect(ids.length).toBeLessThanOrEqual(2 + 256 + model.merges.length);
    }),
    { numRuns: 200, seed: 7 },
  );
});

test("any text survives encoding and decoding", () => {
  const { tokenizer } = train(
    ["The quick brown fox; naïve 東京 🙂🙂 jumps over 123 456\n\n  lazy dogs' tails, don't they?"],
    60,
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" })), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }),
    { numRuns: 500, seed: 8 },
  );
});

test("ids of a text are those of its bytes where nothing was learned", () => {
  const { tokenizer } = train([], 0);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
      expect(tokenizer.encode(text)).toEqual([...Buffer.from(text)].map((byte) => byte + 2));
    }),
    { seed: 9 },
  );
});
