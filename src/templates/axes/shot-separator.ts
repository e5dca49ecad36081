/** Defines the axis of what stands after each shot. */

import { defineAxis, oneOf } from "./axis.js";
import { withoutShots } from "./shots.js";

const SEPARATORS = {
  newline: "\n",
  "blank-line": "\n\n",
  rule: "\n---\n",
  hashes: "\n\n###\n\n",
} as const;
type ShotSeparator = keyof typeof SEPARATORS;
const NAMES = Object.keys(SEPARATORS) as ShotSeparator[];

export const shotSeparator = defineAxis<ShotSeparator>({
  name: "shot-separator",
  was: ["between", "shot_separator"],
  description: "after each shot: newline, blank-line, rule (---), hashes (###)",
  parse: (text) => oneOf("shot-separator", text, NAMES),
  write: (level) => level,
  levels: ({ numFewshot }) => (numFewshot === 0 ? [] : NAMES),
  // A family may have a separator of its own, which need not be one of these.
  own: ({ task }) => NAMES.find((name) => SEPARATORS[name] === (task.family.shotSeparator ?? "\n")),
  unfit: withoutShots,
  apply: (content, level) => ({ ...content, shotSeparator: SEPARATORS[level] }),
  presentation: ({ numFewshot, task }) => {
    if (numFewshot === 0) return undefined;
    return task.family.shotSeparator === SEPARATORS["blank-line"] ? "newline" : "blank-line";
  },
});
