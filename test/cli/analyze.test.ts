/** `amuro-eval analyze` and `paper` as processes. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isAnalysis } from "../../src/analysis/schema.js";
import { startCli } from "../support/cli.js";
import { tempFolder } from "../support/temp-folder.js";

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
  [["analyze", "bad.csv"], 1, /bad\.csv: no column "checkpoint"/],
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
