/** Makes pairs of sentences whose relation is known, because both are made from what is true of the same people. */

import type { Random } from "../../base/random.js";
import { capital, chance, pick, pickSome, shuffledPair } from "./draw.js";
import {
  asks, asksTwice, changed, denies, drawOther, drawPerson, drawTraits, says, saysTwice, type Part, type Person, type Trait,
} from "./people.js"; // prettier-ignore
import { drawDeed } from "./stories.js";
import { DAYS, OBJECTS } from "./words.js";

export interface Pair {
  readonly one: string;
  readonly two: string;
}

/** Numbers the relations: 0 entailment, 1 neutral, 2 contradiction. */
export type Inference = Pair & { readonly label: 0 | 1 | 2 };

/** Writes one or two sentences that say all the traits. */
export function describe(random: Random, { full, first }: Person, traits: readonly Trait[]): string {
  const said = traits.map((trait) => says(random, trait));
  if (said.length === 1) return `${full} ${String(said[0])}.`;
  const [begin, last] = [said.slice(0, -1), String(said.at(-1))];
  if (begin.length > 1) return `${full} ${begin.join(" and ")}. ${first} ${last}.`;
  return pick(random, [
    `${full} ${String(begin[0])} and ${last}.`,
    `${full} ${String(begin[0])}. ${first} ${last}.`,
    `${full}, who ${String(begin[0])}, ${last}.`,
  ]);
}

/** Tells how often a claim of each label is worded as a denial. */
type Denials = readonly [entailment: number, neutral: number, contradiction: number];

const DENIALS: Denials = [0.1, 0.1, 0.3];

export interface InferenceOptions {
  /** Traits in the premise at most. */
  readonly most?: number;
  /** Labels, as likely as they are often named. */
  readonly labels?: readonly Inference["label"][];
  readonly denials?: Denials;
}

export function drawInference(
  random: Random,
  part: Part,
  { most = 3, labels = [0, 1, 2], denials }: InferenceOptions = {},
): Inference {
  const person = drawPerson(random, part);
  const traits = drawTraits(random, 1 + Math.floor(random() * most));
  const label = pick(random, labels);
  const claim = drawClaim(random, traits, label, denials);
  const name = chance(random, 0.7) ? person.first : person.full;
  return { one: describe(random, person, traits), two: `${name} ${claim()}.`, label };
}

/** Draws a claim that follows from the traits, is not said, or cannot be: without the name. */
export function drawClaim(
  random: Random,
  traits: readonly Trait[],
  label: Inference["label"],
  denials: Denials = DENIALS,
): () => string {
  const trait = pick(random, traits);
  const [other] = drawTraits(random, 1, traits.map(({ side }) => side)); // prettier-ignore
  return () => {
    const denied = chance(random, denials[label]);
    if (label === 0) return denied ? denies(random, changed(random, trait)) : says(random, trait);
    if (label === 1) return denied ? denies(random, other as Trait) : says(random, other as Trait);
    return denied ? denies(random, trait) : says(random, changed(random, trait));
  };
}

export type Likeness = Pair & {
  readonly same: boolean;
  /** As people might judge it, from 0 to 5. */
  readonly score: number;
};

/**
 * Draws two sentences that share most of their words.
 * @param reworded how many times as likely rewordings are as each of the other kinds
 */
export function drawLikeness(random: Random, part: Part, reworded = 2): Likeness {
  const draw = pick(random, [...Array.from({ length: reworded }, () => sameTraits), crossedTraits, deedTold]);
  return draw(random, part, chance(random, 0.5));
}

