import { defineTask } from "../contract.js";

/** Asks for sentence similarity from 0 to 5; above 3.5 counts as a paraphrase. */
export default defineTask<{ sentence1: string; sentence2: string; label: number }>({
  name: "stsb",
  description: "Sentence similarity from 0 to 5; above 3.5 counts as a paraphrase.",
  family: "paraphrase",
  dataset: "stsb",
  tags: ["classification"],
  answer: { kind: "classification", labels: ["no", "yes"], means: ["no", "yes"] },
  metrics: ["acc", "pearson", "spearman"],
  toExample: (row) => ({
    fields: { sentence1: row.sentence1, sentence2: row.sentence2 },
    gold: row.label > 3.5 ? 1 : 0,
    grade: row.label,
  }),
});
