import { describe, expect, test } from "vitest";
import { loadRows, type LoadedRows, type Row } from "../../src/datasets/index.js";
import type { Example, Task } from "../../src/tasks/contract.js";
import { checkExample } from "../../src/tasks/example.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { answerChoices, answerText } from "../../src/templates/render.js";
import { fieldNames } from "../../src/tasks/families/family.js";
import { variantsOfFamily } from "../support/families.js";

const tasks = builtinRegistry().all();
const toExample = (name: string, row: Row): Example => {
  const task = tasks.find((one) => one.name === name);
  if (task === undefined) throw new Error(name);
  return checkExample(task, task.toExample(row));
};

const nli = (label: number): Row => ({ premise: "p", hypothesis: "h", label });
const pair = (label: number): Row => ({ sentence1: "a", sentence2: "b", label });
const science = {
  support: "Ice is frozen water.",
  question: "What is ice?",
  correct_answer: "water",
  distractor1: "iron",
  distractor2: "salt",
  distractor3: "sand",
};
const choices = (text: string[], label: string[], answerKey: string): Row => ({
  question: "q?",
  choices: { text, label },
  answerKey,
});

/** Holds one row as the hub has it, and the question that it is. */
const CASES: [string, string, Row, Example][] = [
  ["xsum", "", { document: "long", summary: "short" }, { fields: { document: "long" }, references: ["short"] }],
  ["xlsum", "", { text: "long", summary: "short" }, { fields: { document: "long" }, references: ["short"] }],
  [
    "cnn_dailymail",
    "",
    { article: "long", highlights: "one\ntwo" },
    { fields: { document: "long" }, references: ["one\ntwo"] },
  ],
  [
    "socialiqa",
    "all three answers, whichever is right",
    { context: "c", question: "q?", answerA: "x", answerB: "y", answerC: "z", label: "2" },
    { fields: { context: "c", answers: "Answer A: x Answer B: y Answer C: z" }, references: ["q?"] },
  ],
  [
    "sciq",
    "",
    science,
    { fields: { context: "Ice is frozen water.", answers: "water" }, references: ["What is ice?"] },
  ],
  [
    "tweetqa",
    "two answers",
    { Tweet: "t", Question: "q?", Answer: ["one", "two"] },
    { fields: { context: "t", answers: "Answer A: one Answer B: two" }, references: ["q?"] },
  ],
  [
    "tweetqa",
    "the same answer twice",
    { Tweet: "t", Question: "q?", Answer: ["one", "one"] },
    { fields: { context: "t", answers: "one" }, references: ["q?"] },
  ],
  ["mnli_matched", "entailment", nli(0), { fields: { premise: "p", hypothesis: "h" }, gold: 0 }],
  ["mnli_mismatched", "neutral", nli(1), { fields: { premise: "p", hypothesis: "h" }, gold: 1 }],
  ["rte", "not entailed", pair(1), { fields: { premise: "a", hypothesis: "b" }, gold: 1 }],
  [
    "gpt3nli",
    "contradiction",
    { text_a: "p", text_b: "h", label: 2 },
    { fields: { premise: "p", hypothesis: "h" }, gold: 2 },
  ],
  ["paws", "", pair(1), { fields: { sentence1: "a", sentence2: "b" }, gold: 1 }],
  [
    "qqp",
    "",
    { question1: "a?", question2: "b?", label: 0 },
    { fields: { sentence1: "a?", sentence2: "b?" }, gold: 0 },
  ],
  ["stsb", "at the threshold", pair(3.5), { fields: { sentence1: "a", sentence2: "b" }, gold: 0, grade: 3.5 }],
  ["stsb", "above the threshold", pair(3.51), { fields: { sentence1: "a", sentence2: "b" }, gold: 1, grade: 3.51 }],
  [
    "arc_easy",
    "three choices",
    choices(["x", "y", "z"], ["A", "B", "C"], "C"),
    { fields: { question: "q?" }, choices: ["x", "y", "z"], gold: 2 },
  ],
  [
    "arc_challenge",
    "five choices with numbers for keys",
    choices(["v", "w", "x", "y", "z"], ["1", "2", "3", "4", "5"], "4"),
    { fields: { question: "q?" }, choices: ["v", "w", "x", "y", "z"], gold: 3 },
  ],
  [
    "openbookqa",
    "",
    { question_stem: "ice is", choices: { text: ["x", "y"], label: ["A", "B"] }, answerKey: "B" },
    { fields: { question: "ice is" }, choices: ["x", "y"], gold: 1 },
  ],
  [
    "hellaswag",
    "a label that is text",
    { ctx: "She", endings: ["a", "b", "c", "d"], label: "3" },
    { fields: { context: "She" }, choices: ["a", "b", "c", "d"], gold: 3 },
  ],
  [
    "boolq",
    "",
    { question: "is it", passage: "p", answer: true },
    { fields: { passage: "p", question: "is it" }, gold: 1 },
  ],
  [
    "sciq_mcq",
    "in a drawn order",
    science,
    { fields: { question: "What is ice?" }, choices: ["iron", "water", "sand", "salt"], gold: 1 },
  ],
];

