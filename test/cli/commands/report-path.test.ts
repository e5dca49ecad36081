/** Reports of files of other programs, which are read without an import. */

import { copyFileSync, cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { leaderboardCommand } from "../../../src/cli/commands/leaderboard.js";
import { reportCommand } from "../../../src/cli/commands/report.js";
import { tempFolder } from "../../support/temp-folder.js";
import { expectUserError, failureOf } from "../../support/user-error.js";

const GOLDEN = join(import.meta.dirname, "../../golden/import");

function lines() {
  const said: string[] = [];
  return { said, console: { out: (text: string) => void said.push(text), info: () => undefined, interactive: false, width: 80 } }; // prettier-ignore
}

test("a folder of lm-evaluation-harness is reported beside its files", async () => {
  const folder = tempFolder();
  cpSync(join(GOLDEN, "lm-eval"), folder, { recursive: true });
  const { said, console } = lines();
  await reportCommand(folder, { formats: ["md"], out: undefined, json: false }, console);
  const text = readFileSync(join(folder, "report.md"), "utf8");
  expect(text).toContain("stories260K");
  expect(text).toContain("sounds");
  expect(said.join()).toContain("report.md");
});

test("one file of promptfoo is reported beside it, under the metric that was asked for", async () => {
  const folder = tempFolder();
  const path = join(folder, "output.json");
  copyFileSync(join(GOLDEN, "promptfoo/output.json"), path);
  const { console } = lines();
  await reportCommand(path, { formats: ["md"], out: undefined, import: { metric: "score" }, json: false }, console);
  expect(existsSync(join(folder, "report.md"))).toBe(true);
  const error = await failureOf(() => reportCommand(path, { formats: ["md"], out: undefined, import: { metric: "scroe" }, json: false }, console)); // prettier-ignore
  expectUserError(error, "--metric scroe: the rows of", "name one of these");
});

test("a leaderboard takes files of other programs, single ones among them", async () => {
  const out = tempFolder();
  const { said, console } = lines();
  await leaderboardCommand(
    [join(GOLDEN, "lm-eval"), join(GOLDEN, "promptfoo/output.json")],
    { out, json: false },
    console,
  );
  const { entries } = JSON.parse(readFileSync(join(out, "leaderboard.json"), "utf8")) as { entries: { checkpoint: string }[] }; // prettier-ignore
  expect(entries.length).toBeGreaterThan(1);
  expect(said.join()).toContain("2 reports");
});
