import { defineTask } from "../contract.js";
import { keyIndex } from "../helpers.js";

/** Asks grade-school science questions that retrieval and co-occurrence get wrong. */
export default defineTask<{
  question: string;
  choices: { text: string[]; label: string[] };
  answerKey: string;
}>({
  name: "arc_challenge",
  description: "Grade-school science questions that retrieval and co-occurrence get wrong.",
  family: "multiple_choice",
  dataset: "arc_challenge",
  tags: ["choice"],
  answer: { kind: "multiple-choice" },
  metric: "acc_norm",
  toExample: (row) => ({
    fields: { question: row.question },
    choices: row.choices.text,
    gold: keyIndex(row.choices.label, row.answerKey),
  }),
});
