/** Tests what is done with stored results: exports, merging, rescoring and tidying up, all without the model. */

import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { parse } from "csv-parse/sync";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { exportCommand } from "../../src/cli/commands/results-export.js";
import { listCommand, showCommand } from "../../src/cli/commands/results-list.js";
import { gcCommand, rescoreCommand } from "../../src/cli/commands/results-maintain.js";
import { mergeCommand } from "../../src/cli/commands/results-merge.js";
import { sha256 } from "../../src/base/hash.js";
import { argMax, utf8Bytes } from "../../src/metrics/choice.js";
import { parseResults } from "../../src/store/results-folder.js";
import type { Results } from "../../src/store/results.js";
import type { Plan } from "../../src/study/plan.js";
import "../support/in-this-thread.js";
import { smallStudy } from "../support/small-study.js";
import { countScores, inDatabase, runInFolder, storedRows, withoutTimes } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const root = tempFolder();
const at = (name: string) => join(root, name);
let plan: Plan;
let whole: Results;
beforeAll(async () => {
  plan = await smallStudy([
    {
      name: "before",
      spec: await writeTinyCheckpoint(at("one"), { seed: 1 }),
      stage: "base",
    },
    { name: "after", spec: await writeTinyCheckpoint(at("two"), { seed: 2 }), stage: "sft", base: "before" },
  ]);
  ({ results: whole } = await runInFolder(at("whole"), plan));
});

/** Runs a command. @returns what it prints and says */
async function said(
  run: (console: Parameters<typeof listCommand>[2]) => Promise<void>,
): Promise<{ out: string; info: string }> {
  const [out, info]: [string[], string[]] = [[], []];
  await run({ out: (text) => out.push(text), info: (line) => info.push(line), interactive: false, width: Infinity });
  return { out: out.join("\n"), info: info.join("\n") };
}
const resultsIn = (folder: string) => parseResults(readFileSync(join(folder, "results.json"), "utf8"), folder);

