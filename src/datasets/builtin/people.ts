/** Makes the people of the built-in world, and what can be said and asked of each. */

import type { Random } from "../../base/random.js";
import { sha256 } from "../../base/hash.js";
import { a, another, pick, pickSome } from "./draw.js";
import {
  ANIMALS, CLOTHES, COLOURS, DAYS, FIRST_NAMES, FOODS, INSTRUMENTS, JOBS, LAST_NAMES, NUMBERS, TOWNS, VEHICLES,
} from "./words.js"; // prettier-ignore

/** Names where a person may occur. Nobody occurs in two of them. */
export type Part = "text" | "train" | "eval";

export interface Person {
  readonly first: string;
  readonly full: string;
}

/** Puts eight in sixteen people into the training text, five into train rows, three into evaluated rows. */
const PARTS: ReadonlyMap<string, Part> = new Map(
  FIRST_NAMES.flatMap((first) =>
    LAST_NAMES.map((last) => {
      const lot = Number.parseInt(sha256(`${first} ${last}`).slice(0, 1), 16);
      return [`${first} ${last}`, lot < 8 ? "text" : lot < 13 ? "train" : "eval"];
    }),
  ),
);

export function drawPerson(random: Random, part: Part): Person {
  for (;;) {
    const first = pick(random, FIRST_NAMES);
    const full = `${first} ${pick(random, LAST_NAMES)}`;
    if (PARTS.get(full) === part) return { first, full };
  }
}

/** Draws a person with another first name. */
export function drawOther(random: Random, part: Part, not: Person): Person {
  for (;;) {
    const other = drawPerson(random, part);
    if (other.first !== not.first) return other;
  }
}

/** Describes a side of a person, such as the town; `V` stands for its value, `N` for the name. */
export interface Side {
  readonly name: string;
  readonly values: readonly string[];
  /** Ways to say it, which mean the same. */
  readonly says: readonly string[];
  readonly denies: readonly string[];
  readonly asks: readonly string[];
  readonly checks: readonly string[];
  readonly answer: (value: string) => string;
}

const asIs = (value: string) => value;

const SIDES: readonly Side[] = [
  {
    name: "town", values: TOWNS, answer: (value) => `in ${value}`,
    says: ["lives in V", "has a house in V", "is at home in V"], denies: ["does not live in V"],
    asks: ["Where does N live?", "In which town does N live?", "Which town is the home of N?"],
    checks: ["Does N live in V?", "Is N at home in V?"],
  },
  {
    name: "job", values: JOBS, answer: a,
    says: ["works as A", "is A by trade", "earns money as A"], denies: ["does not work as A"],
    asks: ["What is the job of N?", "What does N work as?", "How does N earn money?"],
    checks: ["Does N work as A?", "Is N A by trade?"],
  },
  {
    name: "pet", values: ANIMALS, answer: a,
    says: ["keeps A", "owns A", "takes care of A"], denies: ["does not keep A"],
    asks: ["Which animal does N keep?", "What animal does N own?", "Which animal belongs to N?"],
    checks: ["Does N keep A?", "Does N own A?"],
  },
  {
    name: "food", values: FOODS, answer: asIs,
    says: ["likes V best", "eats V every day", "is fond of V"], denies: ["does not like V"],
    asks: ["What does N like best?", "What does N eat every day?", "What food is N fond of?"],
    checks: ["Does N like V best?", "Is N fond of V?"],
  },
  {
    name: "music", values: INSTRUMENTS, answer: (value) => `the ${value}`,
    says: ["plays the V", "makes music on the V", "is good at the V"], denies: ["does not play the V"],
    asks: ["What does N play?", "Which instrument does N play?", "On what does N make music?"],
    checks: ["Does N play the V?", "Is N good at the V?"],
  },
  {
    name: "day", values: DAYS, answer: (value) => `on ${value}`,
    says: ["goes to the market on V", "visits the market on V"], denies: ["does not go to the market on V"],
    asks: ["When does N go to the market?", "On which day does N visit the market?"],
    checks: ["Does N go to the market on V?", "Does N visit the market on V?"],
  },
  {
    name: "vehicle", values: VEHICLES, answer: (value) => `by ${value}`,
    says: ["travels by V", "takes the V to work", "goes to work by V"], denies: ["does not travel by V"],
    asks: ["How does N travel?", "How does N go to work?"],
    checks: ["Does N travel by V?", "Does N take the V to work?"],
  },
  {
    name: "clothes", values: COLOURS.flatMap((colour) => CLOTHES.map((cloth) => `${colour} ${cloth}`)), answer: a,
    says: ["wears A", "is dressed in A"], denies: ["does not wear A"],
    asks: ["What does N wear?", "What is N dressed in?"], checks: ["Does N wear A?", "Is N dressed in A?"],
  },
  {
    name: "age", values: NUMBERS.slice(10), answer: (value) => `${value} years`,
    says: ["is V years old", "turned V this year"], denies: ["is not V years old"],
    asks: ["How old is N?", "What is the age of N?"], checks: ["Is N V years old?", "Did N turn V this year?"],
  },
]; // prettier-ignore

/** Holds a side of one person with its value. */
export interface Trait {
  readonly side: Side;
  readonly value: string;
}

/** Draws different sides, each with a value. */
export function drawTraits(random: Random, count: number, not: readonly Side[] = []): Trait[] {
  const sides = pickSome(random, SIDES.filter((side) => !not.includes(side)), count); // prettier-ignore
  return sides.map((side) => ({ side, value: pick(random, side.values) }));
}

/** Returns the same side with another value. */
export function changed(random: Random, { side, value }: Trait): Trait {
  return { side, value: another(random, side.values, value) };
}

function fill(pattern: string, name: string, { value }: Trait): string {
  return pattern.replace(/\b[NVA]\b/g, (letter) => (letter === "N" ? name : letter === "V" ? value : a(value)));
}

/** Writes a trait as a statement: "lives in Oster". */
export function says(random: Random, trait: Trait): string {
  return fill(pick(random, trait.side.says), "", trait);
}

/** Writes a trait in two different ways. */
export function saysTwice(random: Random, trait: Trait): [string, string] {
  const [one, two] = pickSome(random, trait.side.says, 2) as [string, string];
  return [fill(one, "", trait), fill(two, "", trait)];
}

/** Writes the denial of a trait: "does not live in Oster". */
export function denies(random: Random, trait: Trait): string {
  return fill(pick(random, trait.side.denies), "", trait);
}

/** Writes the question for a trait: "Where does Mara live?" */
export function asks(random: Random, name: string, trait: Trait): string {
  return fill(pick(random, trait.side.asks), name, trait);
}

/** Writes two different questions with the same answer. */
export function asksTwice(random: Random, name: string, trait: Trait): [string, string] {
  const [one, two] = pickSome(random, trait.side.asks, 2) as [string, string];
  return [fill(one, name, trait), fill(two, name, trait)];
}

/** Writes the question that checks a trait: "Does Mara live in Oster?" */
export function checks(random: Random, name: string, trait: Trait): string {
  return fill(pick(random, trait.side.checks), name, trait);
}

/** Writes the short answer to `asks`: "in Oster". */
export function answers({ side, value }: Trait): string {
  return side.answer(value);
}
