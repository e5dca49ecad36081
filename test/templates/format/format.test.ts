/** Tests the grammar of FormatSpread: its published counts, its rules and its values. */

import { describe, expect, test } from "vitest";
import { familyNamed } from "../../support/families.js";
import {
  allAssignments, canGenerate, formatNode, formatsOf, formatTemplate, sampledFormats,
} from "../../../src/templates/format/format.js"; // prettier-ignore
import { isPlausible, renderNode, type Node } from "../../../src/templates/format/grammar.js";
import { inCasing, NUMBERINGS, numberOf, wrapped, WRAPPERS } from "../../../src/templates/format/values.js";
import { BUILTIN_FAMILIES } from "../../../src/tasks/families/builtin.js";

describe("the counts of the published code", () => {
  /** Fields with a text, then the answer without one; all share separator and casing. */
  const inputAndAnswer = (inputs: readonly string[]) =>
    allAssignments().map((format): [string, Node] => {
      const about = { kind: "field", separator: format.separator, casing: format.casing } as const;
      const nodes = [
        ...inputs.map((descriptor) => ({ ...about, descriptor, text: "text" })),
        { ...about, descriptor: "Answer" },
      ];
      return [JSON.stringify(format), { kind: "sequence", nodes, space: format.space }];
    });

  test.each([[["Input"]], [["Input", "Context"]]])("of %j and the answer: 960, 680, 640, 480", (inputs) => {
    const all = inputAndAnswer(inputs);
    const accepted = all.filter(([, node]) => isPlausible(node));
    expect([
      all.length,
      accepted.length,
      new Set(accepted.map(([assignment]) => assignment)).size,
      new Set(accepted.map(([, node]) => renderNode(node))).size,
    ]).toEqual([960, 680, 640, 480]);
  });

  test("hold for every family, whose formats have ids of their own", () => {
    for (const family of BUILTIN_FAMILIES) {
      const bodies = [...formatsOf(family).values()].map((format) => formatTemplate(family, format).body);
      expect(new Set(bodies).size).toBe(480);
      expect([...formatsOf(family).values()].filter(canGenerate)).toHaveLength(420);
    }
  });
});

describe("rules", () => {
  const field = (separator: string, text?: string): Node => ({
    kind: "field", descriptor: "D", separator, casing: "identity", ...(text === undefined ? {} : { text }),
  }); // prettier-ignore
  const list = (separator: string, itemSeparator: string, space: string): Node => ({
    kind: "enumeration", descriptor: "Option", casing: "identity", wrapper: "(x)", numbering: "A", items: ["a", "b"],
    separator, itemSeparator, space,
  }); // prettier-ignore
  const sequence = (space: string, ...nodes: Node[]): Node => ({ kind: "sequence", nodes, space });

  test.each([
    ["a separator that is nothing", field("", "text"), false],
    ["a separator", field(": ", "text"), true],
    ["no space after a text", sequence("", field(": ", "a"), field(": ")), false],
    ["no space after an empty field", sequence("", field(": "), field(": ", "a")), true],
    ["a line break only inside a field", sequence(" ", field("\n ", "a"), field(": ")), false],
    ["the same where the field has no text", sequence(" ", field(": ", "a"), field("\n ")), true],
    ["line breaks inside and between", sequence("\n", field("\n ", "a"), field("\n ")), true],
    ["a line break only inside an item", list("\n", " ", ", "), false],
    ["a line break only before its number", list(" ", "\n", ", "), false],
    ["a line break between items, too", list("\n", " ", "\n"), true],
    ["an implausible part", sequence("\n", field("", "a"), field(": ")), false],
    ["a line break in an enumeration, none outside", sequence(" ", list("\n", " ", "\n"), field(": ")), false],
  ])("%s: %o is %s", (_what, node, plausible) => {
    expect(isPlausible(node)).toBe(plausible);
  });

  test("write an enumeration as text", () => {
    expect(renderNode(list(": ", " ", " || "))).toBe("Option (A): a || Option (B): b");
  });
});

describe("values", () => {
  test.each([
    ["title", "sentence_1 of they're NLI", "Sentence_1 Of They'Re Nli"],
    ["upper", "Sentence 1", "SENTENCE 1"],
    ["lower", "Sentence 1", "sentence 1"],
    ["identity", "aB", "aB"],
  ] as const)("%s casing as Python has it", (casing, text, expected) => {
    expect(inCasing(text, casing)).toBe(expected);
  });

  test("choices are numbered in each way", () => {
    expect(NUMBERINGS.map((numbering) => [0, 3, 8].map((i) => numberOf(i, numbering)))).toEqual([
      ["1", "4", "9"],
      ["A", "D", "I"],
      ["a", "d", "i"],
      ["Ⅰ", "Ⅳ", "Ⅸ"],
      ["i", "iv", "ix"],
      ["I", "IV", "IX"],
    ]);
    expect(() => numberOf(12, "Ⅰ")).toThrow(RangeError);
    expect(WRAPPERS.map((wrapper) => wrapped("x", wrapper))).toEqual(["(x)", "x.", "x)", "x )", "[x]", "<x>"]);
  });
});

describe("sampling", () => {
  const sample = (n: number, seed: number) =>
    Array.from(sampledFormats(familyNamed("nli"), seed), ({ id }) => id).slice(0, n);

  test("brings every format once, the first of them whatever the number", () => {
    const all = sample(1000, 7);
    expect(new Set(all)).toEqual(new Set(formatsOf(familyNamed("nli")).keys()));
    expect(all).toHaveLength(480);
  });

  test("is the same for a seed and another for another", () => {
    expect(sample(50, 7)).toEqual(sample(50, 7));
    expect(sample(50, 7)).not.toEqual(sample(50, 8));
  });

  test("is uniform over slots: a space that is twice in the list comes first twice as often", () => {
    const firsts = Array.from({ length: 3000 }, (_, seed) => {
      const [first] = sampledFormats(familyNamed("multiple_choice"), seed);
      return formatsOf(familyNamed("multiple_choice")).get(first?.id ?? "")?.space ?? "";
    });
    const share = (space: string) => firsts.filter((one) => one === space).length / firsts.length;
    // Of 680 accepted assignments 80 have " -- ", 40 have ", " and 56 "\n": 12, 6 and 8 %, ± 3 standard errors.
    expect(Math.abs(share(" -- ") - 80 / 680)).toBeLessThan(0.018);
    expect(Math.abs(share(", ") - 40 / 680)).toBeLessThan(0.013);
    expect(Math.abs(share("\n") - 56 / 680)).toBeLessThan(0.015);
  });

  test("a format is a template whose separator stands before the answer, too", () => {
    const template = formatTemplate(familyNamed("reading_comprehension"), {
      separator: ":: ",
      space: " || ",
      casing: "upper",
    });
    expect(template.body).toBe("PASSAGE:: {{passage}} || QUESTION:: {{question}} || ANSWER:: ");
    expect(template.answerSeparator).toBe("");
    const tree = formatNode(familyNamed("nli"), { separator: "-", space: "\n", casing: "lower" }, (field) => field);
    expect(renderNode(tree)).toBe("premise-premise\nhypothesis-hypothesis\nrelation-");
  });
});