describe("export", () => {
  test("to JSON lines: the rows whose hashes are in results.json", async () => {
    const { out } = await said((console) =>
      exportCommand(at("whole"), { format: "jsonl", out: at("jsonl") }, true, console),
    );
    expect((JSON.parse(out) as { files: string[] }).files).toHaveLength(17);
    const rows = await storedRows(at("whole"));
    for (const { checkpoint, task, prompt, rows_sha256 } of whole.cells) {
      const text = readFileSync(join(at("jsonl"), "rows", checkpoint, task, `${prompt}.jsonl`), "utf8");
      expect(sha256(text)).toBe(rows_sha256);
      expect(
        text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as unknown),
      ).toEqual(rows.get(`${checkpoint} ${task} ${prompt}`));
    }
  });

  test("to Parquet and CSV: one line per row score, every metric a column", async () => {
    for (const format of ["parquet", "csv"]) {
      await said((console) => exportCommand(at("whole"), { format, out: at("tables") }, false, console));
    }
    const read = async (name: string) =>
      parquetReadObjects({ file: await asyncBufferFromFile(join(at("tables"), `${name}.parquet`)), compressors });
    const scores = await read("scores");
    const expected = [...(await storedRows(at("whole")))].flatMap(([cell, rows]) => rows.map((row) => ({ cell, row })));
    expect(scores).toHaveLength(expected.length);
    scores.forEach((found, i) => {
      const { cell, row } = expected[i] as (typeof expected)[number];
      expect(`${String(found["checkpoint"])} ${String(found["task"])} ${String(found["prompt"])}`).toBe(cell);
      expect(found).toMatchObject({ row: row.row, row_hash: row.row_hash, prompt_hash: row.prompt_hash });
      for (const metric of ["acc", "acc_norm", "acc_bytes", "rouge_l"]) {
        expect(found[metric] ?? undefined).toBe(row.metrics[metric]);
      }
      expect(found["logprobs"] ?? undefined).toEqual(row.logprobs);
    });
    const table: unknown = parse(readFileSync(join(at("tables"), "scores.csv"), "utf8"));
    const [head = [], ...lines] = table as string[][];
    const column = (name: string) => lines.map((line) => line[head.indexOf(name)]);
    expect(column("prompt_hash")).toEqual(scores.map((score) => score["prompt_hash"] as string));
    expect(column("acc")).toEqual(scores.map(({ acc }) => (acc === null ? "" : Number(acc).toFixed(1))));
    expect((await read("prompts")).map(({ prompt }) => String(prompt))).toHaveLength(6);
    expect(await read("items")).toHaveLength(9);
    expect((await read("checkpoints")).map(({ checkpoint }) => String(checkpoint))).toEqual(["after", "before"]);
  });

  test("writes the layout of lm-evaluation-harness", async () => {
    await said((console) => exportCommand(at("whole"), { format: "lm-eval", out: at("lm-eval") }, false, console));
    expect(readdirSync(at("lm-eval")).sort()).toEqual(["after", "before"]);
    const files = readdirSync(join(at("lm-eval"), "before"));
    const [file] = files.filter((name) => name.startsWith("results_"));
    const document = JSON.parse(readFileSync(join(at("lm-eval"), "before", file ?? ""), "utf8")) as {
      results: Record<string, Record<string, unknown>>;
      "n-shot": Record<string, number>;
      "n-samples": Record<string, unknown>;
    };
    const cell = whole.cells.find(
      ({ checkpoint, task, prompt }) => checkpoint === "before" && task === "arc_easy" && prompt === "io",
    );
    expect(document.results["arc_easy@io"]).toEqual({
      alias: "arc_easy@io",
      "acc,none": cell?.metrics?.["acc"]?.mean,
      "acc_stderr,none": cell?.metrics?.["acc"]?.stderr,
      "acc_norm,none": cell?.metrics?.["acc_norm"]?.mean,
      "acc_norm_stderr,none": cell?.metrics?.["acc_norm"]?.stderr,
      "acc_bytes,none": cell?.metrics?.["acc_bytes"]?.mean,
      "acc_bytes_stderr,none": cell?.metrics?.["acc_bytes"]?.stderr,
    });
    expect(document["n-shot"]["rte@io"]).toBe(1);
    const samples = files.filter((name) => name.startsWith("samples_arc_easy@io_"));
    expect(samples).toHaveLength(1);
    const lines = readFileSync(join(at("lm-eval"), "before", samples[0] ?? ""), "utf8")
      .trim()
      .split("\n");
    const rows = (await storedRows(at("whole"))).get("before arc_easy io") ?? [];
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject(
      rows.map(({ row, logprobs, metrics, row_hash }) => ({
        doc_id: row,
        doc_hash: row_hash,
        filter: "none",
        resps: logprobs?.map((logprob) => [[String(logprob), "False"]]),
        ...metrics,
      })),
    );
  });
});

