/** Tests which rows are the same where two programs hashed other things of them. */

import { expect, test } from "vitest";
import { rowsByTexts } from "../../../src/analysis/compare/same-rows.js";
import type { RowScore } from "../../../src/metrics/row-score.js";

/** Makes rows, numbered from 0 and called by a letter and their number. */
function side(letter: string, rows: readonly Readonly<Record<string, string>>[]) {
  const items = rows.map((fields, row) => ({ row, fields, answers: [], right: "" }));
  const scores = rows.map((_, row): RowScore => ({ row, row_hash: `${letter}${row}`, prompt_hash: "", answer: 0, metrics: {}, context_tokens: 0, shots_dropped: 0, truncated: false })); // prettier-ignore
  return { items, cells: new Map([["p", scores]]) };
}

function pairs(a: ReturnType<typeof side>, b: ReturnType<typeof side>) {
  return Object.fromEntries(rowsByTexts(a.items, b.items, a.cells, b.cells));
}

const CITY = "Cairo is a city in Egypt.";
const RIVER = "The Nile is a river in Africa.";

test("rows with the same texts are one row, whatever their columns are called and whichever side has more", () => {
  const few = side("a", [{ premise: CITY, hypothesis: "It is hot." }, { premise: RIVER, hypothesis: "It is long." }]); // prettier-ignore
  const many = side("b", [
    { sentence1: RIVER, sentence2: " It  is long. ", label: "1", idx: "0" },
    { sentence1: "Oslo is a city in Norway.", sentence2: "It is hot.", label: "0", idx: "1" },
    { sentence1: CITY, sentence2: "It is hot.", label: "0", idx: "2" },
  ]);
  expect(pairs(few, many)).toEqual({ b0: "a1", b2: "a0" });
  expect(pairs(many, few)).toEqual({ a1: "b0", a0: "b2" });
});

test("rows that several could be, that share a part of their texts, or whose texts are short, are not paired", () => {
  const twice = side("b", [{ text: CITY }, { text: CITY }, { text: RIVER }]);
  expect(pairs(side("a", [{ text: CITY }, { text: RIVER }]), twice)).toEqual({ b2: "a1" });
  expect(pairs(side("a", [{ text: CITY, other: "x" }]), side("b", [{ text: CITY, other: "y" }]))).toEqual({});
  expect(pairs(side("a", [{ text: "yes" }]), side("b", [{ text: "yes", idx: "3" }]))).toEqual({});
});

test("a row that is one field of JSON is paired by the texts in it", () => {
  const row = (question: string) => ({ row: JSON.stringify({ id: 1, question, choices: { text: ["yes", "no"] }, note: null }) }); // prettier-ignore
  const whole = side("a", [row(CITY), row(RIVER), { row: "{not JSON" }]);
  expect(pairs(whole, side("b", [{ input: RIVER }, { input: CITY }]))).toEqual({ b0: "a1", b1: "a0" });
});
