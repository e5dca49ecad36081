/**
 * Values of scikit-learn, scipy, lm-evaluation-harness and of SQuAD's normalisation in Python: test/golden/metrics.py.
 */

import { describe, expect, test } from "vitest";
import { classF1, macroF1, mcc } from "../../src/metrics/class-counts.js";
import { containsOf } from "../../src/metrics/contains.js";
import { pearson, spearman } from "../../src/metrics/correlation.js";
import { exactMatchOf, normalAnswer } from "../../src/metrics/exact-match.js";
import { brierScore } from "../../src/metrics/likelihood.js";
import { rougeN } from "../../src/metrics/rouge.js";
import { tokenF1Of } from "../../src/metrics/token-f1.js";
import golden from "../golden/metrics.json" with { type: "json" };

describe("Text metrics", () => {
  test(`normalise as Python ${golden.versions.python} does, in all scripts`, () => {
    expect(golden.normal.length).toBe(800);
    for (const [text, expected] of golden.normal)
      expect(normalAnswer(text as string), JSON.stringify(text)).toBe(expected);
  });

  test("give exact match and token F1 as SQuAD's script does", () => {
    for (const [target, text, exact, f1] of golden.pairs as [string, string, number, number][]) {
      expect(exactMatchOf(target, text)).toBe(exact);
      expect(tokenF1Of(target, text)).toBeCloseTo(f1, 12);
    }
    expect(golden.pairs.filter(([, , exact]) => exact === 1).length).toBeGreaterThan(20);
  });

  test("know letters beyond ASCII", () => {
    expect(exactMatchOf("año", "ño")).toBe(0);
    expect(exactMatchOf("The año", "año")).toBe(1);
    expect(tokenF1Of("théâtre", "th tre")).toBe(0);
  });

  test(`give ROUGE-1 and ROUGE-2 of rouge_score ${golden.versions["rouge-score"]}`, () => {
    for (const [target, text, one, two] of golden.rouge as [string, string, number, number][]) {
      expect(rougeN(1, target, text).f1).toBeCloseTo(one, 12);
      expect(rougeN(2, target, text).f1).toBeCloseTo(two, 12);
    }
  });

  test.each([
    ["lime", "It is a Lime, I think.", 1],
    ["a lime", "lime", 1],
    ["lime", "limes", 0],
    ["ño", "año", 0],
    ["New York", "in new\n york!", 1],
    ["York New", "New York", 0],
    ["the", "the", 1],
    ["the", "lime", 0],
    ["", "", 1],
  ])("contains: %j in %j is %d", (target, text, expected) => {
    expect(containsOf(target, text)).toBe(expected);
  });
});

describe("Metrics of all rows together", () => {
  test(`are those of scikit-learn ${golden.versions["scikit-learn"]}`, () => {
    for (const { labels: count, gold, answers, f1, macro, mcc: expected } of golden.sets) {
      const rows = gold.map((label, i) => ({ gold: label, choice: answers[i] as number }));
      const labels = Array.from({ length: count }, (_, label) => `label ${label}`);
      labels.forEach((label, i) => {
        expect(classF1(label).set(rows, labels).all).toBeCloseTo(f1[i] as number, 12);
      });
      expect(macroF1.set(rows, labels).all).toBeCloseTo(macro, 12);
      expect(mcc.set(rows, labels).all).toBeCloseTo(expected, 12);
    }
  });

  test(`correlate as scipy ${golden.versions.scipy} does`, () => {
    for (const { grades, logprobs, pearson: r, spearman: rho } of golden.correlations) {
      const rows = grades.map((grade, i) => ({ gold: 0, choice: 0, grade, logprobs: logprobs[i] as number[] }));
      expect(pearson.set(rows, ["no", "yes"]).all).toBeCloseTo(r, 10);
      expect(spearman.set(rows, ["no", "yes"]).all).toBeCloseTo(rho, 10);
    }
  });

  test.each([macroF1, mcc, classF1("b"), pearson, spearman])(
    "$name without each row is that of the other rows",
    (metric) => {
      const labels = ["a", "b", "c"];
      const rows = Array.from({ length: 17 }, (_, i) => ({
        gold: (i * 7) % 3,
        choice: (i * i) % 3,
        grade: (i * 5) % 4,
        logprobs: [0, -((i * 3) % 5), -1],
      }));
      const { without } = metric.set(rows, labels);
      rows.forEach((_, i) => {
        const others = rows.filter((__, other) => other !== i);
        expect(without[i]).toBeCloseTo(metric.set(others, labels).all, 12);
      });
    },
  );

  test("are not defined where truth or answers do not vary, an answer cannot be read or grades are missing", () => {
    const row = (grade: number | undefined, choice: number) => ({
      gold: 0,
      choice,
      ...(grade === undefined ? {} : { grade }),
    });
    const value = (rows: ReturnType<typeof row>[]) => pearson.set(rows, ["no", "yes"]).all;
    expect(value([row(1, 0), row(2, 1), row(3, 1)])).toBeCloseTo(0.866, 3);
    expect(value([row(1, 1), row(2, 1), row(3, 1)])).toBeNaN();
    expect(value([row(1, 0), row(1, 1), row(1, 1)])).toBeNaN();
    expect(value([row(1, -1), row(2, 1), row(3, 1)])).toBeNaN();
    expect(value([row(undefined, 0), row(2, 1), row(3, 1)])).toBeNaN();
    expect(classF1("maybe").set([row(1, 0)], ["no", "yes"]).all).toBeNaN();
  });
});

test(`The Brier score is that of lm-evaluation-harness ${golden.versions.lm_eval}`, () => {
  const about = { answers: [], numbered: false, whole: true, references: [] };
  for (const { logprobs, gold, brier_score } of golden.brier) {
    const values = logprobs.map(
      (own, i) => brierScore.row({ ...about, logprobs: own, gold: gold[i] as number }) ?? NaN,
    );
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(brier_score, 12);
  }
});
