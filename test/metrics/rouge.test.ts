import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { longestCommonSubsequence, rougeL, rougeLsum, rougeTokens, type RougeScore } from "../../src/metrics/rouge.js";
import golden from "../golden/rouge.json" with { type: "json" };

function expectClose(score: RougeScore, expected: RougeScore, tolerance: number): void {
  for (const part of ["precision", "recall", "f1"] as const) {
    expect(Math.abs(score[part] - expected[part]), part).toBeLessThanOrEqual(tolerance);
  }
}

describe("rougeLsum", () => {
  test(`agrees with rouge_score ${golden.versions.rouge_score} on ${golden.pairs.length} pairs`, () => {
    expect(golden.pairs.filter(({ target }) => target.includes("\n")).length).toBeGreaterThan(50);
    for (const { target, prediction, lsum } of golden.pairs) expectClose(rougeLsum(target, prediction), lsum, 1e-12);
  });

  test("gives the published vector: the union of two subsequences", () => {
    const score = rougeLsum("1 2 3 4 5", "1 2 6 7 8\n1 3 8 9 5");
    expectClose(score, { precision: 0.4, recall: 0.8, f1: 8 / 15 }, 1e-12);
  });

  test("of texts of one line whose tokens occur once it is ROUGE-L", () => {
    const line = fc.uniqueArray(fc.constantFrom("a", "b", "c", "dd", "e", "7", "88")).map((words) => words.join(" "));
    fc.assert(
      fc.property(line, line, (target, prediction) => {
        expect(rougeLsum(target, prediction)).toEqual(rougeL(target, prediction));
      }),
    );
  });
});

describe("rougeL", () => {
  test(`agrees with rouge_score ${golden.versions.rouge_score} on ${golden.pairs.length} pairs`, () => {
    expect(golden.pairs.length).toBeGreaterThanOrEqual(200);
    for (const { target, prediction, ...expected } of golden.pairs) {
      expectClose(rougeL(target, prediction), expected, 1e-12);
    }
  });

  test.each([
    ["testing one two", "testing one", 1, 2 / 3, 0.8],
    ["testing one two", "testing two", 1, 2 / 3, 0.8],
    ["testing one two", "", 0, 0, 0],
    ["The quick brown fox jumps over the lazy dog", "The quick brown dog jumps on the log.", 0.625, 0.555556, 0.588235],
    ["It's 3.5 km (approx)", "its 3 5 km approx", 0.8, 0.666667, 0.727273],
    ["a b c d e", "e d c b a", 0.2, 0.2, 0.2],
    ["naïve café", "naive cafe", 0, 0, 0],
  ])("gives the published vector: %j, %j", (target, prediction, precision, recall, f1) => {
    expectClose(rougeL(target, prediction), { precision, recall, f1 }, 5e-7);
  });

  test("takes the target first", () => {
    expect(rougeL("one two three four", "one")).toEqual({ precision: 1, recall: 0.25, f1: 0.4 });
  });

  test("is 1 for a text and itself, 0 where one side has no token", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, other) => {
        const one = rougeTokens(text).length > 0 ? 1 : 0;
        expect(rougeL(text, text)).toEqual({ precision: one, recall: one, f1: one });
        if (one === 0) expect(rougeL(text, other)).toEqual({ precision: 0, recall: 0, f1: 0 });
      }),
    );
  });

  const words = fc.array(fc.constantFrom("a", "b", "c", "dd", "7"), { maxLength: 20 });

  test("swaps precision and recall when the texts are swapped", () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const [there, back] = [rougeL(a.join(" "), b.join(" ")), rougeL(b.join(" "), a.join(" "))];
        expectClose(back, { precision: there.recall, recall: there.precision, f1: there.f1 }, 1e-15);
      }),
    );
  });

  test("lies between 0 and 1, f1 between precision and recall", () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const { precision, recall, f1 } = rougeL(a.join(" "), b.join(" "));
        const [low, high] = [Math.min(precision, recall), Math.max(precision, recall)];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(f1).toBeGreaterThanOrEqual(low - 1e-15);
        expect(f1).toBeLessThanOrEqual(high + 1e-15);
      }),
    );
  });

  test("ignores case, punctuation and white space between words", () => {
    fc.assert(
      fc.property(words, words, fc.constantFrom("\n", " - ", "…", "é", "、"), (a, b, between) => {
        const plain = rougeL(a.join(" "), b.join(" "));
        expect(rougeL(a.join(between).toUpperCase(), `(${b.join(between)})`)).toEqual(plain);
      }),
    );
  });
});

describe("rougeTokens", () => {
  test.each([
    ["", []],
    ["Hello, WORLD!", ["hello", "world"]],
    ["naïve café", ["na", "ve", "caf"]],
    ["İ", ["i"]],
    ["straße STRASSE", ["stra", "e", "strasse"]],
    ["3.5 km_h", ["3", "5", "km", "h"]],
    ["東京 2020", ["2020"]],
  ])("%j", (text, tokens) => {
    expect(rougeTokens(text)).toEqual(tokens);
  });
});

describe("longestCommonSubsequence", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 9 });

  /** The definition: the longest subsequence of a that is one of b. */
  function byDefinition(a: readonly string[], b: readonly string[]): number {
    let best = 0;
    for (let mask = 0; mask < 1 << a.length; mask++) {
      const chosen = a.filter((_, i) => (mask >> i) & 1);
      let at = 0;
      for (const item of b) if (item === chosen[at]) at++;
      if (at === chosen.length) best = Math.max(best, at);
    }
    return best;
  }

  test("is what the definition says", () => {
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        expect(longestCommonSubsequence(a, b)).toBe(byDefinition(a, b));
      }),
    );
  });
});
