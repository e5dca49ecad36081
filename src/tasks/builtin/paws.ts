import { defineTask } from "../contract.js";

/** Asks whether sentences are paraphrases, for pairs with high word overlap. */
export default defineTask<{ sentence1: string; sentence2: string; label: number }>({
  name: "paws",
  description: "Paraphrase pairs with high word overlap.",
  family: "paraphrase",
  dataset: "paws",
  tags: ["classification"],
  answer: { kind: "classification", labels: ["no", "yes"], means: ["no", "yes"] },
  metric: "acc",
  toExample: (row) => ({
    fields: { sentence1: row.sentence1, sentence2: row.sentence2 },
    gold: row.label,
  }),
});
