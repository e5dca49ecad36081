/** Tests the tables byte for byte, as a pipe or NO_COLOR gets them. */

import { describe, expect, test, vi } from "vitest";
import { resultsDocument } from "../../support/results-document.js";
import type { CellRecord, Results } from "../../../src/store/results.js";

// Colours are decided when picocolors is loaded.
vi.stubEnv("NO_COLOR", "1");
const { renderResults } = await import("../../../src/reports/terminal/terminal.js");

/** Trailing spaces of cells are invisible on a terminal and would be cut from this file by editors. */
const rendered = (change: Partial<Results> = {}) => `\n${renderResults(resultsDocument(change)).replace(/ +$/gm, "")}`;
const alone = (change: Partial<Results> = {}) =>
  rendered({ checkpoints: resultsDocument().checkpoints.slice(0, 1), comparisons: [], ...change });
const NOTE =
  "note: SD and spread over prompts include the sampling noise of the rows; they are positive even where prompts do nothing";

test("one checkpoint: a score for every prompt, then what prompts do", () => {
  expect(alone()).toBe(`
rte  accuracy, score ± standard error over 16 rows, 4 shots
  prompt                              alone
  default                     0.500 ± 0.125
  io                          0.750 ± 0.125
  mean over prompts           0.625 ± 0.125
  SD over prompts                     0.177
  min – max (spread)  0.500 – 0.750 (0.250)

${NOTE}
`);
});

test("a base with its tuned checkpoint: before, after and their difference; what stands alone comes after", () => {
  expect(rendered()).toBe(`
rte  accuracy, score ± standard error over 16 rows, 4 shots
  prompt               before: step1000  after: step1000-mnli (SFT on mnli)  difference, paired by row
  default                 0.500 ± 0.125                       0.875 ± 0.125             +0.375 ± 0.063
  io                      0.250 ± 0.125                       0.125 ± 0.125                 −0.125 ± ?
  mean over prompts       0.375 ± 0.125                       0.500 ± 0.125             +0.125 ± 0.031
  SD over prompts                 0.177                               0.530                     +0.354
  spread over prompts             0.250                               0.750                     +0.500
  prompt                              alone
  default                     0.500 ± 0.125
  io                          0.750 ± 0.125
  mean over prompts           0.625 ± 0.125
  SD over prompts                     0.177
  min – max (spread)  0.500 – 0.750 (0.250)

${NOTE}
`);
});

describe("what a reader has to know", () => {
  const cells = (change: Partial<CellRecord>): readonly CellRecord[] =>
    resultsDocument()
      .cells.slice(0, 2)
      .map((cell, i) => (i === 0 ? { ...cell, ...change } : cell));
  const warnings = (change: Partial<CellRecord>) =>
    alone({ cells: cells(change) })
      .split("\n")
      .filter((line) => line.startsWith("  !"));

  test.each<[Partial<CellRecord>, string]>([
    [
      { rows_with_dropped_shots: 16 },
      "  ! 16 of 32 row scores: shots were dropped, oldest first, to fit the model's window",
    ],
    [{ rows_truncated: 3 }, "  ! 3 of 32 row scores: the row alone did not fit the window; its beginning was cut"],
    [{ rows_merged: 1 }, "  ! 1 of 32 row scores: a token spans the boundary of prompt and answer"],
    [
      { unparseable: 0.25 },
      "  ! 4 of 32 row scores: no answer could be read from the generated text; counted as wrong",
    ],
  ])("%j", (change, line) => {
    expect(warnings(change)).toEqual([line]);
  });

  test("before a summary only what the summary does not say", () => {
    const all = { rows_with_dropped_shots: 16, rows_truncated: 3, rows_merged: 1, unparseable: 0.25, empty: 0.25 };
    const document = resultsDocument({ comparisons: [], cells: cells(all) });
    const told = (isBrief: boolean) =>
      renderResults(document, Infinity, isBrief).split("\n").filter((line) => line.startsWith("  !")); // prettier-ignore
    expect(told(false)).toHaveLength(5);
    expect(told(true)).toEqual(["  ! 1 of 32 row scores: a token spans the boundary of prompt and answer"]);
  });

  test("a note that is the same of several checkpoints stands once", () => {
    const [one, two, three] = resultsDocument().checkpoints.map(({ name }) => name);
    const text = rendered({ notes: [`${one}: small`, "rows: few", `${two}: small`, `${three}: large`] });
    expect(text.split("\n").filter((line) => line.startsWith("note: "))).toEqual([
      `note: ${one} and 1 more: small`,
      "note: rows: few",
      `note: ${three}: large`,
      NOTE,
    ]);
  });

  test("a reader is told nothing where there is nothing to say", () => {
    expect(warnings({ unparseable: 0 })).toEqual([]);
  });

  test("failed, skipped, sample rows, notes, the way of answering", () => {
    const [, second] = cells({});
    const [task] = resultsDocument().tasks;
    if (second === undefined || task === undefined) throw new Error("no cell");
    const text = alone({
      status: "failed",
      cells: [{ checkpoint: "alone", task: "rte", prompt: "default", error: "out of memory" }, second],
      summaries: [],
      tasks: [{ ...task, origin: "sample", answer: "first-token", rows: 1, shots: 1 }],
      skipped: [{ task: "qqp", reason: "no qqp.jsonl, .csv or .parquet in data" }],
      notes: ["alone: random weights: its scores are chance"],
    });
    expect(text).toBe(`
rte  accuracy, score ± standard error over 1 row, 1 shot, sample rows, answered by first-token
  prompt                      alone
  default                    failed
  io                  0.750 ± 0.125
  mean over prompts               –
  SD over prompts                 –
  min – max (spread)              –
  ! alone, prompt default: out of memory

skipped qqp: no qqp.jsonl, .csv or .parquet in data
note: alone: random weights: its scores are chance
${NOTE}
`);
  });

  test("a single prompt has no SD, a single row no error", () => {
    const [task] = resultsDocument().tasks;
    const [cell] = resultsDocument().cells;
    const [summary] = resultsDocument().summaries;
    if (task === undefined || cell === undefined || summary === undefined) throw new Error("no task");
    const mean = { mean: 1, stderr: null, n: 1 };
    const text = alone({
      tasks: [{ ...task, rows: 1, prompts: task.prompts.slice(0, 1) }],
      cells: [{ ...cell, metrics: { acc: mean } }],
      summaries: [{ ...summary, mean, sd: null, min: 1, max: 1, spread: 0, prompts: 1 }],
    });
    expect(text).toContain("  default                         1.000 ± ?\n");
    expect(text).toContain("  SD over prompts                         –\n");
  });
});
