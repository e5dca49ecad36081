import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IncrementalEncoder } from "../../../src/engine/text/incremental-encoder.js";

/** Words, and line breaks with the white space around them: what a tokenizer with a pre-tokenizer does. */
const words = (text: string) =>
  [...text.matchAll(/\s+(?!\S)|\s|\S+/g)].map(([word]) =>
    Array.from(word).reduce((a, c) => a * 31 + (c.codePointAt(0) ?? 0), 7),
  );

const line = fc.constantFrom("### Input: a b\n", " ### Answer: yes\n", "Once upon a time\n", "\n", "  \n", "x\n\n y\n");
const texts = fc.array(
  fc.tuple(fc.array(line, { maxLength: 3 }), fc.string({ maxLength: 20 })).map(([lines, end]) => lines.join("") + end),
  { minLength: 1, maxLength: 12 },
);

describe("encoding behind a known beginning", () => {
  test("gives what encoding the whole gives", () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 4, maxLength: 8 }), texts, (shots, ends) => {
        const encoder = new IncrementalEncoder(words, true);
        for (const end of ends) expect(encoder.encode(shots.join("") + end)).toEqual(words(shots.join("") + end));
      }),
      { numRuns: 300 },
    );
  });

  test("encodes the beginning once", () => {
    let characters = 0;
    const counting = (text: string) => {
      characters += text.length;
      return words(text);
    };
    const encoder = new IncrementalEncoder(counting, true);
    const shots = "### Question: why is the sky blue?\n### Answer: light\n".repeat(20);
    for (let row = 0; row < 100; row++) encoder.encode(`${shots}### Question: number ${row}?`);
    expect(characters).toBeLessThan(30 * shots.length);
  });

  test("is given up for good where it proves wrong", () => {
    // Every token depends on the whole text.
    const entangled = (text: string) => words(text).map((id) => id + text.length);
    const encoder = new IncrementalEncoder(entangled, true);
    const shots = "### Question: why is the sky blue?\n### Answer: light\n".repeat(3);
    for (const end of ["one", "two", "three", "four words at the end"]) {
      expect(encoder.encode(shots + end)).toEqual(entangled(shots + end));
    }
  });
});
