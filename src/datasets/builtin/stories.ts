/** Tells what happens in the built-in world: deeds between two people, news, and things that are done step by step. */

import type { Random } from "../../base/random.js";
import { a, between, capital, pick, pickSome } from "./draw.js";
import { drawOther, drawPerson, type Part, type Person } from "./people.js";
import { COLOURS, DAYS, FEELINGS, FOODS, JOBS, NUMBERS, OBJECTS, PLACES, TOWNS } from "./words.js";

/**
 * Describes something one person does with another, and what lies before, behind and after it. N does it, M is the
 * other, O a thing.
 */
interface Deed {
  readonly does: string;
  readonly why: string;
  readonly before: string;
  readonly next: string;
  readonly feels: string;
  readonly kind: string;
}

const DEEDS: readonly Deed[] = [
  { does: "carried the O for M", why: "to help M", before: "lift the O", next: "put the O down", feels: "grateful", kind: "helpful" },
  { does: "took the O from M", why: "to have the O", before: "see the O", next: "hide the O", feels: "angry", kind: "greedy" },
  { does: "gave the O to M", why: "to make a gift", before: "buy the O", next: "see M smile", feels: "happy", kind: "generous" },
  { does: "broke the O of M", why: "out of anger", before: "quarrel with M", next: "run away", feels: "sad", kind: "rough" },
  { does: "mended the O for M", why: "to do a good turn", before: "fetch some tools", next: "give the O back", feels: "glad", kind: "skilful" },
  { does: "hid the O from M", why: "to play a trick", before: "find a dark corner", next: "laugh at M", feels: "puzzled", kind: "playful" },
  { does: "showed the O to M", why: "to hear what M thinks", before: "unpack the O", next: "listen to M", feels: "curious", kind: "open" },
  { does: "sold the O to M", why: "to earn some money", before: "name a price", next: "count the money", feels: "content", kind: "clever" },
  { does: "lent the O to M", why: "because M had none", before: "trust M", next: "wait for the O", feels: "thankful", kind: "trusting" },
  { does: "threw the O at M", why: "to hurt M", before: "grow very angry", next: "say sorry", feels: "afraid", kind: "wild" },
]; // prettier-ignore

export interface DeedStory {
  readonly deed: Deed;
  readonly context: string;
  readonly fill: (pattern: string) => string;
}

const SCENES = ["", "", "On D, ", "At the P, ", "Near the P, ", "One day ", "Last D, "];

export function drawDeed(random: Random, part: Part): DeedStory {
  const one = drawPerson(random, part);
  const two = drawOther(random, part, one);
  const [thing, place, day] = [pick(random, OBJECTS), pick(random, PLACES), pick(random, DAYS)];
  const deed = pick(random, DEEDS);
  const names: Record<string, string> = { N: one.first, M: two.first, O: thing, P: place, D: day };
  const fill = (pattern: string) => pattern.replace(/\b[NMOPD]\b/g, (letter) => names[letter] as string);
  const scene = pick(random, SCENES);
  const tail = pick(random, ["", "", " It was raining.", " Nobody else was there.", " The P was full of people."]);
  return { deed, context: capital(fill(`${scene}N ${deed.does}.${tail}`)), fill };
}

/** Lists what can be asked about a deed: the question, and which part of the deed answers it. */
export const DEED_QUESTIONS = [
  { asks: "Why did N do this?", part: "why" },
  { asks: "What does N need to do before this?", part: "before" },
  { asks: "What will N want to do next?", part: "next" },
  { asks: "How would M feel afterwards?", part: "feels" },
  { asks: "How would you describe N?", part: "kind" },
] as const satisfies readonly { asks: string; part: keyof Deed }[];

/** Returns the right answer and two wrong ones of the same sort. */
export function deedAnswers(random: Random, { deed, fill }: DeedStory, part: keyof Deed): [string, string, string] {
  const others = pickSome(random, DEEDS.filter((other) => other[part] !== deed[part]), 2); // prettier-ignore
  return [deed, ...others].map((one) => fill(one[part])) as [string, string, string];
}

/** Describes a piece of news: what an article says, its summary, and its parts for questions. */
export interface News {
  readonly person: Person;
  readonly job: string;
  readonly town: string;
  readonly day: string;
  readonly sentences: readonly string[];
  readonly summary: string;
  readonly highlights: readonly [string, string];
  readonly question: string;
  readonly answer: string;
}

