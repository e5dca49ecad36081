import { describe, expect, test } from "vitest";
import { didYouMean, InterruptedError, messageOf, UsageError, UserError } from "../../src/base/errors.js";
import { counted } from "../../src/base/wording.js";

test("each kind of error has its exit code", () => {
  const codes = [new UserError("a"), new UsageError("b"), new InterruptedError("c")].map(({ exitCode }) => exitCode);
  expect(codes).toEqual([1, 2, 130]);
});

describe("didYouMean", () => {
  test.each([
    ["defualt", ["default", "instruct", "io"], '; did you mean "default"?'],
    ["IO", ["default", "io"], '; did you mean "io"?'],
    ["answer", ["Answer"], '; did you mean "Answer"?'],
    ["summarisation", ["summarization", "nli"], '; did you mean "summarization"?'],
    ["zz", ["default", "io"], "; known: default, io"],
    ["x", ["io", "rte"], "; known: io, rte"],
    ["", ["io"], "; known: io"],
    ["anything", [], ""],
  ])("hints at the name that is nearest to %j among %j", (name, known, hint) => {
    expect(didYouMean(name, known)).toBe(hint);
  });

  test("lists no more than asked for", () => {
    expect(didYouMean("something", ["aa", "bb", "cc"], 2)).toBe("; known: aa, bb, …");
  });
});

test("messageOf is one line, whatever was thrown", () => {
  expect(messageOf(new Error(" first\n   second\r\n\nthird "))).toBe("first second third");
  expect(messageOf("text")).toBe("text");
  expect(messageOf(undefined)).toBe("undefined");
});

test("counts have the singular for one alone", () => {
  expect([0, 1, 2, 12345].map((n) => counted(n, "row"))).toEqual(["0 rows", "1 row", "2 rows", "12,345 rows"]);
});
