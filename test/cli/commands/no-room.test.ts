/** Tests where nothing more can be written: said in one line, and what is written is kept. */

import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { otherUser, runCli } from "../../support/cli.js";
import { countScores } from "../../support/stored-run.js";
import { tempFolder } from "../../support/temp-folder.js";

const COMMAND = ["--model", "builtin", "--data", "builtin", "-t", "rte", "-L", "40", "--num-fewshot", "0"];
const ROWS = 24 * 40;

describe("a disk that fills up during a run", () => {
  test("ends it with what to do; the same command goes on, to the results of a run that had room", async () => {
    const folder = tempFolder();
    const command = [...COMMAND, "-o", "out"];
    const full = await runCli(command, folder, {}, { largestFile: 500 });
    expect(full.code).toBe(1);
    expect(full.stderr).toMatch(
      /^amuro-eval: cannot write out\/results\.duckdb: the disk is full; free some space and run the command again$/m,
    );
    expect(full.stderr).not.toMatch(/^ +at /m);
    const kept = await countScores(join(folder, "out"));
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(ROWS);

    const resumed = await runCli(command, folder);
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(/24 cells \(\d+ reused\), 960 row scores/);
    expect(await countScores(join(folder, "out"))).toBe(ROWS);
    const whole = tempFolder();
    expect((await runCli(command, whole)).code).toBe(0);
    const resultsOf = (place: string) =>
      JSON.parse(readFileSync(join(place, "out", "results.json"), "utf8")) as Record<string, unknown>;
    expect({ ...resultsOf(folder), times: 0 }).toEqual({ ...resultsOf(whole), times: 0 });
  });
});

describe.skipIf(!existsSync("/dev/full"))("an output that takes nothing", () => {
  test("a standard output that takes nothing is one line", async () => {
    const { code, stderr } = await runCli(["ls", "tasks"], tempFolder(), {}, { stdoutTo: "/dev/full" });
    expect(stderr).toMatch(/^amuro-eval: cannot write to the standard output: .*ENOSPC/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  });

  test("a file of --out that takes nothing is one line", async () => {
    const folder = tempFolder();
    expect((await runCli([...COMMAND.slice(0, 4), "-t", "rte", "-L", "3", "-o", "out"], folder)).code).toBe(0);
    const { code, stderr } = await runCli(["analyze", "out", "--out", "/dev/full", "--quiet"], folder);
    expect(stderr).toMatch(/^amuro-eval: \/dev\/full: cannot be written \(ENOSPC.*\); choose another --out$/m);
    expect(code).toBe(1);
  });
});

test.skipIf(otherUser() === undefined)("a folder that others own and nobody else may write to", async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, "locked"));
  chmodSync(folder, 0o755);
  chmodSync(join(folder, "locked"), 0o555);
  const { code, stderr } = await runCli([...COMMAND, "-o", "locked/out"], folder, {}, { uid: otherUser() ?? 0 });
  expect(stderr).toMatch(/^amuro-eval: cannot write locked\/out: permission denied; choose another --output-dir$/m);
  expect(code).toBe(1);
});
