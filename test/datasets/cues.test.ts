/**
 * Tests that the labels of the sample rows cannot be told from one cue: each gets less than chance + 0.12 of the 48
 * rows right.
 */

import { describe, expect, test } from "vitest";
import { builtinDatasets, loadRows, type LoadedRows } from "../../src/datasets/index.js";
import type { Task } from "../../src/tasks/contract.js";
import { checkExample } from "../../src/tasks/example.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import {
  CHOICE_CUES, choiceWords, fitRanges, fitWords, labelCues, leaveOneOut, preferred, type ChoiceRow, type LabelledRow,
} from "../support/cues.js"; // prettier-ignore

const MARGIN = 0.12;
const LABELLED = ["mnli_matched", "mnli_mismatched", "gpt3nli", "rte", "paws", "qqp", "stsb", "boolq"];
const CHOSEN = ["arc_easy", "arc_challenge", "openbookqa", "hellaswag", "sciq_mcq"];

async function examplesOf(name: string) {
  const [task] = builtinRegistry().select([name]) as [Task];
  const { evalRows } = (await loadRows(name, task.dataset, { kind: "sample" })) as LoadedRows;
  return { task, examples: evalRows.map((row) => checkExample(task, task.toExample(row))) };
}

async function labelledRows(name: string): Promise<{ rows: LabelledRow[]; labels: number; names: string[] }> {
  const { task, examples } = await examplesOf(name);
  const rows = examples.map((example) => ({ texts: example.fields, label: "gold" in example ? example.gold : -1 }));
  const labels = task.answer.kind === "classification" ? task.answer.labels.length : 0;
  return { rows, labels, names: Object.keys(rows[0]?.texts ?? {}) };
}

async function choiceRows(name: string): Promise<ChoiceRow[]> {
  if (name === "socialiqa") {
    const dataset = builtinDatasets().get(name);
    if (dataset === undefined) throw new Error(name);
    const { evalRows } = (await loadRows(name, dataset, { kind: "sample" })) as LoadedRows;
    return evalRows.map((row) => ({
      question: `${String(row["context"])} ${String(row["question"])}`,
      choices: ["answerA", "answerB", "answerC"].map((column) => String(row[column])),
      gold: Number(row["label"]) - 1,
    }));
  }
  const { examples } = await examplesOf(name);
  return examples.flatMap((example) =>
    "choices" in example
      ? [{ question: Object.values(example.fields).join(" "), choices: example.choices, gold: example.gold }]
      : [],
  );
}

/** Returns every cue with the share of rows that it gets right. */
function labelScores(rows: readonly LabelledRow[], labels: number, names: readonly string[]): [string, number][] {
  return [
    ...Object.entries(labelCues(names)).map(([cue, value]): [string, number] => [
      cue,
      leaveOneOut(rows, fitRanges(value, labels)),
    ]),
    ...names.map((name): [string, number] => [`words of the ${name} alone`, leaveOneOut(rows, fitWords(name))]),
  ];
}

function choiceScores(rows: readonly ChoiceRow[]): [string, number][] {
  const places = Array.from({ length: 3 }, (_, place): [string, number] => [
    `choice ${place + 1}`,
    rows.filter(({ gold }) => gold === place).length / rows.length,
  ]);
  return [
    ...places,
    ...Object.entries(CHOICE_CUES).flatMap(([cue, value]): [string, number][] => [
      [cue, preferred(rows, value, 1)],
      [`not ${cue}`, preferred(rows, value, -1)],
    ]),
    ["words of the choices alone", choiceWords(rows)],
  ];
}

const tooGood = (scores: readonly [string, number][], chance: number) =>
  scores.filter(([, score]) => score >= chance + MARGIN).map(([cue, score]) => `${cue}: ${score.toFixed(3)}`);

describe("no cue alone tells", () => {
  test.each(LABELLED)("the labels of %s", async (name) => {
    const { rows, labels, names } = await labelledRows(name);
    expect(rows.length).toBeGreaterThanOrEqual(48);
    expect(tooGood(labelScores(rows, labels, names), 1 / labels)).toEqual([]);
  });

  test.each([...CHOSEN, "socialiqa"])("the right choice of %s", async (name) => {
    const rows = await choiceRows(name);
    expect(rows.length).toBeGreaterThanOrEqual(48);
    const chance = rows.reduce((sum, { choices }) => sum + 1 / choices.length, 0) / rows.length;
    expect(tooGood(choiceScores(rows), chance)).toEqual([]);
  });

  test("the label of a hypothesis, over all data sets with three labels", async () => {
    const all = await Promise.all(["mnli_matched", "mnli_mismatched", "gpt3nli"].map(labelledRows));
    const rows = all.flatMap((one) => one.rows);
    expect(leaveOneOut(rows, fitWords("hypothesis"))).toBeLessThan(1 / 3 + MARGIN);
  });
});

describe("the classifiers find", () => {
  const planted = (text: (label: number, i: number) => [string, string]) =>
    Array.from({ length: 48 }, (_, i): LabelledRow => {
      const [premise, hypothesis] = text(i % 2, i);
      return { texts: { premise, hypothesis }, label: i % 2 };
    });
  const found = (rows: readonly LabelledRow[], cue: string) =>
    labelScores(rows, 2, ["premise", "hypothesis"]).find(([name]) => name === cue)?.[1];

  test("a negation, overlap, length and a telling word where they are planted", () => {
    expect(found(planted((label, i) => [`It rains in town ${i}.`, label === 1 ? "It is not dry." : "It is wet."]), "negation in the second text")).toBe(1);
    expect(found(planted((label, i) => [`A dog ${i} barks.`, label === 1 ? `A dog ${i} barks loud.` : "Cats sleep."]), "word overlap")).toBe(1);
    expect(found(planted((label, i) => [`It rains ${i}.`, label === 1 ? "It is wet out there now." : "It is dry."]), "length of the second text")).toBe(1);
    expect(found(planted((label, i) => [`It rains ${i}.`, label === 1 ? "Perhaps it is wet." : "Surely it is wet."]), "words of the hypothesis alone")).toBe(1);
  }); // prettier-ignore

  test("a place, a length and words of right choices where they are planted", () => {
    const rows = Array.from({ length: 48 }, (_, i): ChoiceRow => {
      return { question: `What ${i}?`, choices: ["the hot sun", "ice", "tea"], gold: 0 };
    });
    const scores = new Map(choiceScores(rows));
    expect(["choice 1", "the longest choice", "words of the choices alone"].map((cue) => scores.get(cue))).toEqual([1, 1, 1]);
  }); // prettier-ignore
});
