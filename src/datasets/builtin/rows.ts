/** Makes rows of the built-in world for every built-in dataset, in the columns the hub has. */

import type { Row } from "../description.js";
import { randomStream, shuffled, type Random } from "../../base/random.js";
import { chance, pick, pickSome } from "./draw.js";
import { drawInference, drawLikeness, drawPortrait, drawQuestions, drawScored } from "./pairs.js";
import { changed, checks, type Part } from "./people.js";
import { DEED_QUESTIONS, deedAnswers, drawDeed, drawNews, drawScript } from "./stories.js";
import { FACTS, subjectsWith, type Fact } from "./world.js";
import { TOWNS } from "./words.js";

/** Sets how many rows `--data builtin` has of each dataset. */
export const BUILTIN_ROWS = { train: 4000, eval: 400 } as const;

const SEED = 11;

const FEW_DENIALS = [0, 0.05, 0.15] as const;

type RowPart = Exclude<Part, "text">;

const LETTERS = ["A", "B", "C", "D"];

const DATASETS: Readonly<Record<string, (random: Random, part: RowPart) => Row>> = {
  mnli_matched: nli("premise", "hypothesis", 3),
  mnli_mismatched: nli("premise", "hypothesis", 4),
  gpt3nli: nli("text_a", "text_b", 2),
  rte: (random, part) => {
    const { one, two, label } = drawInference(random, part, { labels: [0, 0, 1, 2], denials: FEW_DENIALS });
    return { sentence1: one, sentence2: two, label: label === 0 ? 0 : 1 };
  },
  paws: (random, part) => {
    const { one, two, same } = drawLikeness(random, part, 4);
    return { sentence1: one, sentence2: two, label: Number(same) };
  },
  qqp: (random, part) => {
    const { one, two, same } = drawQuestions(random, part);
    return { question1: one, question2: two, label: Number(same) };
  },
  stsb: (random, part) => {
    const { one, two, score } = drawScored(random, part);
    return { sentence1: one, sentence2: two, label: score };
  },
  boolq: (random, part) => {
    const { person, traits, text } = drawPortrait(random, part, 4);
    const trait = pick(random, traits);
    const answer = chance(random, 0.5);
    const question = checks(random, person.first, answer ? trait : changed(random, trait));
    return { question: (question.charAt(0).toLowerCase() + question.slice(1)).replace(/\?$/, ""), passage: text, answer };
  },
  xsum: (random, part) => {
    const { sentences, summary } = drawNews(random, part);
    return { document: sentences.join(" "), summary };
  },
  xlsum: (random, part) => {
    const { sentences, summary } = drawNews(random, part);
    const place = pick(random, TOWNS);
    return { text: [`News from ${place}.`, ...sentences].join(" "), summary };
  },
  cnn_dailymail: (random, part) => {
    const { sentences, highlights, town } = drawNews(random, part);
    return { article: `(${town}) -- ${sentences.join(" ")}`, highlights: highlights.join("\n") };
  },
  socialiqa: (random, part) => {
    const story = drawDeed(random, part);
    const asked = pick(random, DEED_QUESTIONS);
    const [right, ...wrong] = deedAnswers(random, story, asked.part);
    const order = shuffled([right, ...wrong], random);
    const [answerA, answerB, answerC] = order;
    return {
      context: story.context, question: story.fill(asked.asks), answerA, answerB, answerC,
      label: String(order.indexOf(right) + 1),
    };
  },
  tweetqa: (random, part) => {
    const { sentences, person, question, answer, day } = drawNews(random, part);
    const tweet = `${sentences.slice(0, 3).join(" ")} ${pick(random, LAST_TWEET_WORDS)} (@${person.first.toLowerCase()}) ${day}`;
    return { Tweet: tweet, Question: question, Answer: [answer] };
  },
  sciq: (random) => {
    const fact = pick(random, FACTS);
    const [distractor1, distractor2, distractor3] = wrongAnswers(random, fact, 3);
    return {
      support: pickSome(random, aboutThe(fact), 3).join(" "), question: pick(random, fact.questions),
      correct_answer: fact.answer(fact.value), distractor1, distractor2, distractor3,
    };
  },
  arc_easy: (random) => {
    const fact = pick(random, FACTS);
    return { question: pick(random, fact.questions), ...choicesOf(random, fact.answer(fact.value), wrongAnswers(random, fact, 3)) };
  },
  arc_challenge: (random) => {
    const fact = pick(random, FACTS);
    const known = subjectsWith(fact);
    const wrong = pickSome(random, fact.subjects.filter((subject) => !known.includes(subject)), 3);
    return { question: pick(random, fact.reverse), ...choicesOf(random, fact.subject, wrong) };
  },
  openbookqa: (random) => {
    const fact = pick(random, FACTS);
    return { question_stem: pick(random, fact.stems), ...choicesOf(random, fact.answer(fact.value), wrongAnswers(random, fact, 3)) };
  },
  hellaswag: (random, part) => {
    const { steps, others } = drawScript(random);
    const { person } = drawPortrait(random, part, 1);
    const at = 1 + Math.floor(random() * (steps.length - 1));
    const [right, wrong] = [steps[at] as string, pickSome(random, others, 3)];
    const endings = shuffled([right, ...wrong], random);
    const told = steps.slice(0, at).map((step, i) => `${i === 0 ? person.full : "Then " + person.first} ${step}.`);
    return {
      ctx: `${told.join(" ")} Then ${person.first}`, endings: endings.map((ending) => `${ending}.`),
      label: String(endings.indexOf(right)),
    };
  },
}; // prettier-ignore

