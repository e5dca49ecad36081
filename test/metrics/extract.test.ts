/** Reading answers out of generated texts. */

import { describe, expect, test } from "vitest";
import { extractAnswer, plainNumber, readAnswer, type Extraction } from "../../src/metrics/extract.js";
import { numberMatchOf } from "../../src/metrics/number-match.js";

test.each<[Extraction, string, string | undefined]>([
  ["last-number", "3 boxes of 12 make 36.", "36"],
  ["last-number", "That is $1,250.00 in all", "1250"],
  ["last-number", "It falls to -4.50 degrees.", "-4.5"],
  ["last-number", "It falls to −4 degrees.", "-4"],
  ["last-number", "10-4", "4"],
  ["last-number", "The answer is .5", "0.5"],
  ["last-number", "12 eggs, or 1,2 and 3", "3"],
  ["last-number", "in chapter A7", undefined],
  ["last-number", "none", undefined],
  ["first-number", "3 boxes of 12", "3"],
  ["letter", "(B) lime", "B"],
  ["letter", "The answer is C.", "C"],
  ["letter", "B: lime", "B"],
  ["letter", "lime", undefined],
  ["letter", "I'd say D", "D"],
  ["first-word", " door, which creaked", "door"],
  ["first-word", "don't", "don't"],
  ["first-word", " … ", undefined],
  ["first-line", "\n\n Paris \nLondon", "Paris"],
  ["first-line", " \n ", undefined],
  [{ pattern: "#### (.+)" }, "so 6 * 7\n#### 42 ", "42"],
  [{ pattern: "yes|no" }, "I think no, not yes", "no"],
  [{ pattern: "#### (.+)" }, "42", undefined],
])("%j in %j is %j", (how, text, answer) => {
  expect(extractAnswer(text, how)).toBe(answer);
});

test("a number is written in one way", () => {
  expect(["007", "+3", "-0", "1,000,000.10", "5.", "1e3", "", ".", "12a"].map(plainNumber)).toEqual([
    "7", "3", "0", "1000000.1", "5", undefined, undefined, undefined, undefined,
  ]); // prettier-ignore
});

describe("the right number", () => {
  test.each([
    ["1250", "1,250.0", 1],
    ["-5", "5", 0],
    ["1.5", "15", 0],
    ["3", "3 apples", 0],
    ["three", "three", 0],
  ])("is compared in %j and %j: %d", (target, text, expected) => {
    expect(numberMatchOf(target, text)).toBe(expected);
  });
});

test("the whole text is the answer where the task does not say how to read it", () => {
  expect(readAnswer(" a dog ", undefined)).toEqual({ text: "a dog" });
  expect(readAnswer("I do not know", "last-number")).toEqual({ text: "", read: false });
  expect(readAnswer("It is 12.", "last-number")).toEqual({ text: "12", read: true });
});
