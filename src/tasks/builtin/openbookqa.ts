import { defineTask } from "../contract.js";
import { keyIndex } from "../helpers.js";

/** Asks elementary science questions that need a fact and common knowledge. */
export default defineTask<{
  question_stem: string;
  choices: { text: string[]; label: string[] };
  answerKey: string;
}>({
  name: "openbookqa",
  description: "Elementary science questions that need a fact and common knowledge.",
  family: "multiple_choice",
  dataset: "openbookqa",
  tags: ["choice"],
  answer: { kind: "multiple-choice" },
  metric: "acc_norm",
  toExample: (row) => ({
    fields: { question: row.question_stem },
    choices: row.choices.text,
    gold: keyIndex(row.choices.label, row.answerKey),
  }),
});
