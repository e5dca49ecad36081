import { defineTask } from "../contract.js";
import { answerList } from "../helpers.js";

/** Asks for the question about a tweet, generated from the tweet and its answers. */
export default defineTask<{ Tweet: string; Question: string; Answer: string[] }>({
  name: "tweetqa",
  description: "The question about a tweet, generated from the tweet and its answers.",
  family: "question_generation",
  dataset: "tweetqa",
  tags: ["generation"],
  answer: { kind: "generation", maxNewTokens: 60, stop: ["\n"] },
  metric: "rouge_l",
  toExample: (row) => ({
    fields: { context: row.Tweet, answers: answerList(row.Answer) },
    references: [row.Question],
  }),
});
