/** Tests what --prompts takes, and what it makes of it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/base/errors.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { axisSizes, LEVEL_AXES } from "../../src/templates/axes/registry.js";
import { wordingsOf } from "../../src/templates/catalog.js";
import { selectVariants } from "../../src/templates/selection.js";
import type { PromptSpace } from "../../src/templates/space.js";
import { parseTemplate, type Template } from "../../src/templates/template.js";

/** Holds the paper's three wordings, whatever else there is. */
const PAPER = ["default", "instruct", "io"];
function spaceOf(name: string, change: Partial<PromptSpace> = {}): PromptSpace {
  const [task] = builtinRegistry().select([name]);
  if (task === undefined) throw new Error(name);
  const wordings = wordingsOf(task.family).filter(({ id }) => PAPER.includes(id));
  return { task, wordings, numFewshot: 4, generated: task.answer.kind === "generation", ...change };
}
const idsOf = (space: PromptSpace, ...words: string[]) => selectVariants(space, words).map(({ id }) => id);
const select = (...words: string[]) => idsOf(spaceOf("rte"), ...words);

describe("names and globs", () => {
  test.each([
    [["default"], ["default"]],
    [["io", "default"], ["default", "io"]],
    [["io", "io"], ["io"]],
    [["i*"], ["instruct", "io"]],
    [["{io,default}"], ["default", "io"]],
    [["io|default"], ["default", "io"]],
    [["paper"], PAPER],
    [["wording"], PAPER],
    [["paper", "io"], PAPER],
  ])("%j gives %j, in the family's order and each once", (words, ids) => {
    expect(select(...words)).toEqual(ids);
  }); // prettier-ignore

  test.each([
    ["defualt", 'no prompt "defualt" in the family nli; did you mean "default"?'],
    ["Instruct", 'no prompt "Instruct" in the family nli; did you mean "instruct"?'],
    ["xyz*", 'no prompt "xyz*" in the family nli; known: paper, wording, design, axes, all, labels, choices, enumerator, choice-order, draw, shot-order, balance, shot-separator, '],
    ["", 'no prompt "" in the family nli; known: paper'],
    ["format-zzzzzz", 'no prompt "format-zzzzzz" in the family nli'],
    ["default+labels=yes-on", 'prompt level labels=yes-on: unknown; did you mean "yes-no"?'],
    ["default+lables=yes-no", 'prompt axis "lables": unknown; did you mean "labels"? (write +AXIS=LEVEL)'],
    ["default+labels", "prompt axis labels: give a level, as in +labels=…"],
    ["default+turns", 'prompt axis "turns": unknown'],
    ["default+labels=yes-no", 'prompt "default+labels=yes-no" does not go with rte: labels=yes-no has no words for the answers of rte'],
    ["default+choices=letter", 'prompt "default+choices=letter" does not go with rte: rte has no choices to show'],
    ["default+order=reversed", "an order of choices needs choices that are shown, as in +choices=letter"],
    ["default+shots=many", "prompt level shots=many: expected a whole number of at most 9999"],
    ["default+shots=0+draw=1", "does not go with rte: there are no shots"],
    ["default+between=tab", "prompt level shot-separator=tab: unknown; known: newline, blank-line, rule, hashes"],
    ["format:0", 'prompts "format:0": expected format:N or format:N@SEED with N from 1 to 10,000'],
    ["format:x", 'prompts "format:x": expected format:N'],
    ["format:5@x", 'prompts "format:5@x": expected format:N'],
    ["format:481", "format:481: there are 480 formats for rte; ask for at most these"],
    ["noise:tpyos", 'noise tpyos: unknown kind "tpyos"; did you mean "typos"?'],
    ["noise:typos:2", "noise typos:2: the rate must be a number above 0 and at most 1"],
    ["order:99999", 'prompts "order:99999": expected order:N'],
    ["shots:0", 'prompts "shots:0": expected shots:N'],
    ["shots", 'prompts "shots": name the levels, as in shots:… or +shots=…'],
    ["constructor", 'no prompt "constructor"'],
    ["default+__proto__=1", 'prompt axis "__proto__": unknown'],
  ])("%j is refused", (word, message) => {
    expect(() => select("default", word)).toThrow(UsageError);
    expect(() => select("default", word)).toThrow(message);
  }); // prettier-ignore
});