describe("merge", () => {
  test("of three shards is the run that was not divided", async () => {
    for (const index of [1, 2, 3]) await runInFolder(at(`part${index}`), plan, { shard: { index, count: 3 } });
    const parts = [3, 1, 2].map((index) => at(`part${index}`));
    await said((console) => mergeCommand(parts, at("merged"), false, console));
    const merged = resultsIn(at("merged"));
    expect(withoutTimes(merged)).toEqual(withoutTimes(whole));
    expect(await storedRows(at("merged"))).toEqual(await storedRows(at("whole")));
    expect(await countScores(at("merged"))).toBe(await countScores(at("whole")));
    // The command goes on there with nothing left to do.
    const { computed, results } = await runInFolder(at("merged"), plan);
    expect(computed).toEqual([]);
    expect(withoutTimes(results)).toEqual(withoutTimes(whole));
    await expect(said((console) => mergeCommand(parts, at("merged"), false, console))).rejects.toThrow(
      /has results already; give --out a new folder$/,
    );
  });

  test("says which shard is missing, and goes on when it is there", async () => {
    const { info } = await said((console) =>
      mergeCommand([at("part1"), at("part3")], at("incomplete"), false, console),
    );
    expect(info).toContain("not there: shard 2/3; what is there is merged");
    expect(resultsIn(at("incomplete"))).toMatchObject({ status: "interrupted" });
    const { computed } = await runInFolder(at("incomplete"), plan);
    expect(computed).toHaveLength(4);
  });

  test("refuses shards of other weights or rows", async () => {
    const other = { ...plan, checkpoints: [...plan.checkpoints].reverse() };
    const swapped: Plan = {
      ...other,
      checkpoints: plan.checkpoints.map((one, i) => ({
        ...one,
        resolved: other.checkpoints[i]?.resolved ?? one.resolved,
      })),
    };
    // The border of two thirds goes through the second checkpoint.
    await runInFolder(at("swapped"), swapped, { shard: { index: 2, count: 3 } });
    await expect(
      said((console) => mergeCommand([at("part1"), at("swapped"), at("part3")], at("mixed"), false, console)),
    ).rejects.toThrow(
      /the shards ran different checkpoints, devices or versions under the name \w+; run them again alike/,
    );
    const fewer: Plan = { ...plan, tasks: plan.tasks.slice(1) };
    await runInFolder(at("fewer"), fewer, { shard: { index: 2, count: 3 } });
    await expect(
      said((console) => mergeCommand([at("part1"), at("fewer")], at("unequal"), false, console)),
    ).rejects.toThrow(/shard 2\/3 was run on other rows or prompts than shard 1\/3; run it again/);
  });

  test("of different commands keeps each, and their rows once", async () => {
    const part: Plan = { ...plan, tasks: plan.tasks.slice(0, 1) };
    await runInFolder(at("small"), part, { command: { task: "first" } });
    const { info } = await said((console) => mergeCommand([at("whole"), at("small")], at("both"), false, console));
    expect(info).toContain("2 folders, 2 runs; results in");
    expect(await countScores(at("both"))).toBe(await countScores(at("whole")));
    const { out } = await said((console) => listCommand([at("both")], true, console));
    expect(JSON.parse(out)).toMatchObject([
      { run: 0, status: "complete", finished: 12, failed: 0 },
      { run: 1, status: "complete", finished: 4, failed: 0 },
    ]);
    const shown = await said((console) => showCommand(at("both"), 0, true, console));
    expect(JSON.parse(shown.out)).toEqual(JSON.parse(JSON.stringify(whole)));
  });
});

