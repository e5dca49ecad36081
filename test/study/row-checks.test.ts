/** Rows that make a score say something else than it seems to: each kind is refused or said. */

import { describe, expect, test } from "vitest";
import { exactMatch } from "../../src/metrics/exact-match.js";
import type { Metric } from "../../src/metrics/metric.js";
import { numberMatch } from "../../src/metrics/number-match.js";
import { rouge1Metric, rougeLsumMetric } from "../../src/metrics/rouge.js";
import { prepareTaskRows } from "../../src/study/task-rows.js";
import type { Task } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { article, choices, dataFolder, fine, noun, range, rte, stsb } from "../support/task-rows.js";

const taskOf = (name: string) => builtinRegistry().select([name])[0] as Task;

async function prepared(of: string | Task, path: string, numFewshot = 0) {
  const task = typeof of === "string" ? taskOf(of) : of;
  const rows = await prepareTaskRows(task, { kind: "folder", path }, { numFewshot, limit: undefined, seed: 42 });
  if ("skipped" in rows) throw new Error(rows.skipped);
  return rows;
}
const notesOf = async (task: string, path: string) =>
  (await prepared(task, path)).notes.map(({ text }) => text).join("\n");

describe("rows are refused for", () => {
  test.each([
    ["an empty choice", [fine(0), choices(1, ["a", "", "c", "d"])], "row 2: choice 2 of the example is empty"],
    ["a choice of spaces", [fine(0), choices(1, ["a", "b", " \u00a0", "d"])], "row 2: choice 3 of the example is empty"],
    ["an invisible choice", [choices(0, ["a", "b", "c", "\u200b"])], "row 1: choice 4 of the example is empty"],
    ["a key beyond the choices", [fine(0), { ...choices(1, ["a", "b"]), answerKey: "E" }], 'row 2: answerKey "E" is none of the labels'],
  ])("%s, with file and row", async (_what, rows, message) => {
    const path = dataFolder({ "arc_easy.jsonl": rows });
    await expect(prepared("arc_easy", path)).rejects.toThrow(`${path}/arc_easy.jsonl, ${message}`);
  }); // prettier-ignore

  test.each([
    ["Hindi", () => "दिल्ली में भारी बारिश"],
    ["Hindi with a year", (i: number) => `दिल्ली में भारी बारिश ${2000 + i}`],
    ["Chinese", () => "北京今天下了大雨"],
    ["Russian", () => "Сильный дождь в Москве"],
  ])("answers in %s, which ROUGE does not count", async (_what, summary) => {
    const rows = prepared("xlsum", dataFolder({ "xlsum.jsonl": article(summary) }));
    await expect(rows).rejects.toThrow(/row 1: ROUGE counts only the letters a to z .* leave the task xlsum out$/);
  });

  test("answers that the task's own ROUGE does not count, whichever it is", async () => {
    const path = dataFolder({ "xlsum.jsonl": article(() => "北京今天下了大雨") });
    const judgedBy = (...metrics: readonly Metric[]): Task =>
      ({ ...taskOf("xlsum"), metric: metrics[0]?.name ?? "", metrics }); // prettier-ignore
    await expect(prepared(judgedBy(rouge1Metric), path)).rejects.toThrow("row 1: ROUGE counts only");
    const { notes } = await prepared(judgedBy(exactMatch, rougeLsumMetric), path);
    expect(notes.map(({ text }) => text).join("\n")).toContain("leaves out most of the right answer in 6 of 6 rows");
    expect((await prepared(judgedBy(exactMatch), path)).notes).toEqual([]);
  });
});

test("toExample that makes another example each time is refused", async () => {
  const task: Task = { ...taskOf("rte"), toExample: () => ({ fields: { premise: String(Math.random()), hypothesis: "a" }, gold: 0 }) }; // prettier-ignore
  const rows = prepared(task, dataFolder({ "rte.jsonl": range(3).map((i) => rte(i)) }));
  await expect(rows).rejects.toThrow(/row \d: toExample makes another example of the same row each time/);
});

describe("a right answer that cannot count as right is said:", () => {
  const judged = (answers: Partial<Extract<Task["answer"], { kind: "generation" }>>, metric: Metric): Task => ({
    ...taskOf("xlsum"),
    answer: { kind: "generation", maxNewTokens: 9, stop: [], ...answers },
    metric: metric.name,
    metrics: [metric],
  });
  const of = async (task: Task, summary: string) =>
    (await prepared(task, dataFolder({ "xlsum.jsonl": article(() => summary) }))).notes.map(({ text }) => text).join();

  test.each([
    ["no number", judged({ extract: "last-number" }, numberMatch), "seven"],
    ["a stop", judged({ stop: ["\n"] }, exactMatch), "first\nsecond"],
  ])("%s", async (_what, task, summary) => {
    expect(await of(task, summary)).toContain(
      `xlsum: the right answer itself would count as wrong by ${task.metric} in 6 of 6 rows (row 1: ${JSON.stringify(summary)})`,
    );
  });

  test.each([
    ["a number", judged({ extract: "last-number" }, numberMatch), "7"],
    ["a pattern around the answer", judged({ extract: { pattern: "is (\\d+)" } }, numberMatch), "7"],
    ["a stop after the answer", judged({ stop: ["\n"] }, exactMatch), "first\n"],
  ])("but not %s", async (_what, task, summary) => {
    expect(await of(task, summary)).not.toContain("right answer itself");
  });
});

