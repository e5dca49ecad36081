/** Tests that what toExample returns is checked before anything is scored. */

import { describe, expect, test } from "vitest";
import { checkTask, type Answer } from "../../src/tasks/contract.js";
import { defineFamily } from "../../src/tasks/families/family.js";
import { checkExample } from "../../src/tasks/example.js";

/** Holds a family that asks for every kind of answer. */
const sky = defineFamily({
  name: "sky",
  description: "What flies.",
  fields: {
    premise: { meaning: "what is known", called: "Premise" },
    hypothesis: { meaning: "what may follow", called: "Hypothesis" },
  },
  answer: { called: "Answer", kinds: ["classification", "multiple-choice", "generation"] },
  wordings: { short: "{{premise}} {{hypothesis}}", long: "Given {{premise}}, is it so that {{hypothesis}}?" },
});

const taskWith = (answer: Answer) =>
  checkTask(
    {
      name: "kites",
      description: "Kites.",
      family: sky,
      dataset: "rte",
      answer,
      metric: answer.kind === "generation" ? "rouge_l" : "acc",
      toExample: () => undefined,
    },
    "test",
  );
const classification = taskWith({ kind: "classification", labels: ["no", "yes"] });
const choice = taskWith({ kind: "multiple-choice" });
const generation = taskWith({ kind: "generation", maxNewTokens: 5, stop: [] });
const fields = { premise: "a", hypothesis: "" };

test("examples that fit come back as they are", () => {
  const fitting = [
    [classification, { fields, gold: 1 }],
    [choice, { fields, choices: ["a", "b", "c"], gold: 2 }],
    [generation, { fields, references: ["", "b"] }],
  ] as const;
  for (const [task, example] of fitting) expect(checkExample(task, example)).toEqual(example);
});

describe("refused:", () => {
  test.each([
    [classification, undefined, "toExample returned no example"],
    [classification, Promise.resolve({ fields, gold: 1 }), "toExample returned a promise; write it without async"],
    [
      classification,
      { fields: { ...fields, hypotesis: "b" }, gold: 1 },
      'the family sky has no field "hypotesis", which the example has; did you mean "hypothesis"?',
    ],
    [
      classification,
      { fields: { ...fields, premise: "a\ud83d" }, gold: 1 },
      'the field "premise" has half of a surrogate pair, which is no character',
    ],
    [
      choice,
      { fields, choices: ["a", "\ude00"], gold: 0 },
      "number 2 of the example's choices has half of a surrogate pair",
    ],
    [classification, { gold: 1 }, "the example has no fields"],
    [classification, { fields: { premise: "a" }, gold: 1 }, 'no field "hypothesis", which the family sky needs'],
    [classification, { fields: { ...fields, premise: 3 }, gold: 1 }, 'the field "premise" of the example is no text'],
    [classification, { fields }, "the example has no gold answer"],
    [classification, { fields, references: ["yes"] }, "the example has no gold answer"],
    [classification, { fields, gold: 2 }, "the gold answer is 2, not a number from 0 to 1; an unlabelled row?"],
    [classification, { fields, gold: -1 }, "the gold answer is -1, not a number from 0 to 1"],
    [classification, { fields, gold: 0.5 }, "the gold answer is 0.5, not a number from 0 to 1"],
    [classification, { fields, gold: NaN }, "the gold answer is null, not a number from 0 to 1"],
    [classification, { fields, gold: "1" }, 'the gold answer is "1", not a number from 0 to 1'],
    [classification, { fields, gold: 1, choices: ["a", "b"] }, "a classification task is answered with its labels"],
    [choice, { fields, gold: 0 }, "the example has no choices; needed: 2 or more"],
    [choice, { fields, choices: ["a"], gold: 0 }, "the example has 1 choices; needed: 2 or more"],
    [choice, { fields, choices: ["a", 2], gold: 0 }, "number 2 of the example's choices is no text"],
    [choice, { fields, choices: ["a", "b"], gold: 2 }, "the gold answer is 2, not a number from 0 to 1"],
    [generation, { fields, references: [] }, "the example has no references; needed: 1 or more"],
    [generation, { fields, references: "text" }, "the example has no references; needed: 1 or more"],
    [generation, { fields, references: [undefined] }, "number 1 of the example's references is no text"],
    [generation, { fields, gold: 0 }, "the example has no references"],
  ])("case %#", (task, value, message) => {
    expect(() => checkExample(task, value)).toThrow(message);
  });
});
