import { expect, test } from "vitest";
import { answerList, keyIndex } from "../../src/tasks/helpers.js";

test.each([
  [["one"], "one"],
  [["one", "two", "three"], "Answer A: one Answer B: two Answer C: three"],
  [["one", "two", "one"], "Answer A: one Answer B: two"],
  [["one", "one"], "one"],
  [["One", "one"], "Answer A: One Answer B: one"],
])("answerList(%j)", (answers, expected) => {
  expect(answerList(answers)).toBe(expected);
});

test("keyIndex finds the key by the row's own labels", () => {
  expect(keyIndex(["A", "B", "C"], "C")).toBe(2);
  expect(keyIndex(["1", "2"], "1")).toBe(0);
  expect(() => keyIndex(["A", "B"], "")).toThrow('answerKey "" is none of the labels A, B');
});
