/** Tests a sentence before each question that says who answers. */

import { describe, expect, test } from "vitest";
import { FAMILIES, FAMILY_NAMES, taskIn } from "../../support/families.js";
import { promptSpace } from "../../../src/study/task-prompts.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";
import { persona } from "../../../src/templates/axes/persona.js";
import { templatesWith } from "../../../src/templates/catalog.js";
import { ANSWER_WORDS } from "../../../src/templates/labels.js";
import { selectVariants } from "../../../src/templates/selection.js";

const tasks = builtinRegistry().all();

describe.each(FAMILY_NAMES)("in the family %s", (family) => {
  const task = taskIn(family);
  const space = promptSpace(task, templatesWith([]), { numFewshot: 4, answer: "loglikelihood" });

  test("each stands on a line before the wording, and none leaves it as it is", () => {
    const [plain, ...others] = selectVariants(space, ["persona"]);
    expect(others).toHaveLength(8);
    for (const { content, id, render } of others) {
      expect(id).toMatch(/^default\+persona=[a-z-]+$/);
      const [sentence = "", ...rest] = content.body.split("\n");
      expect(sentence).toMatch(/^You are an? [a-z ]+\.$/);
      expect(rest.join("\n")).toBe(plain?.content.body);
      const fields = Object.fromEntries((FAMILIES[family] ?? []).map((name) => [name, "X"]));
      expect(render(fields)).toBe(`${sentence}\n${plain?.render(fields) ?? ""}`);
    }
    expect(new Set(others.map(({ hash }) => hash)).size).toBe(8);
  });

  test("goes with formats, and not with a wording that says itself who answers", () => {
    expect(selectVariants(space, ["format:2+persona=teacher"])).toHaveLength(2);
    const role = space.wordings.find(({ style }) => style === "role")?.id ?? "";
    expect(() => selectVariants(space, [`${role}+persona=teacher`])).toThrow(
      `prompt "${role}+persona=teacher" does not go with ${task.name}: the wording ${role} itself says who answers`,
    );
  });
});

test("no sentence holds a word that is an answer", () => {
  const answers = new Set(Object.values(ANSWER_WORDS).flatMap((words) => Object.values(words) as string[]));
  const [task] = tasks;
  if (task === undefined) throw new Error("no task");
  const space = promptSpace(task, templatesWith([]), { numFewshot: 0, answer: "loglikelihood" });
  for (const level of persona.levels?.(space) ?? []) {
    const { body } = persona.apply(
      { family: task.family.name, body: "", answerSeparator: "", shotSeparator: "" },
      level,
      {},
    );
    for (const word of body.toLowerCase().match(/[a-z0-9]+/g) ?? []) expect(answers.has(word), body).toBe(false);
  }
});

test("an unknown one is refused with the nearest", () => {
  expect(() => persona.parse("techer")).toThrow('prompt level persona=techer: unknown; did you mean "teacher"?');
});