/** Lists events: `did` in the past tense and `has` in the perfect; X is a thing. */
const EVENTS = [
  { did: "opened a new P", has: "has opened a new P", why: "because the old one was too small" },
  { did: "won a prize for X", has: "has won a prize for X", why: "after years of hard work" },
  { did: "lost X", has: "has lost X", why: "because of a hole in the bag" },
  { did: "found X near the P", has: "has found X near the P", why: "while walking the dog" },
  { did: "gave X to the P", has: "has given X to the P", why: "to thank the town" },
  { did: "sold X for K coins", has: "has sold X for K coins", why: "because money was short" },
  { did: "built Q", has: "has built Q", why: "so that people can meet there" },
  { did: "stole X from the P", has: "has stolen X from the P", why: "but nobody knows why" },
  { did: "repaired the P", has: "has repaired the P", why: "after the storm" },
  { did: "painted the P C", has: "has painted the P C", why: "because the colour had faded" },
] as const;

export function drawNews(random: Random, part: Part): News {
  const person = drawPerson(random, part);
  const friend = drawOther(random, part, person);
  const event = pick(random, EVENTS);
  const [job, town, day] = [pick(random, JOBS), pick(random, TOWNS), pick(random, DAYS)];
  const place = pick(random, PLACES);
  const names: Record<string, string> = {
    P: place, Q: a(place), X: a(`${pick(random, COLOURS)} ${pick(random, OBJECTS)}`), K: pick(random, NUMBERS), C: pick(random, COLOURS),
  }; // prettier-ignore
  const fill = (pattern: string) => pattern.replace(/\b[PQXKC]\b/g, (letter) => names[letter] as string);
  const { first, full } = person;
  const count = pick(random, NUMBERS);
  const asides = [
    `${first} has worked as ${a(job)} for ${count} years.`,
    `"I am very ${pick(random, FEELINGS)}," said ${first}.`,
    `${friend.full} was there and saw it all.`,
    `About ${pick(random, NUMBERS)} people came to look.`,
    `Afterwards everybody ate ${pick(random, FOODS)}.`,
    `It happened ${fill(event.why)}.`,
    `The weather was ${pick(random, ["bad", "fine", "cold", "warm"])} on ${day}.`,
  ];
  const [about, ...rest] = asides as [string, ...string[]];
  const lead = pick(random, [
    `On ${day} ${full} ${fill(event.did)} in ${town}.`,
    `${full} from ${town} ${fill(event.did)} on ${day}.`,
    `In ${town}, ${full} ${fill(event.did)} on ${day}.`,
  ]);
  return {
    person, job, town, day,
    sentences: [lead, ...pickSome(random, [about, ...pickSome(random, rest, between(random, 1, 3))], 4)],
    summary: `${capital(a(job))} from ${town} ${fill(event.has)}.`,
    highlights: [`${full} ${fill(event.did)} in ${town} .`, `${first} has worked as ${a(job)} for ${count} years .`],
    question: `What did ${first} do on ${day}?`,
    answer: fill(event.did),
  }; // prettier-ignore
}

/** Lists things that are done step by step, each in its own order. N is the person. */
const SCRIPTS: readonly (readonly string[])[] = [
  ["takes the kettle", "fills the kettle with water", "puts the kettle on the fire", "pours hot water into a cup"],
  ["takes a brush and a pot of paint", "paints the door", "waits until the door is dry", "cleans the brush"],
  ["digs a hole in the garden", "puts a seed into the hole", "covers the seed with earth", "gives the seed some water"],
  ["mixes flour and water", "makes a loaf of the dough", "puts the loaf into the oven", "takes the warm bread out"],
  ["writes a letter", "folds the letter", "puts the letter into an envelope", "brings the envelope to the post"],
  ["opens the stable", "puts a saddle on the horse", "sits up on the horse", "rides down the road"],
  ["goes down to the boat", "unties the rope", "rows out on the lake", "throws the net into the water"],
  ["collects some wood", "lays the wood in a ring of stones", "lights the wood with a match", "sits by the warm fire"],
  ["takes the dirty shirt", "puts the shirt into soapy water", "rubs the shirt clean", "hangs the shirt on the line"],
  ["opens the book", "looks for the right page", "reads the story aloud", "closes the book"],
  ["measures the cloth", "cuts the cloth", "sews the pieces together", "tries the new coat on"],
  ["buys a ticket", "waits for the train", "gets on the train", "looks for a seat"],
];

export interface ScriptStory {
  readonly steps: readonly string[];
  /** Last steps and other steps of other scripts. */
  readonly others: readonly string[];
}

export function drawScript(random: Random): ScriptStory {
  const steps = pick(random, SCRIPTS);
  return { steps, others: SCRIPTS.filter((script) => script !== steps).map((script) => pick(random, script)) };
}
