/** Provides the text that the built-in model is trained on. */

import { randomStream, shuffled, type Random } from "../../src/base/random.js";
import { a, between, capital, chance, listed, pick, pickSome, weighted } from "../../src/datasets/builtin/draw.js";
import { claims, questions, restatements } from "./drills.js";
import { formDocument } from "./forms.js";
import { lesson } from "./lessons.js";
import { drawInference, drawLikeness, drawPortrait, drawQuestions } from "../../src/datasets/builtin/pairs.js";
import {
  answers,
  asks,
  changed,
  checks,
  denies,
  drawOther,
  drawPerson,
  drawTraits,
  says,
  type Trait,
} from "../../src/datasets/builtin/people.js";
import { DEED_QUESTIONS, deedAnswers, drawDeed, drawNews, drawScript } from "../../src/datasets/builtin/stories.js";
import { FACTS } from "../../src/datasets/builtin/world.js";
import {
  ADJECTIVES,
  DAYS,
  FEELINGS,
  MONTHS,
  NUMBERS,
  PLACES,
  THINGS,
  TOWNS,
  VERBS,
} from "../../src/datasets/builtin/words.js";

const KINDS = {
  facts,
  portrait,
  reading,
  inference,
  likeness,
  news,
  deed,
  script,
  dialogue,
  list,
  scenery,
  lesson,
  form: formDocument,
  claims,
  questions,
  restatements,
} as const satisfies Record<string, (random: Random) => string>;

/**
 * Share of each kind among the documents of both parts of the training: first of everything, then mostly close reading.
 */
const SHARES = {
  broad: {
    facts: 14, portrait: 2, reading: 10, inference: 12, likeness: 10, news: 8, deed: 7, script: 7, dialogue: 7, list: 5, scenery: 4, lesson: 5, form: 14,
  },
  close: {
    facts: 10, inference: 4, likeness: 4, news: 5, deed: 4, script: 4, lesson: 3, form: 20, claims: 18, questions: 14, restatements: 14,
  },
} as const satisfies Record<string, Readonly<Partial<Record<keyof typeof KINDS, number>>>>; // prettier-ignore

/** Parts of the training text. */
export type TextMix = keyof typeof SHARES;

/** Returns a document of the training text. */
export function drawDocument(random: Random, mix: TextMix = "broad"): string {
  const shares: Readonly<Partial<Record<keyof typeof KINDS, number>>> = SHARES[mix];
  return KINDS[weighted(random, shares)](random);
}

/** Documents without end: the same for the same seed, on every machine. */
export function* documents(seed: number, mix: TextMix = "broad"): Generator<string> {
  const random = randomStream("builtin text", seed);
  for (;;) yield drawDocument(random, mix);
}

/** Returns what is known about one subject, or about several of a sort. */
function facts(random: Random): string {
  const { subject, values } = pick(random, FACTS);
  const chosen = chance(random, 0.6)
    ? FACTS.filter((fact) => fact.subject === subject)
    : pickSome(random, FACTS.filter((fact) => fact.values === values), 4); // prettier-ignore
  return shuffled(chosen, random)
    .map((fact) => {
      if (chance(random, 0.25)) return `${pick(random, fact.questions)} ${capital(fact.answer(fact.value))}.`;
      return pick(random, fact.statements);
    })
    .join(" ");
}

function portrait(random: Random): string {
  const { text, person, traits } = drawPortrait(random, "text", between(random, 3, 5));
  const friend = drawOther(random, "text", person);
  const same = pick(random, traits);
  return `${text} ${friend.full} is a friend of ${person.first} and also ${says(random, same)}.`;
}

/** Returns a text and questions about it. */
function reading(random: Random): string {
  const { person, traits, text } = drawPortrait(random, "text", between(random, 2, 4));
  const questions = Array.from({ length: between(random, 1, 3) }, () => {
    const trait = pick(random, traits);
    if (chance(random, 0.4)) return `${asks(random, person.first, trait)} ${capital(answers(trait))}.`;
    const yes = chance(random, 0.5);
    const question = checks(random, person.first, yes ? trait : changed(random, trait));
    if (yes) return `${question} Yes${chance(random, 0.5) ? "" : `, ${person.first} ${says(random, trait)}`}.`;
    return `${question} No${chance(random, 0.5) ? "" : `, ${person.first} ${says(random, trait)}`}.`;
  });
  return [text, ...questions].join(chance(random, 0.3) ? "\n" : " ");
}

const FOLLOWS = [
  ["It follows that ", "Therefore ", "So it is true that ", "This means that "],
  ["It is not known whether ", "Nothing is said about whether ", "It may or may not be that ", "Perhaps "],
  ["It cannot be that ", "So it is false that ", "It is wrong to say that ", "Nobody can say that "],
] as const;

/** Returns what follows from a text, what does not, and what cannot be. */
function inference(random: Random): string {
  const { one, two, label } = drawInference(random, "text");
  const claim = two;
  if (chance(random, 0.5)) return `${one} ${pick(random, FOLLOWS[label])}${claim}`;
  const question = pick(random, ["Is it true that", "Does it follow that", "Can we say that"]);
  const verdict = pick(random, [
    ["Yes, it follows.", "Yes, that is true.", "Yes."],
    ["We do not know.", "Maybe.", "The text does not say."],
    ["No, that is false.", "No, it cannot be.", "No."],
  ][label] as string[]); // prettier-ignore
  return `${one} ${question} ${claim.replace(/\.$/, "?")} ${verdict}`;
}

