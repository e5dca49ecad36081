/** Tests that what `results export` writes as tables is read back: nothing is lost on the way. */

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { exportCommand } from "../../src/cli/commands/results-export.js";
import { importResults } from "../../src/importers/import.js";
import type { ImportOptions } from "../../src/importers/importer.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { analyze } from "../../src/library/analyze.js";
import { compareResults } from "../../src/library/compare.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import "../support/in-this-thread.js";
import { smallStudy } from "../support/small-study.js";
import { runInFolder } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const root = tempFolder();
const at = (name: string) => join(root, name);
const silent = { out: () => undefined, info: () => undefined, interactive: false, width: Infinity };
const FORMATS = ["csv", "parquet", "jsonl"] as const;

beforeAll(async () => {
  const plan = await smallStudy(
    [
      { name: "before", spec: await writeTinyCheckpoint(at("one"), { seed: 1 }), stage: "base" },
      { name: 'after, "tuned"', spec: await writeTinyCheckpoint(at("two"), { seed: 2 }), stage: "sft", sftTask: "rte", base: "before" }, // prettier-ignore
    ],
    { tasks: ["rte", "openbookqa", "xsum"], prompts: ["labels", "io"], limit: 4 },
  );
  await runInFolder(at("run"), plan);
  for (const format of FORMATS) await exportCommand(at("run"), { format, out: at(format) }, false, silent);
});

function imported(paths: readonly string[], options: ImportOptions = {}, kind?: string) {
  return importResults(kind, paths, join(tempFolder(), "results"), options, IMPORTERS);
}

test.each(FORMATS)(
  "an export as %s is read back with the same rows, scores, answers, prompts and axes",
  async (format) => {
    const out = join(tempFolder(), "results");
    const results = await importResults(undefined, [at(format)], out, {}, IMPORTERS);
    const own = await openStudyData(at("run"));
    const back = await openStudyData(out);
    expect(results.imported?.kind).toBe("amuro-eval");
    const facts = ({ name, spec, step, stage, sft_task: tuned, base }: (typeof results.checkpoints)[number]) => [name, spec, step, stage, tuned, base]; // prettier-ignore
    expect(results.checkpoints.map(facts)).toEqual(own.results.checkpoints.map(facts));
    expect(results.tasks.map(({ name, metric, answer, answer_kind: kind, labels, chance, shots, prompts }) => [name, metric, answer, kind, labels, chance, shots, prompts.map(({ id, axes }) => [id, axes])]))
    .toEqual(own.results.tasks.map(({ name, metric, answer, answer_kind: kind, labels, chance, shots, prompts }) => [name, metric, answer, kind, labels, chance, shots, prompts.map(({ id, axes }) => [id, axes])])); // prettier-ignore
    for (const { checkpoint, task, prompt } of own.results.cells) {
      const kept = async (study: typeof own) =>
        (await study.rows(checkpoint, task, prompt))?.map((row) => ({ ...row, row: 0 }));
      expect(await kept(back)).toEqual(await kept(own));
      expect(await back.promptText(task, prompt)).toBe(await own.promptText(task, prompt));
      expect(await back.answerWords(task, prompt)).toEqual(await own.answerWords(task, prompt));
    }
    for (const { name } of own.results.tasks) {
      const items = async (study: typeof own) => (await study.items(name)).map(({ answers, fields }) => ({ answers, fields })); // prettier-ignore
      expect(await items(back)).toEqual(await items(own));
    }
    await Promise.all([own.close(), back.close()]);
  },
);

test("compare and analyze read an export directly, and find no difference", async () => {
  const [comparison] = await compareResults([at("run"), at("jsonl")]);
  expect(comparison?.only).toEqual({ a: { checkpoints: [], tasks: [] }, b: { checkpoints: [], tasks: [] } });
  for (const { cells, rows, only } of comparison?.tasks ?? []) {
    expect(rows).toEqual({ common: 4, a: 4, b: 4 });
    expect(only).toEqual({ a: [], b: [] });
    for (const { otherScores, difference } of cells) expect([otherScores, difference]).toEqual([0, 0]);
  }
  const { levels: expected } = await analyze([at("run")]);
  const { levels } = await analyze([at("parquet")]);
  expect(expected).toHaveLength(6);
  expect(levels).toEqual(expected);
});

test("an export that lacks a table, is of two runs or is there twice is refused", async () => {
  expectUserError(
    await failureOf(() => imported([join(at("csv"), "items.csv")])),
    /items\.csv: has neither scores\.csv, scores\.parquet nor cells\.jsonl; give the whole folder/,
  );
  const alone = tempFolder();
  copyFileSync(join(at("csv"), "scores.csv"), join(alone, "scores.csv"));
  expectUserError(
    await failureOf(() => imported([alone])),
    /scores\.csv: no items\.csv beside it; give the whole folder/,
  );
  const both = tempFolder();
  for (const format of ["csv", "parquet"] as const)
    await exportCommand(at("run"), { format, out: both }, false, silent);
  expectUserError(
    await failureOf(() => imported([both])),
    /holds two exports; give one of them, as .*scores\.csv or .*scores\.parquet/,
  );
  expect((await imported([join(both, "scores.csv")])).status).toBe("complete");
  const mixed = tempFolder();
  await exportCommand(at("run"), { format: "csv", out: mixed }, false, silent);
  const items = readFileSync(join(mixed, "items.csv"), "utf8");
  writeFileSync(join(mixed, "items.csv"), items.replace(/^rte,\d+,[0-9a-f]{64}/m, `rte,0,${"0".repeat(64)}`));
  expectUserError(
    await failureOf(() => imported([mixed])),
    /row \d+ of rte is not in items beside it; are they of two exports\?/,
  );
});

test("a file of rows that is gone is named, and flags for what an export says itself are refused", async () => {
  const lines = tempFolder();
  mkdirSync(lines, { recursive: true });
  await exportCommand(at("run"), { format: "jsonl", out: lines }, false, silent);
  rmSync(join(lines, "rows", "before", "rte", "io.jsonl"));
  expectUserError(await failureOf(() => imported([lines])), /cells\.jsonl, line \d+: there is no .*io\.jsonl/);
  const error = await failureOf(() => imported([at("csv")], { promptFrom: "task" }));
  expect(String(error)).toMatch(/--prompt-from: an export of amuro-eval says this itself; leave it out/);
});
