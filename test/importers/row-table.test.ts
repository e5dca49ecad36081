/** Tables of row scores: the axes of their prompts. */

import { expect, test } from "vitest";
import { parseRowTable, taskKey } from "../../src/importers/row-table.js";

const HEADER = ["checkpoint", "task", "prompt", "item", "value", "axes.wording"];

function parsed(lines: readonly (readonly string[])[], header = HEADER) {
  return parseRowTable(
    { header, unit: "row", lines: lines.map((values, line) => ({ values, line: line + 1 })) },
    "t.csv",
  );
}

test("a prompt's name may stand for another wording in another task", async () => {
  const { axes } = await parsed([
    ["m", "one", "p", "1", "1", "short"],
    ["m", "two", "p", "1", "0", "long"],
  ]);
  expect(axes.get(taskKey("one", "score"))?.get("p")).toEqual({ wording: "short" });
  expect(axes.get(taskKey("two", "score"))?.get("p")).toEqual({ wording: "long" });
});

test("two levels of one prompt are refused, with the line and both levels", async () => {
  const lines = [
    ["m", "one", "p", "1", "1", "short"],
    ["m", "one", "p", "2", "0", "long"],
  ];
  await expect(parsed(lines)).rejects.toThrow(
    "t.csv, row 2: axes.wording of prompt p is long, but short in a line before; a prompt has one level on each axis",
  );
});

test("what differs between replicates of a prompt is no axis of it", async () => {
  const lines = ["a", "b", "a"].map((draw, k) => ["m", "one", "p", "1", "1", "short", String(k), draw]);
  const { axes } = await parsed(lines, [...HEADER, "seed", "axes.draw"]);
  expect(axes.get(taskKey("one", "score"))?.get("p")).toEqual({ wording: "short", draw: null });
});

test("a column that holds the wording stands in place of the name; without one the name is the wording", async () => {
  const axesOf = async (column: string) => {
    const lines = ["a", "b"].map((name) => ["m", "one", name, "1", "1", "t0"]);
    const { axes } = await parsed(lines, [...HEADER.slice(0, 5), column]);
    return axes.get(taskKey("one", "score"))?.get("b");
  };
  expect(await axesOf("axes.template")).toEqual({ template: "t0" });
  expect(await axesOf("axes.draw")).toEqual({ wording: "b", draw: "t0" });
});
