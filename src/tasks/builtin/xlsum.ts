import { defineTask } from "../contract.js";

/** Asks for summaries of BBC articles in English. */
export default defineTask<{ text: string; summary: string }>({
  name: "xlsum",
  description: "Summaries of BBC articles in English.",
  family: "summarization",
  dataset: "xlsum",
  tags: ["generation"],
  answer: { kind: "generation", maxNewTokens: 60, stop: ["\n"] },
  metric: "rouge_l",
  toExample: (row) => ({ fields: { document: row.text }, references: [row.summary] }),
});
