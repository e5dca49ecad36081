/**
 * Tests the default design: 24 wordings a task, of which no two render alike on any sample row; and the crossed design.
 */

import { describe, expect, test } from "vitest";
import { promptSpace } from "../../src/study/task-prompts.js";
import { cellRequests } from "../../src/study/requests.js";
import { prepareTaskRows } from "../../src/study/task-rows.js";
import type { Task } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import type { AxisRecord } from "../../src/templates/axes/axis.js";
import { axisRecord } from "../../src/templates/axes/record.js";
import { templatesWith } from "../../src/templates/catalog.js";
import { crossedDesignOf, designOf } from "../../src/templates/design.js";
import type { PromptSpace } from "../../src/templates/space.js";

const tasks = builtinRegistry()
  .all()
  .map((task): [string, Task] => [task.name, task]);
const spaceOf = (task: Task, numFewshot: number, change: Partial<PromptSpace> = {}): PromptSpace => ({
  ...promptSpace(task, templatesWith([]), { numFewshot, answer: "loglikelihood" }),
  ...change,
});

describe.each(tasks)("the design of %s", (_name, task) => {
  test.each([4, 0])("with %d shots: no two prompts are alike on any row", async (numFewshot) => {
    const variants = designOf(spaceOf(task, numFewshot));
    expect(variants).toHaveLength(24);
    expect(new Set(variants.map(({ id }) => id)).size).toBe(24);
    const rows = await prepareTaskRows(task, { kind: "sample" }, { numFewshot, limit: undefined, seed: 42 }, variants);
    if ("skipped" in rows) throw new Error(rows.skipped);
    expect(rows.items.length).toBeGreaterThanOrEqual(40);
    const asked = variants.map((variant) => cellRequests(rows, variant, "loglikelihood"));
    rows.items.forEach((_, i) => {
      const whole = asked.map(({ requests, answers }) => JSON.stringify([requests[i]?.segments.join(""), answers[i]]));
      expect(new Set(whole).size, "prompts with their answers").toBe(24);
      expect(new Set(asked.map(({ requests }) => requests[i]?.segments.join(""))).size, "prompts").toBe(24);
    });
  });

  test.each([4, 0])("with %d shots has every wording once, half of them in each presentation", (numFewshot) => {
    const records = designOf(spaceOf(task, numFewshot)).map((variant) => axisRecord(variant, task, numFewshot));
    const wordings = new Set(records.map(({ wording, format }) => wording ?? format));
    const presentations = records.map((record) => presentationOf(record));
    const counts = [...new Set(presentations)].map((one) => presentations.filter((other) => other === one).length);
    expect(wordings.size).toBe(24);
    expect(counts).toEqual(numFewshot === 0 && task.answer.kind === "generation" ? [24] : [12, 12]);
    const draws = records.map(({ draw }) => draw);
    expect(draws).toEqual(draws.map((_, i) => (numFewshot === 0 ? 0 : i)));
    for (const { noise, chat, shots } of records) expect([noise, chat, shots]).toEqual([null, "off", numFewshot]);
  });

  test("of another size, has as many wordings", () => {
    const space = spaceOf(task, 4);
    const ids = (size: number) => designOf(space, size).map(({ template }) => template.id);
    expect(new Set(ids(40)).size).toBe(40);
    expect(ids(13)).toHaveLength(13);
  });

  test("crossed, has every combination of its three axes once", () => {
    const records = crossedDesignOf(spaceOf(task, 4)).map((variant) => axisRecord(variant, task, 4));
    const wordings = new Set(records.map(({ wording, format }) => wording ?? format));
    const presentations = new Set(records.map((record) => presentationOf(record)));
    expect([wordings.size, presentations.size, new Set(records.map(({ draw }) => draw)).size]).toEqual([6, 2, 2]);
  });
});

const presentationOf = (record: AxisRecord) =>
  JSON.stringify([record["labels"], record["choices"], record["shot-separator"]]);

test("takes the paper's wordings first, then as many styles as there are", () => {
  const [, task] = tasks.find(([name]) => name === "rte") as [string, Task];
  const [base] = templatesWith([]).get("nli") ?? [];
  if (base === undefined) throw new Error("nli");
  const made = (id: string, style: string) => ({ ...base, id, style, body: `${id} ${base.body}` });
  const wordings = [
    ...(templatesWith([]).get("nli") ?? []).filter(({ id }) => ["default", "instruct", "io"].includes(id)),
    ...["a1", "a2", "a3", "a4"].map((id) => made(id, "form")),
    made("b", "terse"),
    made("c", "polite"),
    made("d", "code"),
    made("e", "question"),
  ];
  const chosen = (space: PromptSpace) => [...new Set(crossedDesignOf(space).map(({ template }) => template.id))];
  const six = chosen(spaceOf(task, 4, { wordings }));
  expect(six.slice(0, 3)).toEqual(["default", "instruct", "io"]);
  expect(new Set(six.slice(3)).size).toBe(3);
  for (const id of six.slice(3)) expect(["b", "c", "d", "e"]).toContain(id);
  // All that there are, those of a style that was there before last; the order of the files does not matter.
  const twelve = chosen(spaceOf(task, 0, { wordings }));
  expect(twelve.slice(0, 6)).toEqual(six);
  expect(twelve[6]).toMatch(/^[bcde]$/);
  expect(twelve.slice(7, 11).sort()).toEqual(["a1", "a2", "a3", "a4"]);
  expect(twelve[11]).toMatch(/^format-/);
  expect(new Set(chosen(spaceOf(task, 4, { wordings: [...wordings].reverse() })))).toEqual(new Set(six));
});

test("takes wordings where they are needed: one that goes with a single presentation stands in that", () => {
  const [, task] = tasks.find(([name]) => name === "boolq") as [string, Task];
  const records = designOf(spaceOf(task, 0)).map((variant) => axisRecord(variant, task, 0));
  const named = records.find(({ wording }) => wording === "instruct");
  // It says "yes or no" itself.
  expect(named?.["labels"]).toBe("yes-no");
});

test("two wordings are enough for 24 prompts, because formats need fields only", () => {
  const [, task] = tasks.find(([name]) => name === "rte") as [string, Task];
  const wordings = (templatesWith([]).get("nli") ?? []).slice(0, 2);
  const variants = designOf(spaceOf(task, 4, { wordings }));
  expect(variants).toHaveLength(24);
  expect(variants.filter(({ template }) => template.id.startsWith("format-"))).toHaveLength(22);
});

test("a wording that a generated answer cannot follow is not taken", () => {
  const [, task] = tasks.find(([name]) => name === "xsum") as [string, Task];
  const [base] = templatesWith([]).get("summarization") ?? [];
  if (base === undefined) throw new Error("summarization");
  const wordings = [base, { ...base, id: "lines", style: "other", body: "{{document}}\nSummary:\n" }];
  expect(designOf(spaceOf(task, 4, { wordings })).some(({ template }) => template.id === "lines")).toBe(false);
});
