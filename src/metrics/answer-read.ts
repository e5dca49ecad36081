/** Says whether an answer could be read from a generated text, where the task says how. */

import type { RowMetric } from "./metric.js";

export const answerRead: RowMetric = {
  of: "row",
  name: "answer_read",
  title: "share of texts that an answer could be read from",
  answers: ["generation"],
  range: [0, 1],
  higherIsBetter: true,
  binary: true,
  chance: () => null,
  from: "text",
  needs: "a task that says how its answer is extracted",
  row: ({ read }) => (read === undefined ? undefined : Number(read)),
};
