/** Defines the axis of the draw: which random rows are the shots. */

import { defineAxis, wholeNumber } from "./axis.js";
import { withoutShots } from "./shots.js";

/** Draws among which a sample of the product takes one. */
const LISTED = 8;

const firstDraws = (n: number) => Array.from({ length: n }, (_, i) => i);

export const draw = defineAxis<number>({
  name: "draw",
  was: ["shot_draw"],
  description: "which random draw of the shots; 0 is the study's own",
  parse: (text) => wholeNumber("draw", text),
  write: String,
  levels: ({ numFewshot }) => (numFewshot === 0 ? [] : firstDraws(LISTED)),
  many: firstDraws,
  own: () => 0,
  unfit: withoutShots,
  apply: (content, level) => ({ ...content, shots: { ...content.shots, draw: level } }),
  countedWas: "shots",
  replicates: true,
  record: (level) => level ?? null,
});
