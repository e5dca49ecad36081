import { defineTask } from "../contract.js";
import { answerList } from "../helpers.js";

/** Asks for the question about a social situation, generated from the situation and its three answers. */
export default defineTask<{ context: string; question: string; answerA: string; answerB: string; answerC: string }>({
  name: "socialiqa",
  description: "The question about a social situation, generated from the situation and its three answers.",
  family: "question_generation",
  dataset: "socialiqa",
  tags: ["generation"],
  answer: { kind: "generation", maxNewTokens: 60, stop: ["\n"] },
  metric: "rouge_l",
  toExample: (row) => ({
    fields: { context: row.context, answers: answerList([row.answerA, row.answerB, row.answerC]) },
    references: [row.question],
  }),
});
