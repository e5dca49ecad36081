import { defineTask } from "../contract.js";
import { inDrawnOrder } from "../helpers.js";

/** Asks for the answer to a science question among four; a second view of sciq, not part of "all". */
export default defineTask<{
  question: string;
  correct_answer: string;
  distractor1: string;
  distractor2: string;
  distractor3: string;
}>({
  name: "sciq_mcq",
  description: 'The answer to a science question among four; a second view of sciq, not part of "all".',
  family: "multiple_choice",
  dataset: "sciq",
  tags: ["choice", "extra"],
  answer: { kind: "multiple-choice" },
  metric: "acc_norm",
  toExample: (row) => ({
    fields: { question: row.question },
    // The dataset keeps the right answer in a column of its own.
    ...inDrawnOrder(row.question, [row.distractor1, row.distractor2, row.distractor3, row.correct_answer], 3),
  }),
});
