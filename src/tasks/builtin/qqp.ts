import { defineTask } from "../contract.js";

/** Asks whether questions of a question-and-answer site are duplicates. */
export default defineTask<{ question1: string; question2: string; label: number }>({
  name: "qqp",
  description: "Duplicate questions of a question-and-answer site.",
  family: "paraphrase",
  dataset: "qqp",
  tags: ["classification"],
  answer: { kind: "classification", labels: ["no", "yes"], means: ["no", "yes"] },
  metric: "acc",
  toExample: (row) => ({
    fields: { sentence1: row.question1, sentence2: row.question2 },
    gold: row.label,
  }),
});
