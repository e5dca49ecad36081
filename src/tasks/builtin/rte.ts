import { defineTask } from "../contract.js";

/** Asks for textual entailment of news sentences; not entailed is read as neutral. */
export default defineTask<{ sentence1: string; sentence2: string; label: number }>({
  name: "rte",
  description: "Textual entailment of news sentences; not entailed is read as neutral.",
  family: "nli",
  dataset: "rte",
  tags: ["classification"],
  answer: { kind: "classification", labels: ["entailment", "neutral"], means: ["entailment", "neutral"] },
  metric: "acc",
  toExample: (row) => ({
    fields: { premise: row.sentence1, hypothesis: row.sentence2 },
    gold: row.label,
  }),
});
