import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodePair } from "../../../src/engine/text/pair.js";
import { TextTokenizer, withoutTrailingSpace } from "../../../src/engine/text/tokenizer.js";
import { tinyTokenizer } from "../../support/tiny-checkpoint.js";

const bare = { ...tinyTokenizer(), post_processor: null };
const config = { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "</s>" };
const tokenizer = new TextTokenizer(tinyTokenizer(), config, 0);
const withoutPrefix = new TextTokenizer(bare, config, 0);

/** Characters for which Python's str.isspace() is true (CPython 3.11), which is what str.rstrip() removes. */
const PYTHON_SPACE = [
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003,
  0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]; // prettier-ignore

describe("withoutTrailingSpace", () => {
  test("removes exactly what Python's rstrip() removes", () => {
    const removed: number[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (withoutTrailingSpace(`a${String.fromCodePoint(code)}`) === "a") removed.push(code);
    }
    expect(removed).toEqual(PYTHON_SPACE);
  });

  test("removes any number of them at the end and none elsewhere", () => {
    expect(withoutTrailingSpace(" \n a \t b \r\n\u3000 ")).toBe(" \n a \t b");
    expect(withoutTrailingSpace(" \n\t")).toBe("");
  });
});

describe("the pair rule", () => {
  test("splits the whole after as many tokens as the context has", () => {
    const pair = encodePair(tokenizer, "Question: is it", " true");
    expect(pair.contextIds).toEqual([0, ...tokenizer.encode("Question: is it")]);
    expect(pair.continuationIds).toEqual(tokenizer.encode(" true"));
    expect(pair.merged).toBe(false);
  });

  test.each([" ", "\n", " \n\n", "\t", "\u3000"])("moves %j at the end of the context to the continuation", (space) => {
    const pair = encodePair(tokenizer, `The answer:${space}`, "true");
    expect(pair).toEqual(encodePair(tokenizer, "The answer:", `${space}true`));
    expect(tokenizer.decode(pair.contextIds)).toBe("The answer:");
    expect(tokenizer.decode(pair.continuationIds)).toBe(`${space}true`);
  });

  test.each([
    ["<s> by the post-processor", tokenizer],
    ["the fallback id", withoutPrefix],
  ])("stands %s for an empty context", (_, used) => {
    expect(encodePair(used, "", "true")).toEqual({
      contextIds: [0],
      continuationIds: used.encode("true"),
      merged: false,
    });
    expect(encodePair(used, " \n", "true").continuationIds).toEqual(used.encode(" \ntrue"));
  });

  test("refuses an empty context where no token can stand for it", () => {
    const nothing = new TextTokenizer(bare, {}, undefined);
    expect(() => encodePair(nothing, "", "true")).toThrow(/beginning-of-sequence or end-of-sequence token/);
    expect(encodePair(nothing, "The", " cat").contextIds).toEqual(nothing.encode("The"));
  });

  test("keeps the context's own encoding where a merge crosses the boundary", () => {
    const context = tokenizer.encodeContext("The happ");
    const whole = tokenizer.encodeContext("The happiest cat");
    const pair = encodePair(tokenizer, "The happ", "iest cat");
    expect(whole.slice(0, context.length)).not.toEqual(context);
    expect(pair).toEqual({ contextIds: context, continuationIds: whole.slice(context.length), merged: true });
  });

  test("cuts the whole where a merge would leave no token to score", () => {
    const context = tokenizer.encodeContext("The hap");
    const whole = tokenizer.encodeContext("The happy");
    expect(whole.length).toBeLessThanOrEqual(context.length);
    const pair = encodePair(tokenizer, "The hap", "py");
    expect(pair.merged).toBe(true);
    expect(pair.continuationIds.length).toBeGreaterThan(0);
    expect([...pair.contextIds, ...pair.continuationIds]).toEqual(whole);
    expect(context.slice(0, pair.contextIds.length)).toEqual(pair.contextIds);
  });
});

describe("for any text cut anywhere", () => {
  // Words of the training text, cut inside, make merges across the boundary; arbitrary text makes everything else.
  const words = fc
    .array(fc.constantFrom("The", " happy", " happiest", " question", "\n", " ", "Answer:", " true", "é", "東"), {
      minLength: 1,
      maxLength: 6,
    })
    .map((chosen) => chosen.join(""));
  const text = fc.oneof(words, fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }));
  const cutText = fc
    .tuple(text, fc.nat())
    .map(([whole, at]) => {
      const characters = Array.from(whole);
      const cut = at % characters.length;
      return [characters.slice(0, cut).join(""), characters.slice(cut).join("")] as const;
    })
    .filter(([, continuation]) => continuation !== "");

  test.each([
    ["with <s>", tokenizer],
    ["without <s>", withoutPrefix],
  ])("%s there is a token to score, and unmerged pairs spell the text", (_, used) => {
    let merged = 0;
    let guarded = 0;
    fc.assert(
      fc.property(cutText, ([context, continuation]) => {
        const pair = encodePair(used, context, continuation);
        expect(pair.continuationIds.length).toBeGreaterThan(0);
        expect(pair.contextIds.length).toBeGreaterThan(0);
        const whole = used.encodeContext(context + continuation);
        const both = [...pair.contextIds, ...pair.continuationIds];
        const ownContext = used.encodeContext(withoutTrailingSpace(context));
        if (pair.contextIds.length < ownContext.length) {
          guarded++;
          expect(both.slice(-whole.length)).toEqual(whole);
        }
        if (pair.merged) merged++;
        else expect(used.decode(both)).toBe(context + continuation);
      }),
      { numRuns: 600, seed: 3 },
    );
    expect(merged).toBeGreaterThan(10);
    expect(guarded).toBeGreaterThan(3);
  });
});
