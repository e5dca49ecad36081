/** Defines the axis of balance: whether the shots have as many of each label. */

import { defineAxis, oneOf } from "./axis.js";
import { withoutShots } from "./shots.js";

const LEVELS = ["none", "labels"] as const;

export const balance = defineAxis<(typeof LEVELS)[number]>({
  name: "balance",
  was: ["shot_balance"],
  description: "labels: as many shots of each label as possible; none",
  parse: (text) => oneOf("balance", text, LEVELS),
  write: (level) => level,
  levels: ({ task, numFewshot }) => (numFewshot > 0 && task.answer.kind === "classification" ? LEVELS : []),
  own: () => "none",
  unfit: (level, levels, setting) => {
    if (level !== undefined && setting.task.answer.kind !== "classification") {
      return `${setting.task.name} has no labels to balance`;
    }
    return withoutShots(level, levels, setting);
  },
  apply: (content, level) => {
    return level === "none" ? content : { ...content, shots: { ...content.shots, balanced: true } };
  },
});
