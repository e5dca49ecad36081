import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { documents, type TextMix } from "../../../scripts/pretrain-builtin/documents.js";
import { FIRST_NAMES, LAST_NAMES } from "../../../src/datasets/builtin/words.js";
import { drawPerson } from "../../../src/datasets/builtin/people.js";
import { randomStream } from "../../../src/base/random.js";

function first(count: number, mix: TextMix, seed = 1): string[] {
  const text = documents(seed, mix);
  return Array.from({ length: count }, () => text.next().value as string);
}

const NAME = new RegExp(`\\b(?:${FIRST_NAMES.join("|")}) (?:${LAST_NAMES.join("|")})\\b`, "g");

const sha256 = (texts: readonly string[]) => {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text}\0`);
  return hash.digest("hex");
};

describe.each(["broad", "close"] as const)("the %s part of the text", (mix) => {
  const texts = first(3000, mix);

  // Golden: the checkpoints of models/builtin were trained on this text. It may only change together with them.
  test("is the one that the built-in checkpoints learned", () => {
    expect(sha256(texts)).toMatchSnapshot();
  });

  test("repeats itself rarely and depends on the seed", () => {
    expect(new Set(texts).size).toBeGreaterThan(0.97 * texts.length);
    expect(new Set([...texts, ...first(300, mix, 2)]).size).toBeGreaterThan(new Set(texts).size + 290);
  });

  test("leaves no gap of a pattern unfilled, and holds plain English sentences", () => {
    for (const text of texts) {
      expect(text).not.toMatch(/undefined|NaN|<[sSV]>| {2}|\b[NVMXK]\b/);
      expect(text).toMatch(/^[\x20-\x7e\n]+$/);
      expect(text.length).toBeLessThan(3000);
    }
  });

  test("tells only of people who are in no row", () => {
    const told = new Set(texts.flatMap((text) => [...text.matchAll(NAME)].map(([name]) => name)));
    expect(told.size).toBeGreaterThan(0.4 * FIRST_NAMES.length * LAST_NAMES.length);
    for (const part of ["train", "eval"] as const) {
      const random = randomStream("test", part);
      const others = new Set(Array.from({ length: 3000 }, () => drawPerson(random, part).full));
      expect(others.size).toBeGreaterThan(0.1 * FIRST_NAMES.length * LAST_NAMES.length);
      expect([...others].filter((name) => told.has(name))).toEqual([]);
    }
  });
});

test("every form of question and answer is one of many", () => {
  const forms = first(4000, "broad").filter((text) => /answer|reply|output|result|label|verdict/i.test(text));
  const layouts = new Set(
    forms.map((text) => /\n?([^\n]{0,3}(?:answer|reply|output|result|label|verdict)[^\n]{0,4})/i.exec(text)?.[1]),
  );
  expect(layouts.size).toBeGreaterThan(60);
});