describe("axes", () => {
  const numbers = (name: string, ...words: string[]) => words.map((word) => idsOf(spaceOf(name), word).length);

  test("each selects its levels, and the default alone where it does nothing", () => {
    const words = ["labels", "choices", "choice-order:6", "draw:8", "format:50", "noise:typos", "cross:30", "design"];
    expect(numbers("rte", ...words)).toEqual([3, 1, 1, 8, 50, 1, 30, 24]);
    expect(numbers("boolq", ...words)).toEqual([3, 1, 1, 8, 50, 1, 30, 24]);
    expect(numbers("arc_easy", ...words)).toEqual([1, 4, 6, 8, 50, 1, 30, 24]);
    expect(numbers("xsum", ...words)).toEqual([1, 1, 1, 8, 50, 1, 30, 24]);
  });

  test("are in the names", () => {
    expect(select("labels")).toEqual(["default", "default+labels=true-maybe-false", "default+labels=yes-maybe-no"]);
    expect(select("draw:3")).toEqual(["default", "default+draw=1", "default+draw=2"]);
    expect(idsOf(spaceOf("arc_easy"), "choices")).toEqual(
      ["", "+choices=text", "+choices=letter", "+choices=both"].map((levels) => `default${levels}`),
    );
    expect(idsOf(spaceOf("arc_easy"), "choice-order:5")).toEqual(
      [
        "",
        "+choice-order=reversed",
        "+choice-order=rotated-1",
        "+choice-order=rotated-2",
        "+choice-order=shuffled-1",
      ].map((order) => `default+choices=letter${order}`),
    );
    expect(select("noise:typos", "noise:case:0.5@3")).toEqual(["default+noise=typos", "default+noise=case:0.5@3"]);
  });

  test("make a product where several levels are named", () => {
    expect(select("default|io+labels=yes-maybe-no|true-maybe-false+draw=0|1")).toHaveLength(8);
    expect(idsOf(spaceOf("arc_easy"), "io+choices=letter|both+enumerator=(A)|1.")).toEqual([
      "io+choices=letter+enumerator=(A)",
      "io+choices=letter+enumerator=1.",
      "io+choices=both+enumerator=(A)",
      "io+choices=both+enumerator=1.",
    ]);
    expect(select("format:3@5+shots=1")).toHaveLength(3);
  });

  test("at the level of the task and the study change neither name nor content", () => {
    const [plain] = selectVariants(spaceOf("rte"), ["default"]);
    const levels = "labels=entailment-neutral-contradiction+choices=cloze+shots=4+draw=0+shot-order=as-is+balance=none+shot-separator=newline+persona=none";
    expect(selectVariants(spaceOf("rte"), [`default+${levels}`])).toEqual([plain]);
  }); // prettier-ignore

  test("a sample grows without changing what is in it", () => {
    for (const word of ["format", "cross"]) {
      const few = select(`${word}:20@3`);
      expect(select(`${word}:40@3`)).toEqual(expect.arrayContaining(few));
      expect(select(`${word}:20@4`)).not.toEqual(few);
    }
  });

  test("formats for generated answers do not break the line before them", () => {
    const generated = selectVariants(spaceOf("xsum"), ["format:420"]);
    for (const { content } of generated) expect(content.body).not.toMatch(/\n\s*$/);
    expect(() => selectVariants(spaceOf("xsum"), ["format:421"])).toThrow("there are 420 formats for xsum");
  });

  test("the sample of the product has no noise and all else", () => {
    const sample = selectVariants(spaceOf("arc_easy"), ["cross:300"]);
    const used = new Set(sample.flatMap(({ levels }) => Object.keys(levels)));
    expect([...used].sort()).toEqual(["choice-order", "choices", "draw", "enumerator", "shot-order", "shot-separator"]);
    const ofLabels = selectVariants(spaceOf("rte"), ["cross:300"]);
    expect([...new Set(ofLabels.flatMap(({ levels }) => Object.keys(levels)))].sort()).toEqual(["balance", "draw", "labels", "shot-order", "shot-separator"]); // prettier-ignore
    const formats = sample.filter(({ template }) => template.style === "format").length;
    expect(formats).toBeGreaterThan(120);
    expect(formats).toBeLessThan(270);
  });

  test("a product that is used up is refused rather than looked for for ever", () => {
    const small = spaceOf("xsum", { numFewshot: 0 });
    expect(() => selectVariants(small, ["cross:1000"])).toThrow(
      /^cross:1000: there are hardly more than 4\d\d prompts/,
    );
  });

  test("without shots nothing varies them", () => {
    const space = spaceOf("rte", { numFewshot: 0 });
    expect(idsOf(space, "draw:8")).toEqual(["default"]);
    expect(idsOf(space, "default+shots=2+draw=1")).toEqual(["default+shots=2+draw=1"]);
  });

  test("`all` is every wording and every axis, one at a time", () => {
    // An axis that is added comes last: its levels stand behind these, before the other wordings.
    const known = new Set(["persona", "labels", "draw", "shot-order", "balance", "shot-separator"]);
    const ofKnown = (id: string) => [...id.matchAll(/\+([a-z-]+)=/g)].every(([, axis]) => known.has(axis as string));
    expect(select("all").filter(ofKnown)).toEqual([
      ...["", "+labels=true-maybe-false", "+labels=yes-maybe-no", "+draw=1", "+draw=2", "+draw=3", "+shot-order=reversed",
        "+balance=labels", "+shot-separator=blank-line", "+shot-separator=rule", "+shot-separator=hashes", "+persona=helpful-assistant",
        "+persona=careful-assistant", "+persona=expert", "+persona=teacher", "+persona=student", "+persona=editor",
        "+persona=scientist", "+persona=novice"].map((levels) => `default${levels}`),
      "instruct",
      "io",
    ]); // prettier-ignore
  });
});

