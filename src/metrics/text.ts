/** Defines what metrics of generated texts have in common. */

import type { RowMetric } from "./metric.js";

/** Holds a metric of a generated text and one that is right. */
export interface TextMetric extends Pick<RowMetric, "name" | "title" | "tokens"> {
  /** @param target the text that is right */
  readonly compare: (target: string, text: string) => number;
  readonly binary?: boolean;
  readonly lmEval?: string;
}

/** Returns the metric of rows; where several texts are right, the one that the answer is nearest to counts. */
export function textMetric({ compare, ...about }: TextMetric): RowMetric {
  return {
    ...about,
    of: "row",
    answers: ["generation"],
    range: [0, 1],
    higherIsBetter: true,
    chance: () => 0,
    from: "text",
    needs: "a generated text",
    row: ({ text, references }) =>
      text === undefined || references.length === 0
        ? undefined
        : Math.max(...references.map((target) => compare(target, text))),
  };
}
