/** Tests the list of axes: their names, old and new, and what holds for each of them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/base/errors.js";
import { sha256 } from "../../../src/base/hash.js";
import { promptSpace } from "../../../src/study/task-prompts.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import { axisRecord, withPresentNames } from "../../../src/templates/axes/record.js";
import { AXES, CROSSED, LEVEL_AXES, ownLevels } from "../../../src/templates/axes/registry.js";
import { templatesWith } from "../../../src/templates/catalog.js";
import { selectVariants } from "../../../src/templates/selection.js";
import type { PromptSpace } from "../../../src/templates/space.js";
import type { PromptVariant } from "../../../src/templates/variant.js";

const root = join(import.meta.dirname, "../../..");

function spaceOf(name: string, numFewshot = 4): PromptSpace {
  const [task] = builtinRegistry().select([name]);
  if (task === undefined) throw new Error(name);
  return promptSpace(task, templatesWith([]), { numFewshot, answer: "loglikelihood" });
}
const select = (name: string, word: string, numFewshot?: number) => selectVariants(spaceOf(name, numFewshot), [word]);
const hashes = (name: string, word: string) => select(name, word).map(({ hash }) => hash);

describe("every axis", () => {
  test("has names that no other axis has or had", () => {
    const names = AXES.flatMap(({ name, was = [] }) => [name, ...was]);
    expect(new Set(names).size).toBe(names.length);
    for (const { name } of AXES) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test("has a row in the documentation", () => {
    const page = readFileSync(join(root, "docs/prompts.md"), "utf8");
    for (const { name, was = [] } of AXES) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\` `));
      expect(row, name).toBeDefined();
      for (const old of was) expect(row, name).toContain(`\`${old}\``);
    }
  });

  test.each(["rte", "boolq", "arc_easy", "xsum"])("reads what it writes, for %s", (name) => {
    const space = spaceOf(name);
    for (const axis of LEVEL_AXES) {
      const levels = [...(axis.levels?.(space) ?? []), ...(axis.many?.(9) ?? [])];
      for (const level of levels) expect(axis.parse(axis.write(level)), axis.name).toEqual(level);
    }
    const [plain] = select(name, "default") as [PromptVariant];
    const own = LEVEL_AXES.flatMap((axis) => {
      const level = axis.of(ownLevels(space));
      return level === undefined ? [] : [`+${axis.name}=${axis.write(level)}`];
    });
    expect(select(name, `default${own.join("")}`).map(({ hash }) => hash)).toEqual([plain.hash]);
  });

  test("is recorded of every prompt", () => {
    for (const variant of select("arc_easy", "cross:50+persona+instruction-place")) {
      const record = axisRecord(variant, spaceOf("arc_easy").task, 4);
      expect(Object.keys(record)).toEqual(AXES.map(({ name }) => name));
    }
  });
});

describe("an old name", () => {
  test.each([
    ["rte", "default+answer_words=yes-maybe-no+shot_draw=1", "default+labels=yes-maybe-no+draw=1"],
    ["rte", "io+between=rule+shot_order=reversed", "io+shot-separator=rule+shot-order=reversed"],
    ["rte", "io+shot_balance=labels+shot_separator=rule", "io+balance=labels+shot-separator=rule"],
    ["arc_easy", "io+choices=letter+order=reversed", "io+choices=letter+choice-order=reversed"],
    ["arc_easy", "io+choices=letter+choice_order=reversed|as-is", "io+choices=letter+choice-order=reversed|as-is"],
    ["arc_easy", "order:6", "choice-order:6"],
    ["arc_easy", "shots:8", "draw:8"],
    ["rte", "between", "shot-separator"],
  ])("selects the same prompts of %s: %s", (task, old, present) => {
    expect(hashes(task, old)).toEqual(hashes(task, present));
    for (const { id } of select(task, old)) expect(id).not.toMatch(/between|_|[+:]order/);
  });

  test("beside the name of today is one axis given twice", () => {
    const both = () => select("rte", "io+between=rule+shot-separator=hashes");
    expect(both).toThrow(UsageError);
    expect(both).toThrow(
      'prompt "io+between=rule+shot-separator=hashes": the axis shot-separator is given twice (as between and as shot-separator); write shot-separator=LEVEL|LEVEL',
    );
  });

  test("in stored results is read as the name of today", () => {
    const stored = { wording: "io", answer_words: "yes-no", choice_order: null, shots: 4, shot_draw: 1, shot_order: "as-is", shot_balance: "none", shot_separator: "rule", own: 1 }; // prettier-ignore
    expect(withPresentNames(stored)).toEqual({ wording: "io", labels: "yes-no", "choice-order": null, shots: 4, draw: 1, "shot-order": "as-is", balance: "none", "shot-separator": "rule", own: 1 }); // prettier-ignore
  });
});

describe("samples of the product", () => {
  const golden = JSON.parse(readFileSync(join(root, "test/golden/cross-samples.json"), "utf8")) as Record<
    string,
    string
  >;

  test("are those of the golden file", () => {
    const found = Object.keys(golden).map((key) => {
      const [task = "", shots, word = ""] = key.split(" ");
      const sample = select(task, word, Number(shots));
      return [key, sha256(sample.map(({ hash }) => hash).join("\n"))];
    });
    expect(Object.fromEntries(found)).toEqual(golden);
    expect(found.length).toBeGreaterThanOrEqual(72);
  });

  const withoutNew = ({ template, levels }: PromptVariant) => {
    const old = CROSSED.flatMap((axis) => (axis.of(levels) === undefined ? [] : [[axis.name, axis.of(levels)]]));
    return JSON.stringify([template.id, old]);
  };

  test.each(["rte", "arc_easy", "xsum"])("of %s stay what they are on the old axes when more are named", (task) => {
    const plain = select(task, "cross:60@3").map(withoutNew);
    for (const more of ["+persona", "+instruction-place", "+instruction-place+persona"]) {
      const sample = select(task, `cross:60@3${more}`);
      expect(sample.map(withoutNew).sort()).toEqual([...plain].sort());
      const few = select(task, `cross:20@3${more}`).map(({ hash }) => hash);
      expect(sample.map(({ hash }) => hash)).toEqual(expect.arrayContaining(few));
    }
  });

  test("take the levels of a further axis alike, and leave out those that do not go with a wording", () => {
    const sample = select("rte", "cross:500+persona+instruction-place");
    const personas = sample.map(({ levels }) => levels["persona"]);
    expect(new Set(personas).size).toBe(9);
    for (const name of new Set(personas)) {
      expect(personas.filter((one) => one === name).length, String(name)).toBeGreaterThan(25);
    }
    const moved = sample.filter(({ levels: own }) => own["instruction-place"] === "after");
    expect(moved.length).toBeGreaterThan(30);
    expect(moved.every(({ template }) => template.style !== "format")).toBe(true);
    expect(sample.every(({ template, levels: own }) => template.style !== "role" || own["persona"] === undefined)).toBe(true); // prettier-ignore
  });

  test("are crossed with levels that are named", () => {
    const pairs = select("rte", "cross:30+persona=none|expert");
    const roles = select("rte", "cross:30").filter(({ template }) => template.style === "role").length;
    expect(pairs).toHaveLength(60 - roles);
  });

  test.each([
    ["cross:20+labels", "cross: labels is among the axes that it varies anyway"],
    ["cross:20+shots", "cross: name the levels of shots, as in +shots=…"],
    ["cross:20+noise", "cross: name the levels of noise, as in +noise=…"],
    ["cross:20+personas", 'prompt axis "personas": unknown; did you mean "persona"?'],
    ["cross:x+persona", 'prompts "cross:x": expected cross:N or cross:N@SEED'],
    ["default+persona", "prompt axis persona: give a level, as in +persona=…"],
  ])("%s is refused", (word, message) => {
    expect(() => select("rte", word)).toThrow(UsageError);
    expect(() => select("rte", word)).toThrow(message);
  });
});