/** Writes the traits reordered and reworded; or with one value changed. */
function sameTraits(random: Random, part: Part, same: boolean): Likeness {
  const { full } = drawPerson(random, part);
  const traits = drawTraits(random, 2);
  const [a, b] = traits.map((trait) => saysTwice(random, trait)) as [[string, string], [string, string]];
  const wrong = pick(random, [0, 1]);
  const reworded = [a[1], b[1]].map((text, i) => {
    return same || i !== wrong ? text : says(random, changed(random, traits[i] as Trait));
  });
  const [x, y] = chance(random, 0.7) ? [reworded[1], reworded[0]] : reworded;
  return {
    one: `${full} ${a[0]} and ${b[0]}.`, two: `${full} ${String(x)} and ${String(y)}.`, same, score: same ? 4.6 : 2.4,
  }; // prettier-ignore
}

/** Writes two people and one trait of each; told in the other order, or crossed. */
function crossedTraits(random: Random, part: Part, same: boolean): Likeness {
  const one = drawPerson(random, part);
  const two = drawOther(random, part, one);
  const [trait] = drawTraits(random, 1) as [Trait];
  const [x, y] = [says(random, trait), says(random, changed(random, trait))];
  const told = (p: string, q: string) => [`${one.full} ${p}`, `${two.full} ${q}`] as const;
  const [first, second] = told(x, y);
  const [third, fourth] = same ? [second, first] : shuffledPair(random, told(y, x));
  return { one: `${first} and ${second}.`, two: `${third} and ${fourth}.`, same, score: same ? 4.8 : 2.2 };
}

/** Writes a deed with its day in front or behind; or done by the other, with another thing or on another day. */
function deedTold(random: Random, part: Part, same: boolean): Likeness {
  const { deed, fill } = drawDeed(random, part);
  const day = pick(random, DAYS);
  const plain = fill(`N ${deed.does}`);
  const [one, two] = [`${plain} on ${day}.`, `On ${day} ${plain}.`];
  if (same) return { one, two, same, score: 5 };
  const swap = (text: string) => text.replace(/\b[NM]\b/g, (letter) => (letter === "N" ? "M" : "N"));
  const wrong = pick(random, [
    `On ${day} ${fill(swap(`N ${deed.does}`))}.`,
    `On ${pick(random, DAYS.filter((other) => other !== day))} ${plain}.`,
    `On ${day} ${fill(`N ${deed.does.replace(/\bO\b/, pick(random, OBJECTS.filter((object) => object !== fill("O"))))}`)}.`,
  ]); // prettier-ignore
  return { one, two: wrong, same, score: 2.6 };
}

/** Draws two questions that ask the same, or do not. */
export function drawQuestions(random: Random, part: Part): Likeness {
  const person = drawPerson(random, part);
  const [trait, other] = drawTraits(random, 2) as [Trait, Trait];
  const [one, two] = asksTwice(random, person.full, trait);
  if (chance(random, 0.5)) return { one, two, same: true, score: 5 };
  const wrong = chance(random, 0.6)
    ? asks(random, person.full, other)
    : asks(random, drawOther(random, part, person).full, trait);
  return { one, two: wrong, same: false, score: 1.5 };
}

/** Draws short descriptions with a score of likeness that need not be at an end of the scale. */
export function drawScored(random: Random, part: Part): Likeness {
  if (chance(random, 0.6)) return drawLikeness(random, part);
  const [person, trait] = [drawPerson(random, part), drawTraits(random, 2)] as const;
  const [x, y] = trait as [Trait, Trait];
  const one = `${person.full} ${says(random, x)}.`;
  const [same, score, two] = pick(random, [
    [true, 4.2, `${capital(person.first)} ${says(random, x)}.`],
    [false, 0.8, `${drawOther(random, part, person).full} ${says(random, y)}.`],
  ] as const);
  return { one, two, same, score };
}

/** Draws several traits of one person, for texts that are asked about. */
export function drawPortrait(
  random: Random,
  part: Part,
  count: number,
): { person: Person; traits: Trait[]; text: string } {
  const person = drawPerson(random, part);
  const traits = drawTraits(random, count);
  const sentences = traits.map((trait, i) => `${i === 0 ? person.full : person.first} ${says(random, trait)}.`);
  return { person, traits, text: [sentences[0], ...pickSome(random, sentences.slice(1), count)].join(" ") };
}
