/** Lists the families that ship with amuro-eval. Their wordings lie in src/templates/FAMILY/. */

import type { AnswerKind } from "../../metrics/metric.js";
import { checkFamily, type Family, type FamilyField } from "./family.js";

/** Makes a field that every row has. */
const field = (called: string, meaning: string): FamilyField => ({ called, meaning });

/** Makes a family whose wordings are the files of its folder. */
function family(
  name: string,
  description: string,
  fields: Readonly<Record<string, FamilyField>>,
  answer: string,
  ...kinds: AnswerKind[]
): Family {
  const templates = new URL(`../../templates/${name}/`, import.meta.url);
  return checkFamily({ name, description, fields, answer: { called: answer, kinds }, templates }, "amuro-eval");
}

/** Lists the built-in families in the order in which they are shown. */
export const BUILTIN_FAMILIES: readonly Family[] = [
  family(
    "summarization",
    "A summary of a document is written.",
    { document: field("Document", "the text to be summarized") },
    "Summary",
    "generation",
  ),
  family(
    "question_generation",
    "The question is written that a passage and its answers belong to.",
    {
      context: { ...field("Context", "the passage that the question is on"), whenEmpty: "keep" },
      answers: field("Answer", "the answer or answers to the question"),
    },
    "Question",
    "generation",
  ),
  family(
    "nli",
    "Whether a hypothesis follows from a premise.",
    { premise: field("Premise", "what is known"), hypothesis: field("Hypothesis", "what may follow from it") },
    "Relation",
    "classification",
  ),
  family(
    "paraphrase",
    "Whether two sentences say the same.",
    {
      sentence1: field("Sentence 1", "the first of the two"),
      sentence2: field("Sentence 2", "the second of the two"),
    },
    "Paraphrase",
    "classification",
  ),
  family(
    "multiple_choice",
    "A question with one right answer among a few.",
    { question: field("Question", "what is asked") },
    "Answer",
    "multiple-choice",
    "classification",
    "generation",
  ),
  family(
    "sentence_completion",
    "A text that is to be continued.",
    { context: field("Text", "the beginning of the text") },
    "Continuation",
    "multiple-choice",
    "generation",
  ),
  family(
    "reading_comprehension",
    "A question on a passage.",
    { passage: field("Passage", "the text to be read"), question: field("Question", "what is asked on it") },
    "Answer",
    "classification",
    "multiple-choice",
    "generation",
  ),
  family(
    "text_classification",
    "Which label fits a text: its mood, its topic, whether it is rude.",
    {
      text: field("Text", "the text to be labelled"),
      question: { ...field("Question", "what is asked about it"), whenEmpty: "leave-out" },
    },
    "Label",
    "classification",
  ),
  family(
    "open_qa",
    "A question that is answered in a few words of one's own, with or without a passage to read.",
    {
      passage: { ...field("Passage", "the text to be read"), whenEmpty: "leave-out" },
      question: field("Question", "what is asked"),
    },
    "Answer",
    "generation",
    "multiple-choice",
  ),
  family(
    "cloze",
    "The word that a text breaks off before.",
    { text: field("Text", "the text without its last word") },
    "Word",
    "generation",
    "multiple-choice",
  ),
  family(
    "word_problems",
    "Arithmetic told in words; the answer is a number.",
    { problem: field("Problem", "the story and what is asked") },
    "Answer",
    "generation",
    "multiple-choice",
  ),
  family(
    "translation",
    "A text in another language.",
    {
      source: field("From", "the language of the text"),
      target: field("Into", "the language that is wanted"),
      text: field("Text", "the text to be translated"),
    },
    "Translation",
    "generation",
  ),
];

/** Returns the built-in families, and another one if it is none of them. */
export function familiesWith(family: Family): Family[] {
  return [...new Set([...BUILTIN_FAMILIES, family])];
}
