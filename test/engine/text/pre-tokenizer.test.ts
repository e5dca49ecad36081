import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withReferenceSplits } from "../../../src/engine/text/pre-tokenizer.js";
import { TextTokenizer } from "../../../src/engine/text/tokenizer.js";

interface Golden {
  tokenizers: Record<string, Record<string, unknown>>;
  texts: string[];
  cases: { tokenizer: string; pre_tokenizer: unknown; ids: number[][] }[];
}

/** Written by test/golden/pre-tokenizers/make.py with the reference library. */
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../golden/pre-tokenizers/golden.json"), "utf8"),
) as Golden;

describe("texts are cut as the reference library cuts them", () => {
  test.each(golden.cases)("$tokenizer, $pre_tokenizer", ({ tokenizer, pre_tokenizer, ids }) => {
    const json = { ...golden.tokenizers[tokenizer], pre_tokenizer };
    const read = new TextTokenizer(json, {}, 0);
    expect(golden.texts.map((text) => read.encode(text))).toEqual(ids);
    // What is hashed is what was read.
    expect(json.pre_tokenizer).toBe(pre_tokenizer);
  });
});

test("a way of splitting that cannot be run is refused", () => {
  const split = { type: "Split", pattern: { String: " " }, behavior: "MergedWithNext", invert: true };
  expect(() => withReferenceSplits({ pre_tokenizer: split })).toThrow("splits by MergedWithNext, inverted");
});

test("a pre-tokenizer of unknown form is left to the library", () => {
  for (const pre_tokenizer of [null, { type: "Split" }, { type: "Sequence" }, { type: "Split", pattern: {} }]) {
    expect(withReferenceSplits({ pre_tokenizer })).toEqual({ pre_tokenizer });
  }
});
