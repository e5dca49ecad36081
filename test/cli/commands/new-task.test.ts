/** Checks the task that new-task writes: it is validated, its test passes, and nothing is written over. */

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { cliHost } from "../../support/cli.js";
import { tempFolder } from "../../support/temp-folder.js";

const runCli = cliHost();
const folder = tempFolder();

test("new-task writes a plugin, rows and a test that pass at once", async () => {
  const { code, stdout } = await runCli(["new-task", "meals", "--dir", "mine"], folder);
  expect([code, readdirSync(join(folder, "mine")).sort()]).toEqual([
    0,
    ["meals.jsonl", "meals.test.mjs", "meals.train.jsonl", "meals.ts"],
  ]);
  expect(stdout).toContain("the test imports amuro-eval: npm install amuro-eval puts it in this folder");
  expect(stdout).toContain("amuro-eval validate --plugin ./mine/meals.ts -t meals");
  const validated = await runCli(["validate", "--plugin", "./mine/meals.ts", "-t", "meals"], folder);
  expect([validated.code, validated.stdout]).toEqual([0, expect.stringMatching(/ok {2}meals: 6 rows, .*24 prompts/)]);
  expect(validated.stdout).not.toContain("!!");
  // As it is where the package is installed.
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(import.meta.dirname, "../../.."), join(folder, "node_modules/amuro-eval"));
  const tested = await promisify(execFile)(process.execPath, ["--test", "mine/meals.test.mjs"], { cwd: folder });
  const { stdout: second } = await runCli(["new-task", "soups", "--dir", "mine"], folder);
  expect(second).not.toContain("npm install");
  expect(tested.stdout).toMatch(/# pass 1\n[^]*# fail 0\n|pass 1\n[^]*fail 0\n/);
}, 120_000);

test.each([
  [["new-task", "meals", "--dir", "mine"], "is already there"],
  [["new-task", "My Task"], "a name has lower-case letters"],
  [["new-task", "rte"], "there is a built-in task or family of that name"],
])("%j is refused", async (args, named) => {
  const { code, stderr } = await runCli(args, folder);
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining(named)]);
  expect(code).toBeGreaterThan(0);
});
