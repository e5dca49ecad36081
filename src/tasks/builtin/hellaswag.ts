import { defineTask } from "../contract.js";

/** Asks for the most plausible continuation of a described situation. */
export default defineTask<{ ctx: string; endings: string[]; label: string }>({
  name: "hellaswag",
  description: "The most plausible continuation of a described situation.",
  family: "sentence_completion",
  dataset: "hellaswag",
  tags: ["choice"],
  answer: { kind: "multiple-choice" },
  metric: "acc_norm",
  toExample: (row) => ({
    fields: { context: row.ctx },
    choices: row.endings,
    gold: Number(row.label),
  }),
});
