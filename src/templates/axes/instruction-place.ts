/** Defines the axis of the place of the instruction: before the fields, as wordings are written, or after them. */

import { defineAxis, oneOf } from "./axis.js";

const LEVELS = ["before", "after"] as const;

export const instructionPlace = defineAxis<(typeof LEVELS)[number]>({
  name: "instruction-place",
  description: "before the fields, or after them; for wordings whose instruction stands on lines of its own",
  rewrites: true,
  parse: (text) => oneOf("instruction-place", text, LEVELS),
  write: (level) => level,
  levels: () => LEVELS,
  // It is recorded of every prompt that is asked as it is written: null for some wordings alone would make an axis of
  // them.
  own: () => "before",
  unfit: (level, _, { template }) => {
    if (level === undefined) return undefined;
    const moved = instructionAfter(template.body);
    return "unfit" in moved ? `the wording ${template.id} ${moved.unfit}` : undefined;
  },
  apply: (content, level) => {
    const moved = instructionAfter(content.body);
    return level === "before" || "unfit" in moved ? content : { ...content, body: moved.body };
  },
});

/** Matches the last character of a sentence. */
const SENTENCE = /[.?!]$/;

/**
 * Moves the instruction of a wording from before its fields to after them. The instruction is whatever stands on lines
 * before that of the first field, if these are sentences; the cue for the answer, on lines after that of the last
 * field, stays last. "below" and "the following" become "above" and "the above".
 * @returns the text, or why there is no instruction that could stand elsewhere
 */
export function instructionAfter(body: string): { readonly body: string } | { readonly unfit: string } {
  const start = body.lastIndexOf("\n", body.indexOf("{{")) + 1;
  const lastField = body.lastIndexOf("}}");
  const lineEnd = body.indexOf("\n", lastField);
  const end = lineEnd < 0 ? body.length : lineEnd;
  const [, instruction = "", gap = ""] = /^([\s\S]*?)(\n+)$/.exec(body.slice(0, start)) ?? [];
  const cue = body.slice(end);
  const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "");
  if (instruction === "" || !lines(instruction).every((line) => SENTENCE.test(line))) {
    return { unfit: "has no instruction on lines of its own before its fields" };
  }
  if (cue.trim() === "" || lines(cue).some((line) => SENTENCE.test(line))) {
    return { unfit: "has no line after its fields that asks for nothing but the answer" };
  }
  if (/\bhere (is|are)\b|\bwhat follows\b/i.test(instruction)) {
    return { unfit: "has an instruction that leads over to its fields" };
  }
  const above = instruction.replace(/\bbelow\b/g, "above").replace(/\bthe following\b/g, "the above");
  return { body: body.slice(start, end) + gap + above + cue };
}
