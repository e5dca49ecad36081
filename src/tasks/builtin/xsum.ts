import { defineTask } from "../contract.js";

/** Asks for one-sentence summaries of BBC articles. */
export default defineTask<{ document: string; summary: string }>({
  name: "xsum",
  description: "One-sentence summaries of BBC articles.",
  family: "summarization",
  dataset: "xsum",
  tags: ["generation"],
  answer: { kind: "generation", maxNewTokens: 60, stop: ["\n"] },
  metric: "rouge_l",
  toExample: (row) => ({ fields: { document: row.document }, references: [row.summary] }),
});
