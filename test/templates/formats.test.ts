/** Tests every prompt byte for byte: one stray space and the scores are those of another experiment. */

import { describe, expect, test } from "vitest";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { FAMILY_NAMES, familyNamed, variantsOfFamily } from "../support/families.js";
import type { Example } from "../../src/tasks/contract.js";
import { EXPERIMENT_FORMATS } from "../../src/templates/catalog.js";
import { renderPrompt, renderShot } from "../../src/templates/render.js";
import type { PromptVariant } from "../../src/templates/variant.js";

const variantOfId = (family: string, id: string) =>
  variantsOfFamily(familyNamed(family)).find((variant) => variant.id === id) as PromptVariant;
const taskOf = (name: string) => {
  const [task] = builtinRegistry().select([name]);
  if (task === undefined) throw new Error(name);
  return task;
};

const FIELDS = {
  summarization: { document: "A cat sat." },
  question_generation: { context: "A cat sat.", answers: "Answer A: a cat Answer B: a dog" },
  nli: { premise: "A cat sat.", hypothesis: "A cat ran." },
  paraphrase: { sentence1: "A cat sat.", sentence2: "There sat a cat." },
  multiple_choice: { question: "Who sat?" },
  sentence_completion: { context: "A cat" },
  reading_comprehension: { passage: "A cat sat.", question: "did a cat sit" },
  text_classification: { text: "A cat sat.", question: "Is it calm?" },
  open_qa: { passage: "A cat sat.", question: "Who sat?" },
  cloze: { text: "A cat sat on the" },
  word_problems: { problem: "One cat and one cat: how many?" },
  translation: { source: "German", target: "English", text: "Katze" },
} as const satisfies Record<string, Record<string, string>>;

/** Holds the paper's printed formats, and those made in their manner for the families it does not print. */
const EXPECTED: [keyof typeof FIELDS, string, string][] = [
  ["summarization", "default", "### Input: A cat sat.\n ### Summary: "],
  ["summarization", "instruct", "Please read the following text: A cat sat. Provide a summary: "],
  ["summarization", "io", "A cat sat. "],
  [
    "question_generation",
    "default",
    "### Input: A cat sat.\n ### Answer: Answer A: a cat Answer B: a dog\n ### Question: ",
  ],
  [
    "question_generation",
    "instruct",
    "Given the context: A cat sat. And the answer: Answer A: a cat Answer B: a dog Generate a suitable question: ",
  ],
  ["question_generation", "io", "A cat sat. Answer A: a cat Answer B: a dog "],
  ["nli", "default", "### Input_1: A cat sat.\n ### Input_2: A cat ran.\n ### Inference: "],
  ["nli", "instruct", "Consider the following texts: Text 1: A cat sat. Text 2: A cat ran. The relation is "],
  ["nli", "io", "A cat sat. A cat ran. "],
  [
    "paraphrase",
    "default",
    "### Input_1: A cat sat.\n ### Input_2: There sat a cat.\n ### Paraphrase Classification: ",
  ],
  [
    "paraphrase",
    "instruct",
    "Let's compare the two sentences: Sentence_1: A cat sat. Sentence_2: There sat a cat. Are they paraphrasing?: ",
  ],
  ["paraphrase", "io", "A cat sat. There sat a cat. "],
  ["multiple_choice", "default", "### Question: Who sat?\n ### Answer: "],
  ["multiple_choice", "instruct", "Please answer the following question: Who sat? The answer is "],
  ["multiple_choice", "io", "Who sat? "],
  ["sentence_completion", "default", "### Input: A cat\n ### Continuation: "],
  [
    "sentence_completion",
    "instruct",
    "Please read the beginning of the following text: A cat Provide a continuation: ",
  ],
  ["sentence_completion", "io", "A cat "],
  ["reading_comprehension", "default", "### Passage: A cat sat.\n ### Question: did a cat sit\n ### Answer: "],
  [
    "reading_comprehension",
    "instruct",
    "Please read the following text: A cat sat. Answer the question with yes or no: did a cat sit The answer is ",
  ],
  ["reading_comprehension", "io", "A cat sat. did a cat sit "],
  ["text_classification", "default", "### Text: A cat sat.\n ### Question: Is it calm?\n ### Label: "],
  [
    "text_classification",
    "instruct",
    "Please read the following text: A cat sat. Answer this question about it: Is it calm? The label that fits is ",
  ],
  ["text_classification", "io", "A cat sat. Is it calm? "],
  ["open_qa", "default", "### Passage: A cat sat.\n ### Question: Who sat?\n ### Answer: "],
  [
    "open_qa",
    "instruct",
    "Please read the following text: A cat sat. Give a short answer to this question: Who sat? The answer is ",
  ],
  ["open_qa", "io", "A cat sat. Who sat? "],
  ["cloze", "default", "### Text: A cat sat on the\n ### Next word: "],
  [
    "cloze",
    "instruct",
    "Please read the beginning of the following text: A cat sat on the The word that comes next is ",
  ],
  ["cloze", "io", "A cat sat on the "],
  ["word_problems", "default", "### Problem: One cat and one cat: how many?\n ### Answer: "],
  ["word_problems", "instruct", "Please solve the following problem: One cat and one cat: how many? The answer is "],
  ["word_problems", "io", "One cat and one cat: how many? "],
  [
    "translation",
    "default",
    "### Source language: German\n ### Target language: English\n ### Text: Katze\n ### Translation: ",
  ],
  [
    "translation",
    "instruct",
    "Please translate the following text from German into English: Katze The translation is ",
  ],
  ["translation", "io", "German English Katze "],
];

