/** Words for what labels mean. */

import { describe, expect, test } from "vitest";
import { checkTask, type Answer } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { templatesWith, wordingsOf } from "../../src/templates/catalog.js";
import { ANSWER_WORDS, answerWordsFor, foreignAnswerNotes, labelsIn, ownWords } from "../../src/templates/labels.js";
import { selectVariants } from "../../src/templates/selection.js";
import { promptSpace } from "../../src/study/task-prompts.js";
import { familyNamed } from "../support/families.js";

const made = (answer: Answer) =>
  checkTask(
    {
      name: "made", description: "Made.", family: "nli", dataset: { columns: { a: "string" } }, metric: "acc", answer,
      toExample: () => ({ fields: {}, gold: 0 }),
    },
    "test",
  ); // prettier-ignore

describe("sets of answer words", () => {
  test("every built-in classification task has three, its own first, and all mean the same label at the same place", () => {
    for (const task of builtinRegistry().all()) {
      const { answer } = task;
      const sets = answerWordsFor(task);
      expect(sets).toHaveLength(answer.kind === "classification" ? 3 : 0);
      if (answer.kind !== "classification") continue;
      expect(ownWords(task)).toBe(sets[0]);
      expect(labelsIn(task, undefined)).toEqual(answer.labels);
      const places = { entailment: ["true", "yes"], neutral: ["maybe"], contradiction: ["false", "no"], yes: ["yes", "true", "1"], no: ["no", "false", "0"] }; // prettier-ignore
      for (const name of sets.slice(1)) {
        labelsIn(task, ANSWER_WORDS[name]).forEach((word, i) => {
          expect(places[answer.labels[i] as keyof typeof places]).toContain(word);
        });
      }
    }
  });

  test("a task with labels of its own keeps them until it says what they mean", () => {
    const labels = ["stimmt nicht", "stimmt"];
    expect(answerWordsFor(made({ kind: "classification", labels }))).toEqual([]);
    const meant = made({ kind: "classification", labels, means: ["no", "yes"] });
    expect([ownWords(meant), answerWordsFor(meant)]).toEqual([undefined, ["yes-no", "true-false", "1-0"]]);
    expect(labelsIn(meant, ANSWER_WORDS["true-false"])).toEqual(["false", "true"]);
  });

  test.each([
    [["yes"], "task made: 2 labels and 1 meanings; give one for each label"],
    [["yes", "nope"], 'answer.means.1 is "nope"'],
    [["yes", "yes"], "answer.means must NOT have duplicate items"],
  ])("meanings %j are refused", (means, message) => {
    expect(() => made({ kind: "classification", labels: ["a", "b"], means } as Answer)).toThrow(message);
  });
});

describe("a wording that names answers that the task does not have", () => {
  const [instruct] = wordingsOf(familyNamed("reading_comprehension")).filter(({ id }) => id === "instruct");
  const mood = (labels: string[]) =>
    checkTask(
      {
        name: "mood", description: "Moods.", family: "reading_comprehension", dataset: { columns: { a: "string" } }, metric: "acc",
        answer: { kind: "classification", labels }, toExample: () => ({ fields: {}, gold: 0 }),
      },
      "test",
    ); // prettier-ignore
  const space = (labels: string[]) =>
    promptSpace(mood(labels), templatesWith([]), { numFewshot: 0, answer: "loglikelihood" });

  test("is refused by name, and left out of designs and samples", () => {
    const of = space(["negative", "positive"]);
    expect(() => selectVariants(of, ["instruct"])).toThrow(
      'prompt "instruct" does not go with mood: the wording instruct itself names the answers yes and no, and mood has others',
    );
    for (const word of ["design", "wording", "paper", "cross:40"]) {
      expect(
        selectVariants(of, [word]).filter(({ template }) => template.id === "instruct"),
        word,
      ).toEqual([]);
    }
    expect(selectVariants(of, ["design"])).toHaveLength(24);
    expect(foreignAnswerNotes(of.task, of.wordings)).toEqual([
      "the wording instruct is left out: it names the answers yes and no, and the task has others",
    ]);
  });

  test("stays where the labels are these, also without their meanings", () => {
    expect(selectVariants(space(["no", "yes"]), ["instruct"])).toHaveLength(1);
    expect(selectVariants(space(["no", "yes", "unsure"]), ["instruct"])).toHaveLength(1);
  });

  test("no built-in wording is left out of a built-in task", () => {
    expect(instruct).toBeDefined();
    for (const task of builtinRegistry().all()) {
      expect(foreignAnswerNotes(task, wordingsOf(task.family)), task.name).toEqual([]);
    }
  });
});
