/** Tests the wordings of each family: enough of them, really different, and the same question in all of them. */

import { beforeAll, describe, expect, test } from "vitest";
import type { Example, Task } from "../../src/tasks/contract.js";
import { FAMILIES, FAMILY_NAMES, questionsIn } from "../support/families.js";
import { templatesWith, EXPERIMENT_FORMATS } from "../../src/templates/catalog.js";
import { answerChoices, answerText } from "../../src/templates/render.js";
import type { Template } from "../../src/templates/template.js";
import { variantOf } from "../../src/templates/variant.js";

/** Words of the label sets that a task or an axis of the prompt may choose from: a body must fit all of them. */
const LABELS = ["entailment", "neutral", "contradiction", "yes", "no", "maybe", "true", "false"];

/** Holds all that the two spellings may differ in. */
const AMERICAN = new Map([
  ["analyse", "analyze"],
  ["analysed", "analyzed"],
  ["behaviour", "behavior"],
  ["centre", "center"],
  ["characterise", "characterize"],
  ["emphasised", "emphasized"],
  ["judgement", "judgment"],
  ["learnt", "learned"],
  ["practise", "practice"],
  ["recognise", "recognize"],
  ["summarise", "summarize"],
  ["visualise", "visualize"],
  ["whilst", "while"],
]);

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
const withoutFields = (body: string) => body.replaceAll(/\{\{[^}]*\}\}/g, " ");
const isNew = ({ id }: Template) => !EXPERIMENT_FORMATS.includes(id);

describe.each(FAMILY_NAMES)("the wordings of %s", (family) => {
  const templates = templatesWith([]).get(family) ?? [];
  const added = templates.filter(isNew);
  let samples: [Task, readonly Example[]][];
  beforeAll(async () => {
    samples = await questionsIn(family);
  });

  test("are twenty or more, in eight styles or more, under names of their own", () => {
    expect(templates.length).toBeGreaterThanOrEqual(20);
    expect(new Set(templates.map(({ style }) => style)).size).toBeGreaterThanOrEqual(8);
    expect(new Set(templates.map(({ id }) => id)).size).toBe(templates.length);
    expect(added.filter(({ paper }) => paper)).toEqual([]);
  });

  test("use each field once", () => {
    for (const { id, body } of templates) {
      const used = [...body.matchAll(/\{\{(\w+)\}\}/g)].map(([, field]) => field);
      expect(used.sort(), id).toEqual([...(FAMILIES[family] ?? [])].sort());
    }
  });

  test("are 3 to 80 words of plain ASCII, beside the fields", () => {
    for (const { id, body } of added) {
      const count = wordsOf(withoutFields(body)).length;
      expect(count, id).toBeGreaterThanOrEqual(3);
      expect(count, id).toBeLessThanOrEqual(80);
      expect(body, id).toMatch(/^[\x20-\x7e\n]+$/);
      expect(body, id).not.toMatch(/^\s| \n|\n{3}|\S {3,}/);
    }
  });

  test("end in a cue, mostly with the one space that the answer follows", () => {
    for (const { id, body } of added) expect(body, id).toMatch(/[^\s}][ \n]?$/);
    const spaced = added.filter(({ body }) => body.endsWith(" ")).length;
    const bare = added.filter(({ body }) => !/\s$/.test(body)).length;
    expect(spaced).toBeGreaterThan(added.length / 2);
    expect(bare).toBeGreaterThanOrEqual(4);
  });

  test("differ in more than punctuation and capitals", () => {
    const seen = new Map<string, string>();
    for (const { id, body } of templates) {
      const words = wordsOf(body).join(" ");
      expect(seen.get(words), `${id} has the words of another`).toBeUndefined();
      seen.set(words, id);
    }
  });

  test("make different prompts of every row of the samples", () => {
    for (const [task, examples] of samples) {
      for (const { fields } of examples) {
        const prompts = templates.map((template) => template.render(fields));
        expect(new Set(prompts).size, `${task.name}: ${JSON.stringify(fields)}`).toBe(templates.length);
      }
    }
  });

  test("do not end in an answer", () => {
    const plain = variantOf(templates[0] as Template);
    const answers = new Set(
      samples.flatMap(([task, examples]) =>
        examples.flatMap((example) => [answerText(plain, task, example), ...answerChoices(plain, task, example)]),
      ),
    );
    const lower = new Set([...answers].map((answer) => answer.toLowerCase()));
    expect(lower.size).toBeGreaterThan(1);
    for (const { id, body } of templates) {
      const last = wordsOf(withoutFields(body)).at(-1);
      if (last !== undefined) expect(lower.has(last), `${id} ends in "${last}"`).toBe(false);
    }
  });

  test("have a British and an American spelling of one text, and no other depends on spelling", () => {
    const bodyOf = (style: string) => {
      const found = templates.filter((template) => template.style === style);
      expect(found).toHaveLength(1);
      return (found[0] as Template).body.toLowerCase();
    };
    const [british, american] = [bodyOf("british"), bodyOf("american")];
    expect(british.replaceAll(/[a-z]+/g, (word) => AMERICAN.get(word) ?? word)).toBe(american);
    expect(wordsOf(british).filter((word) => AMERICAN.has(word)).length).toBeGreaterThanOrEqual(2);
    const fromAmerica = new Set(AMERICAN.values());
    expect(wordsOf(british).filter((word) => fromAmerica.has(word))).toEqual([]);
    const spelt = new Set([...AMERICAN].flat());
    for (const { id, style, body } of templates) {
      if (style === "british" || style === "american") continue;
      expect(
        wordsOf(body).filter((word) => spelt.has(word)),
        id,
      ).toEqual([]);
    }
  });

  if (["nli", "paraphrase", "reading_comprehension", "text_classification"].includes(family)) {
    test("name no label, so that they fit every label set", () => {
      for (const { id, body } of added) {
        const words = wordsOf(body);
        expect(
          LABELS.filter((label) => words.includes(label)),
          id,
        ).toEqual([]);
      }
    });
  }

  if (["multiple_choice", "sentence_completion"].includes(family)) {
    test("leave room for a list of choices after the question", () => {
      for (const { id, body } of added) expect(body, id).toMatch(/\}\}\n/);
    });
  }
});

test("a manner has the same style in every family", () => {
  const styles = new Map<string, string>();
  for (const { id, style } of [...templatesWith([]).values()].flat()) {
    expect(styles.get(id) ?? style, id).toBe(style);
    styles.set(id, style);
  }
});
