/** Files of every version so far are brought to this one with all that is in them. */

import { DuckDBInstance } from "@duckdb/node-api";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../../src/store/database.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import { STORE_VERSION } from "../../src/store/schema.js";
import { tempFolder } from "../support/temp-folder.js";

const FIXTURES = join(import.meta.dirname, "../fixtures/store");

test("there is a file of every version", () => {
  expect(readdirSync(FIXTURES).sort()).toEqual(
    Array.from({ length: STORE_VERSION }, (_, i) => `version-${i + 1}.sql`).sort(),
  );
});

test.each(Array.from({ length: STORE_VERSION }, (_, i) => i + 1))("of version %d", async (version) => {
  const folder = tempFolder();
  const path = join(folder, "results.duckdb");
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(readFileSync(join(FIXTURES, `version-${version}.sql`), "utf8"));
  connection.closeSync();
  instance.closeSync();
  const data = await openStudyData(folder);
  expect(data.results).toMatchObject({
    status: "interrupted",
    checkpoints: [{ name: "tiny", dtype: "F32", parameters: 1000, window: 128, hashes: { weights: "1".repeat(64) } }],
    cells: [{ checkpoint: "tiny", task: "rte", prompt: "io", tokens: 90, metrics: { acc: { mean: 0.5, n: 2 } } }],
    summaries: [{ checkpoint: "tiny", task: "rte", metric: "acc", prompts: 1 }],
  });
  expect(await data.scores("tiny", "rte")).toEqual({
    checkpoint: "tiny",
    task: "rte",
    metric: "acc",
    prompts: ["io"],
    rows: [4, 7],
    scores: Float64Array.of(1, 0),
  });
  expect(await data.rows("tiny", "rte", "io")).toEqual([
    {
      row: 4,
      row_hash: "row4",
      prompt_hash: "prompt4",
      gold: 0,
      answer: 0,
      logprobs: [-1, -2.5],
      label_mass: 0.45,
      metrics: { acc: 1 },
      correct: true,
      merged: false,
      context_tokens: 40,
      shots_dropped: 0,
      truncated: false,
    },
    {
      row: 7,
      row_hash: "row7",
      prompt_hash: "prompt7",
      gold: 0,
      answer: -1,
      generated: "maybe",
      metrics: { acc: 0 },
      correct: false,
      context_tokens: 44,
      new_tokens: 5,
      shots_dropped: 1,
      truncated: true,
    },
  ]);
  expect(await data.items("rte")).toEqual([
    { row: 4, fields: { premise: "It's raining.", hypothesis: "It is wet." }, answers: ["yes", "no"], right: "yes" },
    { row: 7, fields: { premise: "é\n\u2028", hypothesis: '"' }, answers: ["yes", "no"], right: "yes" },
  ]);
  expect(await data.promptText("rte", "io")).toBe("It's raining. It is wet? ");
  await data.close();
  const database = await Database.open(path);
  expect(await database.all("SELECT version FROM store")).toEqual([{ version: STORE_VERSION }]);
  await database.close();
});
