/** Tables that fit their terminal. */

import Table from "cli-table3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newTable, PLAIN_BORDERS, shown, visibleLength } from "../../../src/reports/terminal/terminal-table.js";
import { wrapped } from "../../../src/base/wording.js";

const word = fc.stringMatching(/^[a-z0-9+=-]{1,14}$/);
const text = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(" "));
const tables = fc.tuple(fc.array(word, { minLength: 2, maxLength: 6 }), fc.nat(4)).chain(([head, rows]) =>
  fc.tuple(
    fc.constant(head),
    fc.array(fc.array(text, { minLength: head.length, maxLength: head.length }), {
      minLength: 1,
      maxLength: rows + 1,
    }),
  ),
);
const letters = (lines: string) => Array.from(lines.replace(/\s/g, "")).sort().join("");

describe("a table", () => {
  test("is not wider than its terminal, and nothing of it is lost", () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 40, max: 200 }), ([head, rows], width) => {
        const table = newTable(head);
        for (const row of rows) table.push(row);
        const written = shown(table, width);
        for (const line of written.split("\n")) expect(visibleLength(line)).toBeLessThanOrEqual(width);
        for (const cell of rows.flat()) {
          const words = cell.split(" ").map(letters).join("");
          for (const letter of words) expect(written).toContain(letter);
        }
        const whole = letters(rows.flat().join(""));
        expect(letters(written).length).toBeGreaterThanOrEqual(whole.length);
      }),
    );
  });

  test("is written as it is where it fits", () => {
    const table = newTable(["task", "mean"]);
    table.push(["rte", "0.500"]);
    expect(shown(table, 80)).toBe(shown(table, Infinity));
    expect(shown(table, Infinity)).toBe("  task   mean\n  rte   0.500");
  });

  test("colours take no room, and a name is not broken into a column of its words", () => {
    const table = newTable(["task", "SD changed?", "another column"]);
    table.push(["paws  base → tuned", "\u001b[2mnot testable\u001b[22m", "0.500 [0.100, 0.900]"]);
    expect(shown(table, 40)).toContain("\u001b[2mnot testable\u001b[22m");
    const lines = shown(table, 52).split("\n");
    expect(lines.some((line) => line.includes("base → "))).toBe(true);
  });

  test("breaks columns of words, and turns into blocks where that is not enough", () => {
    const table = new Table({
      head: ["axis", "levels"],
      colAligns: ["left", "left"],
      chars: PLAIN_BORDERS,
      style: { head: [], border: [] },
    });
    table.push(["labels", "yes-no true-false positive-negative agree-disagree"]);
    const lines = shown(table, 40).split("\n");
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => line.trim().split(/ {2,}/).at(-1))).toEqual([
      "levels", "yes-no true-false", "positive-negative", "agree-disagree",
    ]); // prettier-ignore
    expect(shown(table, 26)).toBe(
      "  labels\n    levels  yes-no\n            true-false\n            positive-negat\n            ive\n            agree-disagree".replaceAll(
        "            ",
        "            ",
      ),
    );
    expect(shown(table, 0)).toBe("  labels\n    levels  yes-no true-false positive-negative agree-disagree");
  });
});

test("lines are broken at spaces, and words that are longer than a line within", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("abcdefghij kl", 4)).toEqual(["abcd", "efgh", "ij", "kl"]);
  expect(wrapped("any length", Infinity)).toEqual(["any length"]);
});
