import { defineTask } from "../contract.js";

/** Asks for natural language inference over sentences written by a language model. */
export default defineTask<{ text_a: string; text_b: string; label: number }>({
  name: "gpt3nli",
  description: "Natural language inference over sentences written by a language model.",
  family: "nli",
  dataset: "gpt3nli",
  tags: ["classification"],
  answer: {
    kind: "classification",
    labels: ["entailment", "neutral", "contradiction"],
    means: ["entailment", "neutral", "contradiction"],
  },
  metric: "acc",
  toExample: (row) => ({
    fields: { premise: row.text_a, hypothesis: row.text_b },
    gold: row.label,
  }),
});
