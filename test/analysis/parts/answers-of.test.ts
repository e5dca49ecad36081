import { expect, test } from "vitest";
import { answersOf } from "../../../src/analysis/parts/answers-of.js";

test("prompts whose answers could not be read give no one answer", () => {
  const answers = {
    prompts: 3,
    items: 20,
    labels: 2,
    // All of one label; none that could be read; nineteen of one label and one that could not be read.
    answers: Int32Array.from({ length: 60 }, (_, at) => (at < 20 ? 1 : at < 40 || at === 59 ? -1 : 0)),
    gold: new Int32Array(20),
    sameLabels: true,
    logprobs: null,
    firstToken: false,
  };
  const prompts = ["a", "b", "c"].map((id) => ({ id, seen: null, axes: {} }));
  expect(answersOf(answers, prompts)?.one_answer_prompts).toBe(2);
});
