import { defineTask } from "../contract.js";

/** Asks for natural language inference over genres not seen in its training data. */
export default defineTask<{ premise: string; hypothesis: string; label: number }>({
  name: "mnli_mismatched",
  description: "Natural language inference over genres not seen in its training data.",
  family: "nli",
  dataset: "mnli_mismatched",
  tags: ["classification"],
  answer: {
    kind: "classification",
    labels: ["entailment", "neutral", "contradiction"],
    means: ["entailment", "neutral", "contradiction"],
  },
  metric: "acc",
  toExample: (row) => ({
    fields: { premise: row.premise, hypothesis: row.hypothesis },
    gold: row.label,
  }),
});
