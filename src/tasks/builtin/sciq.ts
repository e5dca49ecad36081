import { defineTask } from "../contract.js";

/** Asks for the science question, generated from a supporting text and the right answer. */
export default defineTask<{ question: string; correct_answer: string; support: string }>({
  name: "sciq",
  description: "The science question, generated from a supporting text and the right answer.",
  family: "question_generation",
  dataset: "sciq",
  tags: ["generation"],
  answer: { kind: "generation", maxNewTokens: 60, stop: ["\n"] },
  metric: "rouge_l",
  toExample: (row) => ({
    fields: { context: row.support, answers: row.correct_answer },
    references: [row.question],
  }),
});
