/** Defines the axis of the order in which choices are shown. */

import { hasChoices } from "../../tasks/single-text.js";
import { orderName, orderNames, parseOrder } from "../order.js";
import { defineAxis } from "./axis.js";
import { areShown, choices } from "./choices.js";

/** Orders that are listed: as it is, reversed and two rotations. */
const LISTED = 4;

export const choiceOrder = defineAxis<string>({
  name: "choice-order",
  was: ["order", "choice_order"],
  description: "of choices that are shown: as-is, reversed, rotated-N, shuffled-SEED (each question in its own way)",
  parse: (text) => orderName(parseOrder("choice-order", text)),
  write: (level) => level,
  levels: ({ task }) => (hasChoices(task) ? orderNames(LISTED) : []),
  many: orderNames,
  own: () => "as-is",
  beside: areShown,
  unfit: (level, levels) => {
    return level === undefined || areShown(levels)
      ? undefined
      : "an order of choices needs choices that are shown, as in +choices=letter";
  },
  apply: (content, level) => {
    const order = parseOrder("choice-order", level);
    return content.choices === undefined || order === undefined
      ? content
      : { ...content, choices: { ...content.choices, order } };
  },
  needs: choices.at("letter"),
  record: (level, { levels }) => (areShown(levels) ? (level ?? null) : null),
});
