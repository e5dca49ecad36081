/** Choices and answer words in the prompt, and what they do to answers and scores. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ScoreResult } from "../../src/engine/types.js";
import { cellRequests } from "../../src/study/requests.js";
import { scoreRows } from "../../src/study/row-score.js";
import { prepareTaskRows, type TaskRows } from "../../src/study/task-rows.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { wordingsOf } from "../../src/templates/catalog.js";
import { choiceBlock } from "../../src/templates/choices.js";
import { parseOrder } from "../../src/templates/order.js";
import { selectVariants } from "../../src/templates/selection.js";
import type { PromptVariant } from "../../src/templates/variant.js";

async function asked(name: string, word: string, mode: "loglikelihood" | "generate" = "loglikelihood") {
  const [task] = builtinRegistry().select([name]);
  if (task === undefined) throw new Error(name);
  const wordings = wordingsOf(task.family);
  const space = { task, wordings, numFewshot: 1, generated: false };
  const [variant] = selectVariants(space, [word]) as [PromptVariant];
  const rows = await prepareTaskRows(task, { kind: "sample" }, { numFewshot: 1, limit: 20, seed: 1 }, [variant]);
  if ("skipped" in rows) throw new Error(rows.skipped);
  return { rows, requests: cellRequests(rows, variant, mode) };
}
const choicesOf = (rows: TaskRows, i: number) => {
  const example = rows.items[i]?.example;
  if (example === undefined || !("choices" in example)) throw new Error("no choices");
  return example;
};

describe("choices", () => {
  const block = (answer: "text" | "letter" | "both", order: string, choices = ["one", "two", "three"]) => {
    const given = parseOrder("choice-order", order);
    return choiceBlock({ answer, wrapper: "x.", numbering: "A", ...(given === undefined ? {} : { order: given }) }, choices, "q"); // prettier-ignore
  };

  test.each([
    ["text", "as-is", "- one\n- two\n- three", ["one", "two", "three"]],
    ["text", "reversed", "- three\n- two\n- one", ["one", "two", "three"]],
    ["letter", "as-is", "A. one\nB. two\nC. three", ["A", "B", "C"]],
    ["letter", "reversed", "A. three\nB. two\nC. one", ["C", "B", "A"]],
    ["letter", "rotated-1", "A. two\nB. three\nC. one", ["C", "A", "B"]],
    ["both", "rotated-4", "A. two\nB. three\nC. one", ["C. one", "A. two", "B. three"]],
  ] as const)("as %s, %s: answers stay in the row's own order", (answer, order, text, answers) => {
    expect(block(answer, order)).toEqual({ text, answers });
  });

  test("property: in any order, the letter of a choice is that of its line", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 20 }), fc.nat(99), (choices, seed) => {
        const lines = choices.map((choice) => choice.replaceAll("\n", " "));
        const { text, answers } = block("both", `shuffled-${seed}`, lines);
        const shown = text.split("\n");
        expect([...answers].sort()).toEqual([...shown].sort());
        lines.forEach((choice, i) => { expect(answers[i]?.slice(3)).toBe(choice); });
      }),
    ); // prettier-ignore
  });

  test("too many for the numbers are refused", () => {
    const many = Array.from({ length: 13 }, (_, i) => String(i));
    expect(() => choiceBlock({ answer: "letter", wrapper: "x.", numbering: "Ⅰ" }, many, "q")).toThrow("13 choices cannot be numbered with Ⅰ: it has 12 numbers"); // prettier-ignore
  });

  test("stand below the question, in shots, too", async () => {
    const { rows, requests } = await asked("arc_easy", "instruct+choices=letter");
    const { fields, choices } = choicesOf(rows, 0);
    const shown = choices.map((choice, i) => `${"ABCDE".charAt(i)}. ${choice}`).join("\n");
    const [shot, question] = requests.requests[0]?.segments ?? [];
    expect(question).toBe(
      `Please answer the following question: ${String(fields["question"])}\n${shown} The answer is `,
    );
    expect(shot).toMatch(/^Please answer .*\nA\. .*\nB\. .*(\n.*)* The answer is [A-E]\n$/);
  });

  test("and their order: gold, scores and answer stay in the row's own order", async () => {
    const { rows, requests } = await asked("hellaswag", "default+choices=letter+choice-order=shuffled-3");
    if (requests.kind !== "score") throw new Error(requests.kind);
    // A model that knows the text: it gives all its belief to the letter on the line of the right choice.
    const results = requests.requests.map(({ segments, continuations }, i): ScoreResult => {
      const { choices, gold } = choicesOf(rows, i);
      const line = (segments.at(-1) ?? "").split("\n").find((one) => one.slice(3) === choices[gold]);
      const letter = line?.[0];
      return {
        contextTokens: 1, droppedSegments: 0, truncated: false,
        continuations: continuations.map((text) => ({
          logprob: text === letter ? -0.1 : -9, tokenLogprobs: [], greedy: false, merged: false,
        })),
      };
    }); // prettier-ignore
    const scores = scoreRows(rows, requests, results);
    scores.forEach((score, i) => {
      const { gold } = choicesOf(rows, i);
      expect([score.gold, score.answer, score.metrics]).toEqual([gold, gold, { acc: 1, acc_norm: 1, acc_bytes: 1 }]);
      expect(score.logprobs?.[gold]).toBe(-0.1);
    });
    const letters = new Set(requests.answers.map((answers, i) => answers[choicesOf(rows, i).gold]));
    expect(letters.size, "the right letter is not always the same").toBeGreaterThan(2);
  });

  test("numbered ones are not ranked by the length of their numbers", async () => {
    const { rows, requests } = await asked("hellaswag", "default+choices=letter+enumerator=i.");
    if (requests.kind !== "score") throw new Error(requests.kind);
    expect(requests.requests[0]?.continuations).toEqual(["i", "ii", "iii", "iv"]);
    const [result] = requests.requests.slice(0, 1).map(
      (): ScoreResult => ({
        contextTokens: 1, droppedSegments: 0, truncated: false,
        continuations: [-2, -3, -3.3, -4].map((logprob) => ({ logprob, tokenLogprobs: [], greedy: false, merged: false })),
      }),
    ); // prettier-ignore
    const [score] = scoreRows({ ...rows, items: rows.items.slice(0, 1) }, requests, [result as ScoreResult]);
    expect(score?.answer).toBe(0);
    const mass = [-2, -3, -3.3, -4].reduce((sum, logprob) => sum + Math.exp(logprob), 0);
    expect(score?.label_mass).toBeCloseTo(mass, 12);
  });
});

describe("answer words", () => {
  test("are what is scored and what shots show", async () => {
    const { requests } = await asked("rte", "io+labels=true-maybe-false");
    if (requests.kind !== "score") throw new Error(requests.kind);
    expect(requests.requests[0]?.continuations).toEqual(["true", "maybe"]);
    expect(requests.requests[0]?.segments[0]).toMatch(/ (true|maybe)\n$/);
    expect((await asked("boolq", "io+labels=1-0")).requests.answers[0]).toEqual(["0", "1"]);
  });

  test("are what a generated answer is read for", async () => {
    const { rows, requests } = await asked("boolq", "io+labels=true-false", "generate");
    const results = rows.items.map(() => ({ contextTokens: 1, droppedSegments: 0, truncated: false, text: " True.", tokens: 2 })); // prettier-ignore
    expect(new Set(scoreRows(rows, requests, results).map(({ answer }) => answer))).toEqual(new Set([1]));
  });
});
