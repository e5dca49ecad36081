import { expect, test } from "vitest";
import { compareStudies } from "../../../src/analysis/compare/compare-studies.js";
import { syntheticStudy } from "../study.js";

const scored = (items: number, ...names: readonly string[]) =>
  syntheticStudy({
    prompts: 3,
    items,
    tasks: ["rte"],
    checkpoints: Object.fromEntries(names.map((name) => [name, { sd: 0.3, mean: 0 }])),
  });

test("rows that both have are counted where no checkpoint is in both", async () => {
  const { checkpoints, tasks, only } = await compareStudies(scored(20, "a", "b"), scored(15, "c", "d"));
  expect(checkpoints).toEqual([]);
  expect(only).toMatchObject({ a: { checkpoints: ["a", "b"] }, b: { checkpoints: ["c", "d"] } });
  expect(tasks).toMatchObject([{ task: "rte", rows: { common: 15, a: 20, b: 15 }, cells: [] }]);
});

test("the only checkpoints of both are compared, whatever they are called", async () => {
  const { tasks } = await compareStudies(scored(20, "a"), scored(15, "c"));
  expect(tasks[0]?.rows).toEqual({ common: 15, a: 20, b: 15 });
  expect(tasks[0]?.cells.map(({ rows }) => rows)).toEqual([15, 15, 15]);
});
