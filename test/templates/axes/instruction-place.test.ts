/** Tests the instruction before the fields, or after them. */

import { describe, expect, test } from "vitest";
import { FAMILY_NAMES } from "../../support/families.js";
import { promptSpace } from "../../../src/study/task-prompts.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import { instructionAfter } from "../../../src/templates/axes/instruction-place.js";
import { axisRecord } from "../../../src/templates/axes/record.js";
import { templatesWith } from "../../../src/templates/catalog.js";
import { selectVariants } from "../../../src/templates/selection.js";

const spaceOf = (name: string) => {
  const [task] = builtinRegistry().select([name]);
  if (task === undefined) throw new Error(name);
  return promptSpace(task, templatesWith([]), { numFewshot: 4, answer: "loglikelihood" });
};

describe("a text", () => {
  test.each([
    ["Say it.\nText: {{a}}\nAnswer: ", "Text: {{a}}\nSay it.\nAnswer: "],
    ["Say it.\n\nA: {{a}}\nB: {{b}}\n\nAnswer:", "A: {{a}}\nB: {{b}}\n\nSay it.\n\nAnswer:"],
    ["Read the text below. Then answer!\n{{a}}\n\nSo: ", "{{a}}\nRead the text above. Then answer!\n\nSo: "],
    ["What does the following text say?\n\n{{a}}\n\nIt says ", "{{a}}\n\nWhat does the above text say?\n\nIt says "],
  ])("%j becomes %j", (body, moved) => {
    expect(instructionAfter(body)).toEqual({ body: moved });
  });

  const noInstruction = "has no instruction on lines of its own before its fields";
  const noCue = "has no line after its fields that asks for nothing but the answer";
  test.each([
    ["{{a}} ", noInstruction],
    ["Say what this means: {{a}}\nAnswer: ", noInstruction],
    ["## Text\n\n{{a}}\n\nAnswer: ", noInstruction],
    ["Dear friend,\n\nPlease answer.\n\n{{a}}\n\nReply: ", noInstruction],
    ["Say it.\n{{a}} Answer: ", noCue],
    ["Say it.\n{{a}}", noCue],
    ["Say it.\n{{a}}\nThink first.\nAnswer: ", noCue],
    ["Here is a text.\n{{a}}\nAnswer: ", "has an instruction that leads over to its fields"],
  ])("%j stays as it is", (body, unfit) => {
    expect(instructionAfter(body)).toEqual({ unfit });
  });
});

describe.each(FAMILY_NAMES)("the wordings of %s", (family) => {
  const templates = templatesWith([]).get(family) ?? [];
  const moved = templates.flatMap(({ id, body }) => {
    const made = instructionAfter(body);
    return "unfit" in made ? [] : [{ id, body, after: made.body }];
  });

  test("can have their instruction after the fields, eight or more of them", () => {
    expect(moved.length).toBeGreaterThanOrEqual(8);
    for (const { id, body, after } of moved) {
      const fieldsOf = (text: string) => text.match(/\{\{\w+\}\}/g);
      expect(fieldsOf(after), id).toEqual(fieldsOf(body));
      expect(after.at(-1), id).toBe(body.at(-1));
      expect(after, id).not.toMatch(/\bbelow\b|\bfollowing\b|\n{3}/);
      const words = (text: string) => text.toLowerCase().match(/\w+/g)?.filter((word) => !/^(above|below|following)$/.test(word)).sort(); // prettier-ignore
      expect(words(after), id).toEqual(words(body));
    }
  });
});

test("a wording without an instruction of its own is refused, never asked unchanged", () => {
  const space = spaceOf("rte");
  for (const word of [
    "io+instruction-place=after",
    "paper+instruction-place=after",
    "format:3+instruction-place=after",
  ]) {
    expect(() => selectVariants(space, [word])).toThrow(/has no instruction on lines of its own before its fields$/);
  }
  expect(() => selectVariants(space, ["instruction-place"])).toThrow(
    'prompts "instruction-place" do not go with rte: the wording default has no instruction',
  );
  const all = selectVariants(space, ["wording+instruction-place=after"]);
  expect(all).toHaveLength(9);
  expect(all.every(({ id }) => id.endsWith("+instruction-place=after"))).toBe(true);
});

test("it goes together with a persona, which stays first", () => {
  const [variant] = selectVariants(spaceOf("rte"), ["imperative-first+persona=student+instruction-place=after"]);
  expect(variant?.content.body).toBe(
    "You are a diligent student sitting an examination.\nPremise: {{premise}}\nHypothesis: {{hypothesis}}\nDetermine how the hypothesis relates to the premise.\nLabel: ",
  );
});

test("it tells only the prompts apart whose instruction was moved", () => {
  const space = spaceOf("rte");
  const recorded = ["io", "imperative-first", "imperative-first+instruction-place=after"].map((word) => {
    return selectVariants(space, [word]).map((variant) => axisRecord(variant, space.task, 4)["instruction-place"]);
  });
  expect(recorded).toEqual([["before"], ["before"], ["after"]]);
});