describe("rescore", () => {
  test("adds a metric that is the one of the same name, and refreshes hashes and results", async () => {
    await runInFolder(at("rescored"), plan);
    // As if it had never been computed.
    await inDatabase(
      at("rescored"),
      `UPDATE row_scores SET metrics = map_from_entries(list_filter(map_entries(metrics), lambda e: e.key <> 'acc_bytes'))`,
    );
    const { info } = await said((console) => rescoreCommand(at("rescored"), { metric: "acc_bytes" }, true, console));
    expect(info).toMatch(/^acc_bytes of 24 row scores stored in .*; 12 rows have nothing to compute it from$/);
    const rows = await storedRows(at("rescored"));
    const asked = await inDatabase<{ hash: string; answers: string }>(
      at("rescored"),
      "SELECT prompt_hash AS hash, answers FROM questions",
    );
    const answersOf = new Map(asked.map(({ hash, answers }) => [hash, JSON.parse(answers) as string[]]));
    for (const [cell, before] of await storedRows(at("whole"))) {
      const after = rows.get(cell) ?? [];
      // Multiple choice had it before; classification has only acc.
      if (!cell.includes("rte"))
        expect(after.map(({ metrics }) => metrics)).toEqual(before.map(({ metrics }) => metrics));
      else {
        for (const { prompt_hash, logprobs = [], gold, metrics } of after) {
          const answers = answersOf.get(prompt_hash) ?? [];
          const best = argMax(logprobs.map((value, i) => value / utf8Bytes(answers[i] ?? "")));
          expect(metrics["acc_bytes"]).toBe(Number(best === gold));
        }
      }
    }
    const { cells } = resultsIn(at("rescored"));
    for (const { checkpoint, task, prompt, rows_sha256 } of cells) {
      const own = rows.get(`${checkpoint} ${task} ${prompt}`) ?? [];
      expect(sha256(own.map((row) => `${JSON.stringify(row)}\n`).join(""))).toBe(rows_sha256);
    }
    // Nothing is computed again because of it.
    expect((await runInFolder(at("rescored"), plan)).computed).toEqual([]);
  });

  test("rescore computes metrics of texts", async () => {
    await runInFolder(at("texts"), plan);
    await inDatabase(
      at("texts"),
      "UPDATE row_scores SET generated = (SELECT (texts::JSON)->>0 FROM questions q JOIN items i ON i.id = q.item WHERE q.id = question) WHERE choice IS NULL",
    );
    for (const metric of ["exact_match", "f1", "rouge_1", "rouge_2", "rouge_l", "rouge_lsum"]) {
      const { out } = await said((console) => rescoreCommand(at("texts"), { metric }, true, console));
      expect(JSON.parse(out)).toMatchObject(
        ["before", "after"].map((checkpoint) => ({
          checkpoint,
          task: "xsum",
          metric,
          mean: { mean: 1 },
          min: 1,
          max: 1,
        })),
      );
    }
    await expect(said((console) => rescoreCommand(at("texts"), { metric: "rouge_3" }, true, console))).rejects.toThrow(
      'no such metric; did you mean "rouge_',
    );
  });
});

test("gc gives up what no run refers to, and nothing else", async () => {
  await runInFolder(at("gc"), plan);
  const part: Plan = { ...plan, tasks: plan.tasks.slice(0, 1) };
  const small = await runInFolder(at("gc"), part, { command: { task: "first" } });
  const rows = await storedRows(at("gc"));
  const kept = await said((console) => gcCommand(at("gc"), [], true, console));
  expect(JSON.parse(kept.out)).toMatchObject({ dropped: 0, kept: 36 });
  await expect(said((console) => gcCommand(at("gc"), [7], true, console))).rejects.toThrow(
    "there is no run 7; the runs are 0, 1",
  );
  const dropped = await said((console) => gcCommand(at("gc"), [0], true, console));
  expect(JSON.parse(dropped.out)).toMatchObject({ dropped: 24, kept: 12 });
  expect(existsSync(join(at("gc"), "results.duckdb.wal"))).toBe(false);
  expect(await storedRows(at("gc"))).toEqual(rows);
  const [left] = await inDatabase<object>(
    at("gc"),
    `SELECT (SELECT count(*) FROM variants)::INTEGER AS variants, (SELECT count(*) FROM questions)::INTEGER AS questions,
       (SELECT count(*) FROM items)::INTEGER AS items, (SELECT count(*) FROM tasks)::INTEGER AS tasks,
       (SELECT count(*) FROM checkpoints)::INTEGER AS checkpoints`,
  );
  expect(left).toEqual({ variants: 2, questions: 6, items: 3, tasks: 1, checkpoints: 2 });
  // What was given up is computed again, with new numbers beside the old ones.
  const again = await runInFolder(at("gc"), plan);
  expect(again.computed).toHaveLength(8);
  expect(withoutTimes(again.results)).toEqual(withoutTimes(whole));
  expect((await runInFolder(at("gc"), part, { command: { task: "first" } })).results.cells).toEqual(
    small.results.cells,
  );
});
