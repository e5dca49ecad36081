/** `amuro-eval plan` as a process. */

import { describe, expect, test } from "vitest";
import { PLAN_SCHEMA, type StudyPlan } from "../../../src/analysis/planning/plan-document.js";
import { startCli } from "../../support/cli.js";
import { tempFolder } from "../../support/temp-folder.js";

const cli = (cwd: string, ...args: string[]) => startCli(args, cwd).result;

describe("a pilot that the command runs itself", async () => {
  const cwd = tempFolder();
  const pilot = ["--pilot", "-m", "builtin", "-t", "rte", "--data", "sample", "--num-fewshot", "0", "-L", "12", "-o", "pilot"]; // prettier-ignore
  const { code, stdout } = await cli(cwd, "plan", ...pilot, "--mean-error", "0.2", "--json", "--quiet");
  const planned = JSON.parse(stdout) as StudyPlan;

  test("has a size, a cost and a command", () => {
    expect(code).toBe(0);
    expect(planned.schema).toBe(PLAN_SCHEMA);
    expect(planned.entries).toHaveLength(1);
    expect(planned.recommended?.wordings).toBeGreaterThanOrEqual(12);
    expect(planned.cost?.tokens).toBeGreaterThan(0);
    expect(planned.cost?.hours).toBeGreaterThan(0);
  });

  test("the command runs as it stands", async () => {
    const [, ...words] = (planned.command ?? "").split(" ");
    expect(words.slice(-4)).toEqual(["--prompts", `design:${planned.recommended?.wordings}`, "--limit", String(planned.recommended?.rows)]); // prettier-ignore
    const dry = await cli(cwd, ...words, "--dry-run", "--json", "--quiet");
    expect(dry.code).toBe(0);
    const { tasks } = JSON.parse(dry.stdout) as { tasks: { prompts: string[] }[] };
    expect(tasks[0]?.prompts).toHaveLength(planned.recommended?.wordings ?? NaN);
  });

  test("its results are a pilot, too, and the text is short", async () => {
    const text = await cli(cwd, "plan", "pilot", "--mean-error", "0.2", "--quiet");
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(planned.command ?? "none");
    expect(text.stdout.split("\n").length).toBeLessThan(16);
  });
});

test.each([
  [["plan"], 2, /name the results of a pilot .* --pilot/],
  [["plan", "nowhere"], 1, /nowhere: no results of a run/],
  [["plan", "nowhere", "--pilot"], 2, /results are given, and --pilot/],
  [["plan", "nowhere", "-m", "builtin"], 2, /--model is of a pilot/],
  [["plan", "nowhere", "--ratio", "0"], 2, /--ratio 0: expected a number above 0/],
  [["plan", "nowhere", "--ratio", "1"], 2, /a ratio of 1 is an SD that does not change.*e\.g\. 2/],
  [["plan", "nowhere", "--power", "2"], 2, /power/],
])("%j is refused in one line", async (args, exit, message) => {
  const { code, stderr } = await cli(tempFolder(), ...args);
  expect(code).toBe(exit);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(message);
});