test.each(CASES)("a row of %s %s becomes the example that it should", (name, _what, row, expected) => {
  expect(toExample(name, row)).toEqual(expected);
});

test("every task has such a row", () => {
  expect([...new Set(CASES.map(([name]) => name))].sort()).toEqual(tasks.map(({ name }) => name).sort());
});

test("labels are the experiment's words", () => {
  const labels = Object.fromEntries(
    tasks.flatMap(({ name, answer }) => (answer.kind === "classification" ? [[name, answer.labels.join(" ")]] : [])),
  );
  expect(labels).toEqual({
    mnli_matched: "entailment neutral contradiction",
    mnli_mismatched: "entailment neutral contradiction",
    rte: "entailment neutral",
    gpt3nli: "entailment neutral contradiction",
    paws: "no yes",
    qqp: "no yes",
    stsb: "no yes",
    boolq: "no yes",
  });
});

test("generation writes at most 60 tokens, to the end of the line", () => {
  const generating = tasks.filter(({ answer }) => answer.kind === "generation");
  expect(generating.map(({ name }) => name)).toEqual([
    "xsum",
    "xlsum",
    "cnn_dailymail",
    "socialiqa",
    "sciq",
    "tweetqa",
  ]);
  for (const { answer, metric } of generating) {
    expect(answer).toEqual({ kind: "generation", maxNewTokens: 60, stop: ["\n"] });
    expect(metric).toBe("rouge_l");
  }
});

test.each(["arc_easy", "arc_challenge", "openbookqa"])("a key of %s that is none of its labels is refused", (name) => {
  const row = { ...choices(["x", "y"], ["A", "B"], "3"), question_stem: "q" };
  expect(() => toExample(name, row)).toThrow('answerKey "3" is none of the labels A, B');
});

describe.each(tasks.map((task): [string, Task] => [task.name, task]))("sample rows of %s", (name, task) => {
  test("are all questions with a right answer", async () => {
    const loaded = (await loadRows(name, task.dataset, { kind: "sample" })) as LoadedRows;
    const rows = [...loaded.evalRows, ...(loaded.trainRows ?? [])];
    expect(rows.length).toBeGreaterThanOrEqual(56);
    const golds = new Set<number>();
    const [variant] = variantsOfFamily(task.family);
    if (variant === undefined) throw new Error(task.family.name);
    for (const row of rows) {
      const example = checkExample(task, task.toExample(row));
      expect(Object.keys(example.fields).sort()).toEqual([...fieldNames(task.family)].sort());
      // Some questions of sciq have no supporting text; nothing else is ever empty.
      const maybeEmpty = name === "sciq" ? ["context"] : [];
      for (const [field, text] of Object.entries(example.fields)) {
        if (!maybeEmpty.includes(field)) expect(text.trim(), field).not.toBe("");
      }
      expect(answerText(variant, task, example).trim()).not.toBe("");
      if ("gold" in example) {
        golds.add(example.gold);
        const answers = answerChoices(variant, task, example);
        expect(new Set(answers).size, "answers that differ").toBe(answers.length);
      }
    }
    if (task.answer.kind !== "generation") expect(golds.size).toBeGreaterThan(1);
  });
});
