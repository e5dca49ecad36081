/** Defines the axis of personas: a sentence before the question that says who answers. */

import { defineAxis, oneOf } from "./axis.js";

/** Lists sentences that fit every family. None holds a word that is an answer somewhere. */
const SENTENCES = {
  none: "",
  "helpful-assistant": "You are a helpful assistant.",
  "careful-assistant": "You are a careful assistant who reads every word before answering.",
  expert: "You are a leading expert on this kind of task.",
  teacher: "You are an experienced teacher who knows what a good answer looks like.",
  student: "You are a diligent student sitting an examination.",
  editor: "You are an editor with a sharp eye for language.",
  scientist: "You are a scientist who weighs the evidence before speaking.",
  novice: "You are a beginner who is trying this kind of task for the very first time.",
} as const;
type Persona = keyof typeof SENTENCES;
const NAMES = Object.keys(SENTENCES) as Persona[];

export const persona = defineAxis<Persona>({
  name: "persona",
  description: `who answers, said in a sentence before each question: ${NAMES.join(", ")}`,
  rewrites: true,
  parse: (text) => oneOf("persona", text, NAMES),
  write: (level) => level,
  levels: () => NAMES,
  own: () => "none",
  unfit: (level, _, { template }) => {
    return level === undefined || template.style !== "role"
      ? undefined
      : `the wording ${template.id} itself says who answers`;
  },
  // The sentence comes before whatever the other axes made of the question's text.
  apply: (content, level) =>
    level === "none" ? content : { ...content, body: `${SENTENCES[level]}\n${content.body}` },
});