test("every name is a word that selects the same prompt again", () => {
  for (const name of ["rte", "boolq", "arc_easy", "hellaswag", "xsum"]) {
    const space = spaceOf(name);
    const variants = selectVariants(space, ["all", "cross:60", "design", "format:5@2", "noise:spaces:0.25@9"]);
    for (const variant of variants) {
      expect(selectVariants(space, [variant.id]).map(({ hash }) => hash)).toEqual([variant.hash]);
      expect(variant.id).not.toContain(",");
    }
    expect(new Set(variants.map(({ id }) => id)).size).toBe(variants.length);
    expect(new Set(variants.map(({ hash }) => hash)).size).toBe(variants.length);
  }
});

test("property: any text is a selection or one clear error", () => {
  const word = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc
      .tuple(fc.constantFrom("default", "format:3", "paper", "x"), fc.array(fc.tuple(fc.constantFrom(...LEVEL_AXES.flatMap(({ name, was = [] }) => [name, ...was]), "z"), fc.string({ maxLength: 8 }))))
      .map(([base, levels]) => [base, ...levels.map(([axis, level]) => `${axis}=${level}`)].join("+")),
  ); // prettier-ignore
  const space = spaceOf("rte");
  fc.assert(
    fc.property(word, (text) => {
      try {
        expect(selectVariants(space, [text]).length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
  );
});

describe("a wording that names answers", () => {
  const naming = (words: string): Template =>
    parseTemplate(
      `---\nid: naming\nfamily: reading_comprehension\nstyle: question\npaper: false\nnote: x\n---\n{{passage}} Say ${words}: {{question}} `,
      "x",
    );
  const space = (words: string) => spaceOf("boolq", { wordings: [...spaceOf("boolq").wordings, naming(words)] });

  test("is asked with those, and refused with others", () => {
    expect(idsOf(space("true or false"), "naming")).toEqual(["naming+labels=true-false"]);
    expect(idsOf(space("yes or no"), "naming")).toEqual(["naming"]);
    expect(idsOf(space("what is right"), "naming+labels=1-0")).toEqual(["naming+labels=1-0"]);
    expect(() => idsOf(space("yes or no"), "naming+labels=1-0")).toThrow(
      'prompt "naming+labels=1-0" does not go with boolq: the wording naming itself names the answers yes-no, not 1-0',
    );
  });

  test("stands in the presentation that it fits, and is left out of crossed designs and products where it does not", () => {
    const levelsOf = (words: string) =>
      idsOf(space(words), "design")
        .filter((id) => id.startsWith("naming"))
        .map((id) => id.includes("labels=true-false"));
    expect(levelsOf("yes or no")).toEqual([false]);
    expect(levelsOf("true or false")).toEqual([true]);
    expect(levelsOf("1 or 0")).toEqual([]);
    expect(idsOf(space("yes or no"), "axes").some((id) => id.startsWith("naming"))).toBe(false);
    expect(idsOf(space("what is right"), "axes")).toContain("naming+labels=true-false+draw=1");
    expect(idsOf(space("yes or no"), "wording+labels=1-0")).toEqual(["default+labels=1-0", "io+labels=1-0"]);
  });
});

test("every axis has a size for a task", () => {
  expect(axisSizes(spaceOf("rte"))).toMatchObject({
    wording: 3, format: 480, labels: 3, choices: 1, enumerator: 1, "choice-order": 1, draw: "8+", "shot-order": "2+",
    balance: 2, "shot-separator": 4, "instruction-place": 2, persona: 9,
  }); // prettier-ignore
  expect(axisSizes(spaceOf("arc_easy"))).toMatchObject({ labels: 1, choices: 4, enumerator: 36 });
  expect(axisSizes(spaceOf("xsum", { numFewshot: 0 }))).toMatchObject({ format: 420, "shot-separator": 1, draw: 1 });
});
