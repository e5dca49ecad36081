/** What the analysis and the reports get from a folder of results. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStudyData } from "../../src/store/open-study-data.js";
import { ResultsFolder } from "../../src/store/results-folder.js";
import type { RowScore } from "../../src/study/row-score.js";
import { resultsDocument } from "../support/results-document.js";
import { tempFolder } from "../support/temp-folder.js";

const score = (row: number, acc: number): RowScore => ({
  row,
  row_hash: "a",
  prompt_hash: "b",
  gold: 0,
  answer: acc === 1 ? 0 : 1,
  logprobs: [-1, -2],
  metrics: { acc },
  context_tokens: 9,
  shots_dropped: 0,
  truncated: false,
});

/** The document's cells of "alone", over three rows. */
async function written(): Promise<string> {
  const path = join(tempFolder(), "out");
  const document = resultsDocument();
  const folder = await ResultsFolder.open(path, document.command);
  const rows = { default: [1, 0, 1], io: [0, 0, 1] };
  const cells = [];
  for (const [prompt, values] of Object.entries(rows)) {
    const scores = values.map((acc, i) => score(10 + i, acc));
    const file = await folder.writeRows(["alone", "rte", prompt], scores);
    const cell = document.cells.find((one) => one.checkpoint === "alone" && one.prompt === prompt);
    cells.push({ ...(cell as (typeof document.cells)[number]), ...file });
  }
  await folder.writeResults({ ...document, cells });
  return path;
}

test("scores are a matrix of prompts and rows, in the order of the task's prompts", async () => {
  const data = await openStudyData(await written());
  expect(data.results.tasks[0]?.name).toBe("rte");
  expect(await data.scores("alone", "rte")).toEqual({
    checkpoint: "alone",
    task: "rte",
    metric: "acc",
    prompts: ["default", "io"],
    rows: [10, 11, 12],
    scores: Float64Array.of(1, 0, 1, 0, 0, 1),
  });
  expect(await data.scores("alone", "rte", "acc_norm")).toBeUndefined();
  expect(await data.scores("step1000", "rte")).toBeUndefined();
  expect(await data.scores("alone", "qqp")).toBeUndefined();
  expect(await data.rows("alone", "rte", "io")).toEqual([score(10, 0), score(11, 0), score(12, 1)]);
  expect(await data.rows("alone", "rte", "none")).toBeUndefined();
});

test("rows that are not as they were written are refused", async () => {
  const path = await written();
  writeFileSync(join(path, "rows/alone/rte/io.jsonl"), "{}\n");
  const data = await openStudyData(path);
  await expect(data.scores("alone", "rte")).rejects.toThrow("io.jsonl: not as it was written; run the command again");
});

test("a folder without results is refused", async () => {
  await expect(openStudyData(tempFolder())).rejects.toThrow(/no results of a run \(ENOENT.*\); give the --output-dir/);
});
