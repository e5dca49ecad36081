/** Importing details of lighteval. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { importResults } from "../../src/importers/import.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import { tempFolder } from "../support/temp-folder.js";

const LIGHTEVAL = join(import.meta.dirname, "../golden/import/lighteval");

test("details of lighteval give the scores, log-likelihoods and answers that stand in them", async () => {
  const out = join(tempFolder(), "results");
  const results = await importResults(undefined, [LIGHTEVAL], out, {}, IMPORTERS);
  expect(results.imported?.kind).toBe("lighteval");
  expect(results.checkpoints.map(({ name }) => name)).toEqual(["org/model"]);
  expect(results.tasks.map(({ name, metric, answer }) => [name, metric, answer])).toEqual([["toy|0", "acc", "loglikelihood"]]); // prettier-ignore
  const study = await openStudyData(out);
  const rows = (await study.rows("org/model", "toy|0", "default")) ?? [];
  // Choice b is the best up to the second row, c after it.
  expect(rows.map(({ answer }) => answer)).toEqual([1, 1, 1, 2, 2, 2]);
  expect(rows.map(({ gold }) => gold)).toEqual([0, 1, 2, 0, 1, 2]);
  expect(rows.map(({ metrics }) => metrics["acc"])).toEqual([0, 1, 0, 0, 0, 1]);
  expect(rows[0]?.logprobs).toEqual([-2, -1.5, -1.9]);
  await study.close();
});

test("two runs of one task are refused until somebody says what tells them apart", async () => {
  const out = join(tempFolder(), "results");
  await expect(importResults("lighteval", [LIGHTEVAL, LIGHTEVAL], out, {}, IMPORTERS)).rejects.toThrow("two scores");
});
