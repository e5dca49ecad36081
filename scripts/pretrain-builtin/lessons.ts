/** Lessons about language: what the words for texts, questions and claims mean, each with an example. */

import type { Random } from "../../src/base/random.js";
import { between, capital, pick, pickSome } from "../../src/datasets/builtin/draw.js";
import { drawInference, drawLikeness, drawPortrait } from "../../src/datasets/builtin/pairs.js";
import { answers, asks } from "../../src/datasets/builtin/people.js";
import { drawNews } from "../../src/datasets/builtin/stories.js";

/** Sentences that a teacher may say to a class in any lesson. */
const TASKS = [
  "Please read the following text and provide a summary.",
  "Consider the following texts and say how the second relates to the first.",
  "Given the context and the answer, generate a suitable question.",
  "Compare the two sentences and decide whether they are paraphrases.",
  "Read the passage, then answer the question with yes or no.",
  "Choose the correct answer from the list.",
  "Write one short sentence that says what the text is about.",
  "Determine the relation between the premise and the hypothesis.",
  "Analyse the meaning of each sentence and give your judgement.",
  "Analyze the wording and explain your judgment.",
  "Classify each pair as the same or different.",
  "Complete the sentence with the word that is missing.",
  "Put the number or the letter of the right choice after the text.",
];

const TERMS = [
  "A claim that must be true is an entailment of the text.",
  "If a claim cannot be true, it is a contradiction.",
  "A claim about which the text says nothing is neutral.",
  "The text that is taken for true is called the premise, and the claim is called the hypothesis.",
  "Two sentences with the same meaning are paraphrases of each other.",
  "To draw a conclusion from a text is called inference.",
  "A summary is a short text that says the most important thing.",
  "The context is the text that comes before.",
  "Classification means to put things into groups and to give each a label.",
  "True and false, yes and no, right and wrong are answers to a question.",
  "What is neither true nor false is perhaps unknown.",
];

/** Returns an example of one term, with the term named. */
function example(random: Random): string {
  return pick(random, [inferenceExample, paraphraseExample, summaryExample, questionExample])(random);
}

function inferenceExample(random: Random): string {
  const { one, two, label } = drawInference(random, "text", { most: 2 });
  const term = ["an entailment", "neutral", "a contradiction"][label] as string;
  return pick(random, [
    `An example: ${one} The claim is: ${two} This claim is ${term}.`,
    `Take this text: ${one} Then this is ${term}: ${two}`,
  ]);
}

function paraphraseExample(random: Random): string {
  const { one, two, same } = drawLikeness(random, "text");
  return `An example: ${one} And now: ${two} These are ${same ? "paraphrases" : "no paraphrases"}.`;
}

function summaryExample(random: Random): string {
  const { sentences, summary } = drawNews(random, "text");
  return `Here is a text: ${sentences.join(" ")} A good summary is this: ${summary}`;
}

function questionExample(random: Random): string {
  const { person, traits, text } = drawPortrait(random, "text", 2);
  const trait = pick(random, traits);
  return `Here is a text: ${text} The answer is: ${capital(answers(trait))}. A suitable question is: ${asks(random, person.first, trait)}`;
}

export function lesson(random: Random): string {
  const said = [...pickSome(random, TASKS, between(random, 0, 2)), ...pickSome(random, TERMS, between(random, 1, 3))];
  return [...said, example(random)].join(" ");
}
