/** Defines the axis of enumerators: how choices are numbered. */

import { hasChoices } from "../../tasks/single-text.js";
import { DEFAULT_ENUMERATOR, ENUMERATORS } from "../choices.js";
import { defineAxis, oneOf } from "./axis.js";
import { areNumbered } from "./choices.js";

export const enumerator = defineAxis<string>({
  name: "enumerator",
  description: "how choices are numbered: A., (A), 1), [i], … : 6 wrappers x 6 numberings",
  parse: (text) => oneOf("enumerator", text, [...ENUMERATORS.keys()]),
  write: (level) => level,
  levels: ({ task }) => (hasChoices(task) ? [...ENUMERATORS.keys()] : []),
  own: () => DEFAULT_ENUMERATOR,
  beside: areNumbered,
  unfit: (level, levels) => {
    return level === undefined || areNumbered(levels)
      ? undefined
      : "an enumerator needs choices that are numbered, as in +choices=letter";
  },
  apply: (content, level) => {
    return content.choices === undefined
      ? content
      : { ...content, choices: { ...content.choices, ...ENUMERATORS.get(level) } };
  },
  record: (level, { levels }) => (areNumbered(levels) ? (level ?? null) : null),
});
