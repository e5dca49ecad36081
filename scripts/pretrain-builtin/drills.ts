/** Texts that are gone through question by question: the second part of the training text. */

import type { Random } from "../../src/base/random.js";
import { between, capital, chance, pick } from "../../src/datasets/builtin/draw.js";
import { describe, drawClaim, drawPortrait } from "../../src/datasets/builtin/pairs.js";
import {
  answers,
  asks,
  changed,
  checks,
  drawPerson,
  drawTraits,
  says,
  type Trait,
} from "../../src/datasets/builtin/people.js";

const FEW_DENIALS = [0, 0.05, 0.15] as const;

/** Words for what follows, is not said, and cannot be; one row is used in a whole text. */
const VERDICTS = [
  ["It follows.", "Nobody knows.", "It cannot be."],
  ["Yes.", "Maybe.", "No."],
  ["True.", "Unknown.", "False."],
  ["This is an entailment.", "This is neutral.", "This is a contradiction."],
] as const;

/** Returns a text and several claims about it, each with its verdict. */
export function claims(random: Random): string {
  const person = drawPerson(random, "text");
  const traits = drawTraits(random, between(random, 1, 3));
  const verdicts = pick(random, VERDICTS);
  const joint = pick(random, [" ", "\n"]);
  const lead = pick(random, ["", "", "Claim: ", "Is it so? "]);
  const lines = Array.from({ length: between(random, 2, 6) }, () => {
    const label = pick(random, [0, 1, 2] as const);
    const name = chance(random, 0.7) ? person.first : person.full;
    return `${lead}${name} ${drawClaim(random, traits, label, FEW_DENIALS)()}. ${verdicts[label]}`;
  });
  return [describe(random, person, traits), ...lines].join(joint);
}

/** Returns a text and many questions about it. */
export function questions(random: Random): string {
  const { person, traits, text } = drawPortrait(random, "text", between(random, 2, 4));
  const [no, yes] = pick(random, [["No.", "Yes."], ["No.", "Yes."], ["False.", "True."], ["no", "yes"]] as const); // prettier-ignore
  const open = pick(random, [0, 0.4]);
  const lines = Array.from({ length: between(random, 3, 7) }, () => {
    const trait = pick(random, traits);
    if (chance(random, open)) return `${asks(random, person.first, trait)} ${capital(answers(trait))}.`;
    const right = chance(random, 0.5);
    return `${checks(random, person.first, right ? trait : changed(random, trait))} ${right ? yes : no}`;
  });
  return [text, ...lines].join(pick(random, [" ", "\n"]));
}

/** Returns a sentence and several others that say the same or do not. */
export function restatements(random: Random): string {
  const { full } = drawPerson(random, "text");
  const traits = drawTraits(random, 2) as [Trait, Trait];
  const told = ([one, two]: readonly [Trait, Trait]) => `${full} ${says(random, one)} and ${says(random, two)}.`;
  const [different, same] = pick(random, [
    ["No.", "Yes."],
    ["Different.", "The same."],
    ["no", "yes"],
    ["These are no paraphrases.", "These are paraphrases."],
  ] as const);
  const lines = Array.from({ length: between(random, 2, 5) }, () => {
    const right = chance(random, 0.5);
    const wrong = pick(random, [0, 1]);
    const [one, two] = traits.map((trait, i) => (right || i !== wrong ? trait : changed(random, trait))) as [
      Trait,
      Trait,
    ];
    return `${told(chance(random, 0.6) ? [two, one] : [one, two])} ${right ? same : different}`;
  });
  return [told(traits), ...lines].join(pick(random, [" ", "\n"]));
}
