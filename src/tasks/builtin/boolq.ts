import { defineTask } from "../contract.js";

/** Asks yes/no questions about a passage. */
export default defineTask<{ question: string; passage: string; answer: boolean }>({
  name: "boolq",
  description: "Yes/no questions about a passage.",
  family: "reading_comprehension",
  dataset: "boolq",
  tags: ["classification"],
  answer: { kind: "classification", labels: ["no", "yes"], means: ["no", "yes"] },
  metric: "acc",
  toExample: (row) => ({
    fields: { passage: row.passage, question: row.question },
    gold: row.answer ? 1 : 0,
  }),
});