describe("a note says", () => {
  const many = range(12).map(fine);
  const spaced = (space: (text: string) => string) =>
    many.map((row, i) => ({ ...row, choices: { ...row.choices, text: row.choices.text.map((text, k) => (k === i % 4 ? space(text) : text)) } })); // prettier-ignore
  test.each([
    ["wrong choices that are the same", "arc_easy", [...many, choices(12, ["a", "b", "b", "d"])], 'arc_easy: two wrong choices are the same text in 1 of 13 rows (row 13: "b")'],
    ["a wrong choice that is the right one", "arc_easy", [...many, choices(12, ["a", "b", "a ", "d"])], 'arc_easy: two choices are the same text and one of them is right in 1 of 13 rows (row 13: "a")'],
    ["a space before one choice", "arc_easy", spaced((text) => ` ${text}`), 'in 12 of 12 rows (row 1, choice 1: " one 0")'],
    ["a line break after one choice", "arc_easy", spaced((text) => `${text}\n`), 'in 12 of 12 rows (row 1, choice 1: "one 0\\n")'],
    ["a tab within one choice", "arc_easy", spaced((text) => text.replace(" ", "\t")), "in 12 of 12 rows (row 1, choice 1"],
    ["a space that does not break", "arc_easy", spaced((text) => text.replace(" ", "\u00a0")), "in 12 of 12 rows (row 1, choice 1"],
    ["one label alone, for another scale", "stsb", stsb((i) => (i % 6) / 5), 'stsb: every one of 30 rows has the label "no"'],
    ["that the scale should be another", "stsb", stsb((i) => (i % 6) / 5), "the column label should run from 0 to 5"],
    ["one label alone, the other", "stsb", stsb((i) => 4 + (i % 2)), 'every one of 30 rows has the label "yes"'],
    ["a label that no row has", "mnli_matched", range(30).map((i) => ({ premise: `A ${noun(i)}.`, hypothesis: "It is.", label: i % 2, idx: i })), 'mnli_matched: no row of 30 has the label "contradiction"'],
    ["a row that is there twice", "rte", [...range(8).map((i) => rte(i)), rte(3)], "rte: the same question is asked again in 1 of 9 rows (row 9 repeats row 4)"],
    ["a row that is there twice but for spaces", "rte", [...range(8).map((i) => rte(i)), rte(3, " ")], "in 1 of 9 rows (row 9 repeats row 4)"],
    ["the same question with two answers", "rte", [...range(8).map((i) => rte(i)), { ...rte(3), label: 0 }], "the same question has another answer in 1 of 9 rows (row 9 and row 4)"],
    ["an empty text", "rte", [...range(8).map((i) => rte(i)), { ...rte(9), sentence1: "" }], 'rte: the field "premise" is empty in 1 of 9 rows (row 9)'],
    ["a summary that is not there", "xlsum", article((i) => (i === 2 ? " " : "A find.")), "xlsum: there is no right answer in 1 of 6 rows (row 3)"],
    ["some answers that ROUGE does not count", "xlsum", article((i) => (i === 2 ? "大雨" : "A find.")), "leaves out most of the right answer in 1 of 6 rows (row 3)"],
  ])("%s", async (_what, task, rows, note) => {
    expect(await notesOf(task, dataFolder({ [`${task}.jsonl`]: rows }))).toContain(note);
  }); // prettier-ignore

  test("nothing of rows that are sound", async () => {
    for (const [task, rows] of [["arc_easy", range(40).map(fine)], ["rte", range(40).map((i) => rte(i))], ["stsb", stsb((i) => i % 6)], ["xlsum", article((i) => `A ${noun(i)}, café.`)]] as const) {
      expect(await notesOf(task, dataFolder({ [`${task}.jsonl`]: rows }))).toBe("");
    }
  }); // prettier-ignore
});

test("shots are train rows that no evaluated row nearly repeats", async () => {
  const near = [rte(0, " "), { ...rte(1), sentence1: rte(1).sentence1.toUpperCase() }, rte(3)];
  const word = { ...rte(2), sentence1: rte(2).sentence1.replace("old", "young") };
  const path = dataFolder({
    "rte.jsonl": range(10).map((i) => rte(i)),
    "rte.train.jsonl": [...near, word, rte(20), rte(21), rte(21, " ")],
  });
  const { shots, items } = await prepared("rte", path, 2);
  expect(items).toHaveLength(10);
  expect(shots.map(({ example }) => example.fields["hypothesis"]).map((text) => text?.trim()).sort()).toEqual([rte(20).sentence2, rte(21).sentence2].sort()); // prettier-ignore
});
