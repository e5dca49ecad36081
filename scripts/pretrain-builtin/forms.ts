/** Small records in many layouts ("Question: … Answer: …"), several of a kind one below the other. */

import { shuffled, type Random } from "../../src/base/random.js";
import { between, chance, listed, pick, pickSome, weighted } from "../../src/datasets/builtin/draw.js";
import { drawInference, drawLikeness, drawPortrait, drawQuestions } from "../../src/datasets/builtin/pairs.js";
import { answers, asks, changed, checks } from "../../src/datasets/builtin/people.js";
import { DEED_QUESTIONS, deedAnswers, drawDeed, drawNews } from "../../src/datasets/builtin/stories.js";
import { FACTS } from "../../src/datasets/builtin/world.js";

/** Describes the fields of a record, each with the names it may have; the last is the answer. */
type Form = readonly (readonly [names: readonly string[], text: string])[];

const TEXT = ["Text", "Passage", "Context", "Input", "Story", "Read this", "Document"];
const QUESTION = ["Question", "Q", "Asked", "Query", "Please answer"];
const ANSWER = ["Answer", "A", "Reply", "Output", "Result", "Label", "Verdict", "Your answer"];
const ONE = ["Sentence 1", "First", "Text 1", "One", "Premise", "Input 1"];
const TWO = ["Sentence 2", "Second", "Text 2", "Two", "Claim", "Input 2"];

const YES_NO = [
  ["no", "yes"], ["no", "yes"], ["no", "yes"], ["false", "true"], ["No", "Yes"], ["0", "1"], ["wrong", "right"],
] as const; // prettier-ignore
const VERDICTS = [
  ["yes", "maybe", "no"], ["true", "unknown", "false"], ["it follows", "nobody knows", "it cannot be"],
] as const; // prettier-ignore

const KINDS: Readonly<Record<string, (random: Random) => () => Form>> = {
  check: (random) => {
    const words = pick(random, YES_NO);
    return () => {
      const { person, traits, text } = drawPortrait(random, "text", between(random, 2, 4));
      const trait = pick(random, traits);
      const yes = chance(random, 0.5);
      const question = checks(random, person.first, yes ? trait : changed(random, trait));
      return [[TEXT, text], [QUESTION, question], [ANSWER, words[yes ? 1 : 0]]];
    };
  },
  ask: (random) => () => {
    const { person, traits, text } = drawPortrait(random, "text", between(random, 2, 4));
    const trait = pick(random, traits);
    return [[TEXT, text], [QUESTION, asks(random, person.first, trait)], [ANSWER, answers(trait)]];
  },
  question: (random) => () => {
    const { person, traits, text } = drawPortrait(random, "text", between(random, 2, 3));
    const trait = pick(random, traits);
    return [[TEXT, text], [ANSWER, answers(trait)], [QUESTION, asks(random, person.first, trait)]];
  },
  fact: (random) => () => {
    const fact = pick(random, FACTS);
    return [[QUESTION, pick(random, fact.questions)], [ANSWER, fact.answer(fact.value)]];
  },
  choice: (random) => () => {
    const fact = pick(random, FACTS);
    const wrong = pickSome(random, fact.values.filter((value) => value !== fact.value), 3);
    const choices = shuffled([fact.value, ...wrong], random).map(fact.answer);
    const right = fact.answer(fact.value);
    return [[QUESTION, `${pick(random, fact.questions)} ${choices.map((text, i) => `${"ABCD"[i] as string}. ${text}`).join(" ")}`],
      [ANSWER, "ABCD"[choices.indexOf(right)] as string]];
  },
  options: (random) => () => {
    const fact = pick(random, FACTS);
    const wrong = pickSome(random, fact.values.filter((value) => value !== fact.value), 2);
    const choices = shuffled([fact.value, ...wrong], random).map(fact.answer);
    return [[QUESTION, pick(random, fact.questions)], [["Choices", "Options", "Pick one"], listed(choices)],
      [ANSWER, fact.answer(fact.value)]];
  },
  deed: (random) => {
    const answerLast = chance(random, 0.6);
    return () => {
      const story = drawDeed(random, "text");
      const asked = pick(random, DEED_QUESTIONS);
      const [right] = deedAnswers(random, story, asked.part);
      const [question, answer] = [[QUESTION, story.fill(asked.asks)], [ANSWER, right]] as const;
      return [[TEXT, story.context], ...(answerLast ? [question, answer] : [answer, question])];
    };
  },
  summary: (random) => () => {
    const { sentences, summary } = drawNews(random, "text");
    return [[TEXT, sentences.join(" ")], [["Summary", "In short", "Headline", "Main point"], summary]];
  },
  same: (random) => {
    const words = pick(random, YES_NO);
    return () => {
      const { one, two, same } = chance(random, 0.3) ? drawQuestions(random, "text") : drawLikeness(random, "text");
      return [[ONE, one], [TWO, two], [["Same", "Same meaning", "Alike", ...ANSWER], words[same ? 1 : 0]]];
    };
  },
  follows: (random) => {
    const words = pick(random, VERDICTS);
    return () => {
      const { one, two, label } = drawInference(random, "text");
      return [[ONE, one], [TWO, two], [["Does it follow", "Verdict", ...ANSWER], words[label]]];
    };
  },
}; // prettier-ignore

const SHARES = {
  check: 4,
  ask: 3,
  question: 2,
  fact: 2,
  choice: 2,
  options: 1,
  deed: 3,
  summary: 3,
  same: 2,
  follows: 2,
};

/** Describes how records look: all of one document look alike. */
interface Layout {
  readonly name: (text: string) => string;
  readonly after: string;
  readonly between: string;
  readonly apart: string;
}

function drawLayout(random: Random): Layout {
  const name = pick(random, [
    (text: string) => text,
    (text: string) => text,
    (text: string) => text.toLowerCase(),
    (text: string) => text.toUpperCase(),
    (text: string) => `### ${text}`,
    (text: string) => `[${text}]`,
    (text: string) => `<${text.toLowerCase()}>`,
    (text: string) => `**${text}**`,
  ]);
  return {
    name,
    after: pick(random, [": ", ": ", ": ", " - ", ":\n", " = ", " "]),
    between: pick(random, ["\n", "\n", "\n ", " ", " ", " | ", "\n\n"]),
    apart: pick(random, ["\n", "\n\n", "\n\n", "\n---\n"]),
  };
}

/** Returns one to six records of one kind in one layout. */
export function formDocument(random: Random): string {
  const draw = (KINDS[weighted(random, SHARES)] as (typeof KINDS)[string])(random);
  const { name, after, between: joint, apart } = drawLayout(random);
  const bare = chance(random, 0.15);
  const labels = draw().map(([names]) => pick(random, names));
  const records = Array.from({ length: between(random, 1, 6) }, () => {
    const form = draw();
    return form.map(([, text], i) => (bare ? text : `${name(String(labels[i]))}${after}${text}`)).join(joint);
  });
  return records.join(apart);
}
