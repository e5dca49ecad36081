import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acc, accBytes, accNorm } from "../../src/metrics/accuracy.js";
import type { RowAnswer, RowMetric } from "../../src/metrics/metric.js";
import { argMax, codePoints, labelMass, parseLabel, utf8Bytes } from "../../src/metrics/choice.js";

/** Returns the choice that each accuracy takes for the given one: the right answer that would make it 1. */
function preferredChoice(logprobs: readonly number[], answers: readonly string[]) {
  const preferred = (metric: RowMetric) =>
    answers.findIndex((_, gold) => metric.row({ logprobs, answers, gold, numbered: false } as RowAnswer) === 1);
  return { acc: preferred(acc), acc_norm: preferred(accNorm), acc_bytes: preferred(accBytes) };
}

describe("lengths of a choice", () => {
  test.each([
    ["", 0, 0],
    ["non", 3, 3],
    ["né", 2, 3],
    ["oui!", 4, 4],
    ["ne\u0301", 3, 4],
    ["東京", 2, 6],
    ["🦊", 1, 4],
    ["👩‍👧", 3, 11],
  ])("of %j are %i code points and %i bytes", (text, points, bytes) => {
    expect(codePoints(text)).toBe(points);
    expect(utf8Bytes(text)).toBe(bytes);
  });
});

describe("the preferred choice", () => {
  test("is that of the published vector: no, maybe, probably", () => {
    expect(preferredChoice([-4, -6, -9], ["no", "maybe", "probably"])).toEqual({ acc: 0, acc_norm: 2, acc_bytes: 2 });
  });

  test("characters and bytes disagree where letters have accents", () => {
    // Per character -3, -2.1, -2.2; per byte -2, -2.1, -2.2.
    const choices = ["né", "oui!", "non"];
    expect(preferredChoice([-6, -8.4, -6.6], choices)).toEqual({ acc: 0, acc_norm: 1, acc_bytes: 0 });
  });

  test("an emoji is one character, not the two units of a JavaScript string", () => {
    // Per code point -3 and -2.5; per UTF-16 unit it would be -1.5 and -2.5.
    expect("🦊".length).toBe(2);
    expect(preferredChoice([-3, -5], ["🦊", "ab"])).toEqual({ acc: 0, acc_norm: 1, acc_bytes: 0 });
  });

  test("the first of equal choices is preferred", () => {
    expect(preferredChoice([-2, -2, -2], ["ab", "cd", "ef"])).toEqual({ acc: 0, acc_norm: 0, acc_bytes: 0 });
    expect(preferredChoice([-5, -2, -4, -2], ["a", "b", "cd", "e"])).toEqual({ acc: 1, acc_norm: 1, acc_bytes: 1 });
  });

  test("a choice without probability is never preferred, an empty one counts as one character", () => {
    expect(preferredChoice([-Infinity, -50], ["a", "b"])).toEqual({ acc: 1, acc_norm: 1, acc_bytes: 1 });
    expect(preferredChoice([-3, -4], ["", "ab"])).toEqual({ acc: 0, acc_norm: 1, acc_bytes: 1 });
  });

  test("lengths do not matter where all are equal", () => {
    const logprobs = fc.array(fc.double({ min: -500, max: -1e-6, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(logprobs, (values) => {
        const { acc, acc_norm, acc_bytes } = preferredChoice(
          values,
          values.map(() => "ab"),
        );
        expect(acc_norm).toBe(acc);
        expect(acc_bytes).toBe(acc);
      }),
    );
  });
});

describe("argMax", () => {
  test.each([
    [[], -1],
    [[3], 0],
    [[1, 3, 2], 1],
    [[2, 3, 3], 1],
    [[-Infinity, -Infinity], 0],
  ])("%j", (values, index) => {
    expect(argMax(values)).toBe(index);
  });

  test("is the first index of the largest value", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1 }), (values) => {
        expect(argMax(values)).toBe(values.indexOf(Math.max(...values)));
        expect(argMax(Float64Array.from(values))).toBe(argMax(values));
      }),
    );
  });
});

describe("labelMass", () => {
  test("the label mass is the sum of the probabilities of the labels", () => {
    expect(labelMass([Math.log(0.5), Math.log(0.25)])).toBeCloseTo(0.75, 15);
    expect(labelMass([-Infinity, -1000])).toBe(0);
    expect(labelMass([])).toBe(0);
  });

  test("is 1 for the whole of a distribution", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1 }), (logits) => {
        const top = Math.max(...logits);
        const logsum = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
        expect(labelMass(logits.map((logit) => logit - logsum))).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe("parseLabel", () => {
  const NLI = ["entailment", "neutral", "contradiction"];
  const YES_NO = ["no", "yes"];

  test.each([
    ["yes", 1],
    ["no", 0],
    [" Yes, because the passage says so", 1],
    ["YES.", 1],
    ["\n\n(no)", 0],
    ["-> no\nPassage:", 0],
    ["no-one", 0],
    ["no's", 0],
    ["no 2", 0],
    ["now", -1],
    ["nobody knows", -1],
    ["no2", -1],
    ["noël", -1],
    ["no東", -1],
    ["yesterday", -1],
    ["the answer is yes", -1],
    ['"yes"', -1],
    ["maybe", -1],
    ["y", -1],
    ["", -1],
    [" .,()\n-><", -1],
  ])("reads %j as one of no, yes", (text, index) => {
    expect(parseLabel(text, YES_NO)).toBe(index);
  });

  test("the order of the labels does not decide", () => {
    expect(NLI.map((label) => parseLabel(` ${label}.`, NLI))).toEqual([0, 1, 2]);
    expect(parseLabel("neutral, not entailment", NLI)).toBe(1);
  });

  test("of two labels of which one begins the other, the longer that fits is read", () => {
    for (const labels of [
      ["not", "not entailed"],
      ["not entailed", "not"],
    ]) {
      expect(parseLabel("not entailed at all", labels)).toBe(labels.indexOf("not entailed"));
      expect(parseLabel("not entailedly", labels)).toBe(labels.indexOf("not"));
      expect(parseLabel("not so", labels)).toBe(labels.indexOf("not"));
    }
  });

  test("labels are cleaned as texts are", () => {
    expect(parseLabel("b) the second", ["(A)", "(B)"])).toBe(1);
    expect(parseLabel("ÉTÉ", ["hiver", "été"])).toBe(1);
  });

  test("reads nothing where there are no labels", () => {
    expect(parseLabel("yes", [])).toBe(-1);
  });

  test("finds a label whatever stands around it, as long as the word ends", () => {
    const around = fc.array(fc.constantFrom(" ", ".", ",", "(", ")", "\n", "-", ">", "<"));
    const rest = fc.tuple(fc.constantFrom(" ", ",", ".", "\n", ")", "/", "'"), fc.string());
    fc.assert(
      fc.property(fc.constantFrom(...NLI), around, fc.option(rest), (label, before, after) => {
        const text = before.join("") + label.toUpperCase() + (after?.join("") ?? "");
        expect(parseLabel(text, NLI)).toBe(NLI.indexOf(label));
      }),
    );
  });
});
