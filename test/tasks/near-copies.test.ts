import fc from "fast-check";
import { expect, test } from "vitest";
import { askedOf, NearCopies } from "../../src/tasks/near-copies.js";

const wordsOf = (question: string) => askedOf({ fields: { question }, gold: 0 });
const isCopy = (a: string, b: string) => new NearCopies([wordsOf(a)]).find(wordsOf(b)) !== undefined;

const LONG =
  "The harbour office said on Tuesday that the ferry, which carries 400 people, would stay in the dock until its engine had been checked.";

test.each([
  ["a space at the end", LONG, `${LONG} `],
  ["a line break within", LONG, LONG.replace(" said", "\nsaid")],
  ["capitals", LONG, LONG.toUpperCase()],
  ["other quotation marks", `He said "no".`, "He said “no”"],
  ["no full stop", "Is it so?", "Is it so"],
  ["full-width letters", "Is it so?", "Ｉｓ ｉｔ ｓｏ?"],
  ["one other word in a long text", LONG, LONG.replace("checked", "tested")],
])("a text with %s is a near copy", (_what, a, b) => {
  expect(isCopy(a, b)).toBe(true);
  expect(isCopy(b, a)).toBe(true);
});

test.each([
  ["one other word in a short text", "What is the capital of France?", "What is the capital of Spain?"],
  ["another number", LONG, LONG.replace("400", "300")],
  ["a sign", "Which is less than 3?", "Which is less than -3?"],
  ["another sign", "Is 3 < x?", "Is 3 > x?"],
  ["vowel signs alone", "क्या यह सही है", "क्यो यह सही है"],
  ["the same words in another order", "Ann saw Bob before Eve left the old house on the hill in May", "Eve left Bob before Ann saw the old hill on the house in May"],
])("a text with %s is another one", (_what, a, b) => {
  expect(isCopy(a, b)).toBe(false);
}); // prettier-ignore

test("another question about the same long text is another one, a changed long text under the same question is not", () => {
  const about = (passage: string, question: string) => askedOf({ fields: { passage, question }, gold: 0 });
  const rows = new NearCopies([about(LONG, "does the ferry sail")]);
  expect(rows.find(about(LONG, "does the ferry carry people"))).toBeUndefined();
  expect(rows.find(about(LONG.replace("harbour", "port"), "Does the ferry sail?"))).toBe(0);
});

test("the order of choices does not make another question, other choices do", () => {
  const asked = (...choices: string[]) => askedOf({ fields: { question: "Which floats?" }, choices, gold: 0 });
  expect(asked("ice", "lead")).toEqual(asked("lead", "ice"));
  expect(asked("ice", "lead")).not.toEqual(asked("wood", "lead"));
});

test("property: a text is a copy of itself in any spacing, and is found where it lies", () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.array(word, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 8, selector: String }),
      fc.nat(),
      (texts, choice) => {
        const index = choice % texts.length;
        const text = texts[index] as string[];
        const found = new NearCopies(texts.map((one) => wordsOf(one.join(" ")))).find(wordsOf(` ${text.join("  ")}\n`));
        expect(found).toBe(index);
      },
    ),
  );
});