/** Returns the same in other words, or something else in like words. */
function likeness(random: Random): string {
  const asked = chance(random, 0.25);
  const { one, two, same } = asked ? drawQuestions(random, "text") : drawLikeness(random, "text");
  if (!asked && chance(random, 0.3) && same)
    return `${one} ${pick(random, ["In other words, ", "That is, ", "Put differently, "])}${two}`;
  if (chance(random, 0.5)) {
    const verdict = same
      ? ["Both say the same.", "These two mean the same.", "The meaning is the same."]
      : ["They do not say the same.", "These two mean different things.", "The meaning is different."];
    return `${one} ${two} ${pick(random, verdict)}`;
  }
  const question = pick(random, ["Is that the same?", "Do both mean the same?", "Is the meaning the same?"]);
  return `${one} ${two} ${question} ${same ? "Yes" : "No"}.`;
}

function news(random: Random): string {
  const { sentences, summary, highlights, question, answer } = drawNews(random, "text");
  const text = sentences.join(" ");
  switch (weighted(random, { headline: 3, short: 4, points: 2, question: 2 })) {
    case "headline":
      return `${summary}\n${text}`;
    case "short":
      return `${text} ${pick(random, ["In short: ", "To sum up: ", "The news in one sentence: "])}${summary}`;
    case "points":
      return `${text}\n${highlights.map((point) => `- ${point}`).join("\n")}`;
    case "question":
      return `${text} ${question} ${capital(answer)}.`;
  }
}

function deed(random: Random): string {
  const story = drawDeed(random, "text");
  const asked = pickSome(random, DEED_QUESTIONS, between(random, 1, 3)).map(({ asks: question, part }) => {
    return `${story.fill(question)} ${capital(deedAnswers(random, story, part)[0])}.`;
  });
  if (chance(random, 0.7)) return [story.context, ...asked].join(" ");
  const { why, before, next, kind } = story.deed;
  return story.fill(
    `Before this N had to ${before}. ${story.context} It was done ${why}. Then N wanted to ${next}. N is ${kind}.`,
  );
}

function script(random: Random): string {
  const { steps } = drawScript(random);
  const { full, first } = drawPerson(random, "text");
  return steps.map((step, i) => `${i === 0 ? full : `Then ${first}`} ${step}.`).join(" ");
}

/** Returns a talk of two people about a third. */
function dialogue(random: Random): string {
  const one = drawPerson(random, "text");
  const two = drawOther(random, "text", one);
  const { person, traits } = drawPortrait(random, "text", 3);
  const [x, y, z] = traits as [Trait, Trait, Trait];
  const wrong = changed(random, z);
  const turns = shuffled(
    [
      [`Do you know ${person.full}?`, `Yes, ${person.first} ${says(random, x)}.`],
      [asks(random, person.first, y), `${capital(answers(y))}.`],
      [checks(random, person.first, wrong), `No, ${person.first} ${denies(random, wrong)}.`],
      [`How are you?`, `I am ${pick(random, FEELINGS)}, thank you.`],
      [`${person.first} ${says(random, y)}.`, pick(random, ["I see.", "Is that so?", "I did not know that."])],
    ],
    random,
  ).slice(0, between(random, 2, 4));
  const said = chance(random, 0.5);
  return turns
    .map(([q, r]) =>
      said ? `"${String(q)}" ${String(q).endsWith("?") ? "asked" : "said"} ${one.first}. "${String(r)}" said ${two.first}.` : `${one.first}: ${String(q)}\n${two.first}: ${String(r)}`,
    )
    .join(said ? " " : "\n"); // prettier-ignore
}

function list(random: Random): string {
  const fact = pick(random, FACTS);
  const items = pickSome(random, FACTS.filter((other) => other.values === fact.values), between(random, 3, 6)); // prettier-ignore
  switch (weighted(random, { people: 2, facts: 2, dates: 1 })) {
    case "people": {
      const trait = drawTraits(random, 1)[0] as Trait;
      const people = Array.from({ length: between(random, 3, 5) }, () => drawPerson(random, "text").full);
      return `${listed(people)} all live well. Each of them ${says(random, trait)}.`;
    }
    case "facts":
      return items.map(({ subject, value, answer }, i) => `${i + 1}. ${subject}: ${answer(value)}`).join("\n");
    case "dates":
      return pickSome(random, MONTHS, 3).map((month) => `${month}: ${a(pick(random, THINGS))} in ${pick(random, TOWNS)}`).join("\n"); // prettier-ignore
  }
}

/** Sentences about nothing in particular. */
function scenery(random: Random): string {
  const noun = () => `the ${chance(random, 0.6) ? `${pick(random, ADJECTIVES)} ` : ""}${pick(random, THINGS)}`;
  const sentences = Array.from({ length: between(random, 2, 4) }, () => {
    const { first } = drawPerson(random, "text");
    const place = pick(random, PLACES);
    return pick(random, [
      `${first} ${pick(random, VERBS)} ${noun()} at the ${place}.`,
      `There is ${a(pick(random, ADJECTIVES))} ${place} in ${pick(random, TOWNS)}, and ${noun()} is ${pick(random, ADJECTIVES)}.`,
      `In ${pick(random, MONTHS)} the ${place} was ${pick(random, ADJECTIVES)} and ${pick(random, ADJECTIVES)}.`,
      `${capital(noun())} was about ${noun()}, which they ${pick(random, VERBS)} on ${pick(random, DAYS)}.`,
      `When ${first} ${pick(random, VERBS)} ${noun()}, ${pick(random, NUMBERS)} people were at the ${place}.`,
      `If ${noun()} is ${pick(random, ADJECTIVES)}, then ${noun()} should be ${pick(random, ADJECTIVES)} because of the ${place}.`,
    ]);
  });
  return sentences.join(" ");
}
