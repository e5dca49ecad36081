/** Defines the axis of the order in which shots are shown. */

import { orderName, orderNames, parseOrder } from "../order.js";
import { defineAxis } from "./axis.js";
import { withoutShots } from "./shots.js";

/** Orders that are listed: as they were drawn, and reversed. */
const LISTED = 2;

export const shotOrder = defineAxis<string>({
  name: "shot-order",
  was: ["shot_order"],
  description: "of the shots: as-is, reversed, rotated-N, shuffled-SEED",
  parse: (text) => orderName(parseOrder("shot-order", text)),
  write: (level) => level,
  levels: ({ numFewshot }) => (numFewshot === 0 ? [] : orderNames(LISTED)),
  many: orderNames,
  own: () => "as-is",
  unfit: withoutShots,
  apply: (content, level) => {
    const order = parseOrder("shot-order", level);
    return order === undefined ? content : { ...content, shots: { ...content.shots, order } };
  },
});
