/** Prompt families: tasks that ask the same kind of question share their templates. */

/** Name of each family and the fields its templates fill in. */
export const FAMILIES = {
  summarization: ["document"],
  question_generation: ["context", "answers"],
  nli: ["premise", "hypothesis"],
  paraphrase: ["sentence1", "sentence2"],
  multiple_choice: ["question"],
  sentence_completion: ["context"],
  reading_comprehension: ["passage", "question"],
} as const;

/** Name of a family. */
export type Family = keyof typeof FAMILIES;

export const FAMILY_NAMES = Object.keys(FAMILIES) as Family[];

/** The field that choices are listed below, where a prompt lists them. */
export function questionField(family: Family): string {
  return FAMILIES[family].at(-1) as string;
}
