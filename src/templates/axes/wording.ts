/** Defines the axis of wordings: which template asks. It begins a prompt's name. */

import { usableWordings } from "../space.js";
import type { Axis } from "./axis.js";
import { isFormat } from "./format.js";

export const wording: Axis = {
  name: "wording",
  description: "the template of the task's family",
  size: (space) => usableWordings(space).length,
  recorded: ({ template }) => (isFormat(template) ? null : template.id),
};
