import { defineTask } from "../contract.js";

/** Highlights of CNN and Daily Mail articles. */
export default defineTask<{ article: string; highlights: string }>({
  name: "cnn_dailymail",
  description: "Highlights of CNN and Daily Mail articles.",
  family: "summarization",
  dataset: "cnn_dailymail",
  tags: ["generation"],
  answer: { kind: "generation", maxNewTokens: 60, stop: ["\n"] },
  metric: "rouge_l",
  toExample: (row) => ({ fields: { document: row.article }, references: [row.highlights] }),
});
