/** Defines the axis of formats: the family's fields with descriptors, in place of a wording. */

import { formatsIn } from "../space.js";
import type { Template } from "../template.js";
import type { Axis } from "./axis.js";

export const format: Axis = {
  name: "format",
  description: "the family's fields with descriptors in the grammar of FormatSpread, in place of a wording",
  insteadOf: "wording",
  size: (space) => [...formatsIn(space, 0)].length,
  recorded: ({ template }) => (isFormat(template) ? template.id : null),
};

/** Tells whether a template is a sampled format; a wording may have the style too. */
export function isFormat({ style, id }: Template): boolean {
  return style === "format" && id.startsWith("format-");
}
