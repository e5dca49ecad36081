import { defineTask } from "../contract.js";
import { keyIndex } from "../helpers.js";

/** Asks grade-school science questions, the easy part. */
export default defineTask<{
  question: string;
  choices: { text: string[]; label: string[] };
  answerKey: string;
}>({
  name: "arc_easy",
  description: "Grade-school science questions, the easy part.",
  family: "multiple_choice",
  dataset: "arc_easy",
  tags: ["choice"],
  answer: { kind: "multiple-choice" },
  metric: "acc_norm",
  toExample: (row) => ({
    fields: { question: row.question },
    choices: row.choices.text,
    gold: keyIndex(row.choices.label, row.answerKey),
  }),
});