test.each(EXPECTED)("%s / %s", (family, id, expected) => {
  expect(renderPrompt(variantOfId(family, id), { fields: FIELDS[family] })).toBe(expected);
});

test("what is said of a field that may be left out is left out with it", () => {
  const { question } = FIELDS.open_qa;
  const prompts = EXPERIMENT_FORMATS.map((id) =>
    renderPrompt(variantOfId("open_qa", id), { fields: { passage: "", question } }),
  );
  expect(prompts).toEqual([
    "### Question: Who sat?\n ### Answer: ",
    "Give a short answer to this question: Who sat? The answer is ",
    "Who sat? ",
  ]);
});

test("every format of every family is expected above", () => {
  const known = FAMILY_NAMES.flatMap((family) => EXPERIMENT_FORMATS.map((id) => `${family}/${id}`));
  expect(EXPECTED.map(([family, id]) => `${family}/${id}`).sort()).toEqual(known.sort());
});

describe("a few-shot example is prompt, answer and newline", () => {
  const shot = (name: string, id: string, example: Example) => {
    const task = taskOf(name);
    return renderShot(variantOfId(task.family.name, id), task, example);
  };

  test("a shot of a classification ends with its label", () => {
    expect(shot("mnli_matched", "default", { fields: FIELDS.nli, gold: 2 })).toBe(
      "### Input_1: A cat sat.\n ### Input_2: A cat ran.\n ### Inference: contradiction\n",
    );
    expect(shot("qqp", "io", { fields: FIELDS.paraphrase, gold: 1 })).toBe("A cat sat. There sat a cat. yes\n");
  });

  test("with the text of the right choice", () => {
    expect(shot("arc_easy", "default", { fields: FIELDS.multiple_choice, choices: ["a dog", "a cat"], gold: 1 })).toBe(
      "### Question: Who sat?\n ### Answer: a cat\n",
    );
  });

  test("are answered by the first reference", () => {
    expect(shot("xsum", "instruct", { fields: FIELDS.summarization, references: ["Cat sits.", "Never shown."] })).toBe(
      "Please read the following text: A cat sat. Provide a summary: Cat sits.\n",
    );
  });
});