const LAST_TWEET_WORDS = ["What a day!", "Who would have thought it?", "More soon.", "Tell your friends."];

function nli(premise: string, hypothesis: string, most: number): (random: Random, part: RowPart) => Row {
  return (random, part) => {
    const { one, two, label } = drawInference(random, part, { most, denials: FEW_DENIALS });
    return { [premise]: one, [hypothesis]: two, label };
  };
}

/** Writes what the world says about the subject of a fact, with the fact itself. */
function aboutThe(fact: Fact): string[] {
  const others = FACTS.filter(({ subject, values }) => subject === fact.subject && values !== fact.values);
  return [fact, ...others].map(({ statements }) => statements[0] as string);
}

function wrongAnswers(random: Random, fact: Fact, count: number): string[] {
  return pickSome(random, fact.values.filter((value) => value !== fact.value), count).map(fact.answer); // prettier-ignore
}

function choicesOf(random: Random, right: string, wrong: readonly string[]): Row {
  const text = shuffled([right, ...wrong], random);
  return { choices: { text, label: LETTERS.slice(0, text.length) }, answerKey: LETTERS[text.indexOf(right)] };
}

/** Names of the datasets that have built-in rows. */
export const BUILTIN_DATASETS: readonly string[] = Object.keys(DATASETS);

/**
 * Makes the rows of a dataset, the same on every machine. No two are alike, and none is in both parts: the people of
 * train rows, of evaluated rows and of the training text are different ones. Questions about the world itself (sciq,
 * arc_*, openbookqa) are few, so their rows differ in the order and the choice of wrong answers.
 * @throws TypeError for a dataset that is not in BUILTIN_DATASETS
 */
export function builtinRows(dataset: string, part: RowPart): Row[] {
  const draw = DATASETS[dataset];
  if (draw === undefined) throw new TypeError(`no built-in rows of ${dataset}`);
  const taken = new Set(part === "eval" ? [] : builtinRows(dataset, "eval").map((row) => JSON.stringify(row)));
  const random = randomStream("builtin rows", SEED, dataset, part);
  const rows = new Map<string, Row>();
  while (rows.size < BUILTIN_ROWS[part]) {
    const row = draw(random, part);
    const text = JSON.stringify(row);
    if (!taken.has(text)) rows.set(text, row);
  }
  return [...rows.values()];
}
