/** `amuro-eval analyze` and `paper` as processes. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Analysis } from "../../../src/analysis/document/document.js";
import { isAnalysis } from "../../../src/analysis/document/schema.js";
import { startCli } from "../../support/cli.js";
import { tempFolder } from "../../support/temp-folder.js";

const cli = (cwd: string, ...args: string[]) => startCli(args, cwd).result;

test("a table is analysed: tables and words on standard output, the document in --out", async () => {
  const cwd = tempFolder();
  const lines = ["base", "sft"].flatMap((stage) =>
    [0.5, 0.6, 0.8].map((value, p) => `a,${stage},${stage === "sft" ? "mnli" : ""},rte,p${p},acc,${value},100`),
  );
  writeFileSync(join(cwd, "t.csv"), ["checkpoint,stage,sft_task,task,prompt,metric,value,n", ...lines].join("\n"));
  const { code, stdout } = await cli(cwd, "analyze", "t.csv", "--out", "a.json", "--quiet");
  expect(code).toBe(0);
  expect(stdout).toContain("a → a+mnli");
  expect(stdout).toContain("Not estimated");
  const document = JSON.parse(readFileSync(join(cwd, "a.json"), "utf8")) as unknown;
  expect(isAnalysis(document)).toBe(true);
  const json = await cli(cwd, "analyze", "t.csv", "--json", "--quiet");
  expect(JSON.parse(json.stdout)).toEqual(document);
});

test.each([
  [["analyze"], 2, /missing required argument/],
  [["analyze", "nowhere.csv"], 1, /nowhere\.csv: cannot be read/],
  [["analyze", "nowhere"], 1, /nowhere: no results of a run/],
  [["analyze", "bad.csv"], 2, /bad\.csv, read as a matrix \(no column "checkpoint".*; say it by --checkpoint NAME/],
  [["analyze", "good.csv", "--seed", "x"], 2, /--seed x: expected a whole number/],
  [["analyze", "good.csv", "good.csv"], 1, /a on rte is in two of the results/],
  [["analyze", "good.csv", "--out", "no/such/folder.json"], 1, /folder\.json: cannot be written/],
  [["paper", "nowhere"], 1, /all_perf_table\.csv: cannot be read .*name the folder/],
])("%j is refused in one line", async (args, exit, message) => {
  const cwd = tempFolder();
  writeFileSync(join(cwd, "bad.csv"), "x,y\n1,2\n");
  writeFileSync(join(cwd, "good.csv"), "checkpoint,task,prompt,metric,value\na,rte,io,acc,0.5\n");
  const { code, stderr } = await cli(cwd, ...args, "--quiet");
  expect(code).toBe(exit);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(message);
  expect(existsSync(join(cwd, "a.json"))).toBe(false);
});

test("what a run left is analysed: answers and calibrated scorers too", async () => {
  const cwd = tempFolder();
  const run = await cli(
    cwd,
    ..."run --base builtin@step30 --sft mnli=builtin@step2400 -t rte,arc_easy --data builtin -L 6".split(" "),
    ..."--prompts paper --calibrate -o results --quiet".split(" "),
  );
  expect(run.stderr).toBe("");
  expect(run.code).toBe(0);
  const { code, stdout } = await cli(cwd, "analyze", "results", "--json", "--quiet");
  expect(code).toBe(0);
  const analysis = JSON.parse(stdout) as Analysis;
  expect(analysis.levels.map(({ checkpoint, task }) => `${checkpoint} ${task}`)).toHaveLength(4);
  expect(analysis.comparisons.map(({ task, prompts, items }) => [task, prompts.length, items])).toEqual([
    ["rte", 3, 6],
    ["arc_easy", 3, 6],
  ]);
  const scorers = (task: string) =>
    analysis.levels.find((one) => one.task === task)?.scorer.scorers.map(({ name }) => name);
  expect(scorers("rte")).toEqual(["acc", "acc_calibrated", "batch_calibrated"]);
  expect(scorers("arc_easy")).toEqual(["acc_norm", "acc", "acc_bytes", "acc_pmi"]);
  expect(analysis.levels[0]?.answers?.flip_rate).toBeGreaterThanOrEqual(0);
});

test("a budget asks no more than it may and names the ends", async () => {
  const cwd = tempFolder();
  const args = "run --model builtin -t rte --data builtin -L 6 --prompts paper --budget 10 -o out --json --quiet";
  const { code, stdout } = await cli(cwd, ...args.split(" "));
  expect(code).toBe(0);
  const { results } = JSON.parse(stdout) as { results: { requests: number; estimates: unknown[] }[] };
  expect(results[0]?.requests).toBeLessThanOrEqual(10);
  expect(results[0]?.estimates).toHaveLength(3);
  expect(JSON.parse(readFileSync(join(cwd, "out", "budget.json"), "utf8"))).toEqual(JSON.parse(stdout));
});
