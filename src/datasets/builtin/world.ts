/**
 * Defines what is always true in the built-in world: drawn once from a fixed seed, stated in the text again and again.
 */

import { randomStream, shuffled } from "../../base/random.js";
import { a, capital } from "./draw.js";
import {
  ANIMAL_FOODS, ANIMAL_HOMES, ANIMALS, COLOURS, JOBS, MATERIALS, OBJECTS, REGIONS, RIVERS, TOOLS, TOWNS, USES, WORKPLACES,
} from "./words.js"; // prettier-ignore

/** Holds one thing that can be known about a kind: a question, its answer, and statements. */
export interface Fact {
  /** What it is about, e.g. "hen". */
  readonly subject: string;
  readonly value: string;
  /** All values that facts of this sort have. */
  readonly values: readonly string[];
  /** Sentences that say it. */
  readonly statements: readonly string[];
  /** Questions whose answer is `answer(value)`. */
  readonly questions: readonly string[];
  /** Beginnings that `answer(value)` ends. */
  readonly stems: readonly string[];
  readonly answer: (value: string) => string;
  /** Questions whose answer is the subject, and all subjects. */
  readonly reverse: readonly string[];
  readonly subjects: readonly string[];
}

const WORLD_SEED = 7;

/** Assigns a value to each subject, every value as often as the others. */
function assigned(name: string, subjects: readonly string[], values: readonly string[]): ReadonlyMap<string, string> {
  const order = shuffled(subjects, randomStream("builtin world", WORLD_SEED, name));
  return new Map(order.map((subject, i) => [subject, values[i % values.length] as string]));
}

/** Tells how a sort of facts is put into words: S is the subject, V the value, `s` and `v` with an article. */
interface Wording {
  readonly subjects: readonly string[];
  readonly values: readonly string[];
  readonly statements: readonly string[];
  readonly questions: readonly string[];
  readonly stems: readonly string[];
  readonly reverse: readonly string[];
  readonly answer: (value: string) => string;
}

const asIs = (value: string) => value;

const SORTS: Readonly<Record<string, Wording>> = {
  animalFood: {
    subjects: ANIMALS, values: ANIMAL_FOODS, answer: asIs,
    statements: ["<s> eats <V>.", "The food of <s> is <V>.", "Every <S> likes <V>.", "If you have <s>, feed it <V>."],
    questions: ["What does <s> eat?", "What is the food of <s>?"], stems: ["<s> eats", "The food of <s> is"],
    reverse: ["Which animal eats <V>?"],
  },
  animalHome: {
    subjects: ANIMALS, values: ANIMAL_HOMES, answer: (value) => `in a ${value}`,
    statements: ["<s> sleeps in a <V>.", "The home of <s> is a <V>.", "You can find <s> in a <V>."],
    questions: ["Where does <s> sleep?", "Where can you find <s>?"], stems: ["<s> sleeps", "You can find <s>"],
    reverse: ["Which animal sleeps in a <V>?"],
  },
  animalColour: {
    subjects: ANIMALS, values: COLOURS, answer: asIs,
    statements: ["In this land <s> is mostly <V>.", "The usual colour of <s> is <V>."],
    questions: ["What colour is <s> mostly?", "What is the usual colour of <s>?"], stems: ["The usual colour of <s> is"],
    reverse: ["Which animal is mostly <V>?"],
  },
  jobPlace: {
    subjects: JOBS, values: WORKPLACES, answer: (value) => `in the ${value}`,
    statements: ["<s> works in the <V>.", "The <V> is where <s> works.", "If you look for a <S>, go to the <V>."],
    questions: ["Where does <s> work?", "Where should you look for <s>?"], stems: ["<s> works"],
    reverse: ["Who works in the <V>?"],
  },
  jobTool: {
    subjects: JOBS, values: TOOLS, answer: (value) => `the ${value}`,
    statements: ["<s> needs the <V> for the work.", "The tool of <s> is the <V>.", "Without the <V> no <S> can work."],
    questions: ["What does <s> need for the work?", "What is the tool of <s>?"], stems: ["The tool of <s> is"],
    reverse: ["Who needs the <V> for the work?"],
  },
  objectMaterial: {
    subjects: OBJECTS, values: MATERIALS, answer: asIs,
    statements: ["<s> is made of <V>.", "People make <s> from <V>.", "You need <V> to make <s>."],
    questions: ["What is <s> made of?", "What do you need to make <s>?"], stems: ["<s> is made of"],
    reverse: ["Which of these is made of <V>?"],
  },
  objectUse: {
    subjects: OBJECTS, values: USES, answer: (value) => `for ${value}`,
    statements: ["<s> is used for <V>.", "People use <s> for <V>.", "For <V> you take <s>."],
    questions: ["What is <s> used for?"], stems: ["<s> is used"],
    reverse: ["Which of these is used for <V>?"],
  },
  townRegion: {
    subjects: TOWNS, values: REGIONS, answer: (value) => `in the ${value}`,
    statements: ["<S> lies in the <V>.", "The town of <S> is in the <V>.", "To reach <S> you travel to the <V>."],
    questions: ["Where does <S> lie?", "Where is the town of <S>?"], stems: ["<S> lies", "The town of <S> is"],
    reverse: ["Which town lies in the <V>?"],
  },
  townRiver: {
    subjects: TOWNS, values: RIVERS, answer: (value) => `the ${value}`,
    statements: ["The river at <S> is the <V>.", "<S> was built on the river <V>.", "The <V> flows through <S>."],
    questions: ["Which river flows through <S>?"], stems: ["The river at <S> is"],
    reverse: ["Which town was built on the river <V>?"],
  },
}; // prettier-ignore

function filled(pattern: string, subject: string, value: string): string {
  return capital(pattern.replaceAll("<s>", a(subject)).replaceAll("<S>", subject).replaceAll("<V>", value));
}

function factsOf(name: string, wording: Wording): Fact[] {
  const { subjects, values, statements, questions, stems, reverse, answer } = wording;
  const drawn = assigned(name, subjects, values);
  return subjects.map((subject) => {
    const value = drawn.get(subject) as string;
    const fill = (patterns: readonly string[]) => patterns.map((pattern) => filled(pattern, subject, value));
    return {
      subject, value, values, subjects, answer,
      statements: fill(statements), questions: fill(questions), stems: fill(stems), reverse: fill(reverse),
    }; // prettier-ignore
  });
}

/** Lists every fact of the world. */
export const FACTS: readonly Fact[] = Object.entries(SORTS).flatMap(([name, wording]) => factsOf(name, wording));

/** Lists the subjects for which a sort of facts has this value: what cannot be a wrong answer to a reverse question. */
export function subjectsWith({ values, subjects, value }: Fact): readonly string[] {
  return FACTS.filter((fact) => fact.values === values && fact.subjects === subjects && fact.value === value).map(
    ({ subject }) => subject,
  );
}
