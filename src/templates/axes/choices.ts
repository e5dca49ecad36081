/** Defines the axis of presentations: whether the choices of a question are shown, and what its answer is. */

import { hasChoices } from "../../tasks/single-text.js";
import { DEFAULT_ENUMERATOR, ENUMERATORS, PRESENTATIONS, type Presentation } from "../choices.js";
import { defineAxis, oneOf, type Levels } from "./axis.js";

export const choices = defineAxis<Presentation>({
  name: "choices",
  description:
    "cloze: not shown; text: listed, the answer is the text; letter: numbered, the answer is the number; both",
  rewrites: true,
  parse: (text) => oneOf("choices", text, PRESENTATIONS),
  write: (level) => level,
  levels: ({ task }) => (hasChoices(task) ? PRESENTATIONS : []),
  own: () => "cloze",
  unfit: (level, _, { task }) => {
    return level === undefined || hasChoices(task) ? undefined : `${task.name} has no choices to show`;
  },
  apply: (content, level) => {
    const numbered = ENUMERATORS.get(DEFAULT_ENUMERATOR);
    return level === "cloze" || numbered === undefined
      ? content
      : { ...content, choices: { answer: level, ...numbered } };
  },
  presentation: ({ task }) => (hasChoices(task) ? "letter" : undefined),
  record: (level, { task }) => (hasChoices(task) ? (level ?? null) : null),
});

/** Tells whether choices are shown. */
export function areShown(levels: Levels): boolean {
  return (choices.of(levels) ?? "cloze") !== "cloze";
}

/** Tells whether choices are shown with numbers. */
export function areNumbered(levels: Levels): boolean {
  return ["letter", "both"].includes(choices.of(levels) ?? "cloze");
}
