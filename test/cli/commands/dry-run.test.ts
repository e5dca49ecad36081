/** Tests what a dry run says beforehand, against a count of everything. */

import { describe, expect, test } from "vitest";
import { runCli } from "../../support/cli.js";
import { tempFolder } from "../../support/temp-folder.js";

interface Work {
  readonly tokens: number;
  readonly tokens_error: number;
  readonly new_tokens: number;
  readonly like?: string;
}

const folder = tempFolder();
async function workOf(...words: string[]): Promise<Work[]> {
  const { code, stdout, stderr } = await runCli(
    ["--data", "sample", "--dry-run", "--json", "--quiet", ...words],
    folder,
  );
  expect([code, stderr]).toEqual([0, ""]);
  return (JSON.parse(stdout) as { work: Work[] }).work;
}

describe("a dry run", () => {
  test.each([["-m builtin -t rte,arc_easy --calibrate"], ["-m builtin -t boolq,xsum --prompts paper --num-fewshot 1"]])(
    "counts a few rows of each prompt, within its error of all rows: %s",
    { timeout: 120_000 },
    async (words) => {
      const [[exact], [rough]] = [await workOf(...words.split(" "), "--exact"), await workOf(...words.split(" "))];
      if (exact === undefined || rough === undefined) throw new Error("no work");
      expect(exact.tokens_error).toBe(0);
      expect(rough.tokens_error).toBeGreaterThan(0);
      expect(rough.tokens_error / exact.tokens).toBeLessThan(0.05);
      expect(Math.abs(rough.tokens - exact.tokens)).toBeLessThanOrEqual(1.5 * rough.tokens_error);
      expect(rough.new_tokens).toBe(exact.new_tokens);
    },
  );

  test("has lines no longer than the terminal is wide", async () => {
    const words = ["-m", "builtin", "-t", "rte", "--data", "sample", "--prompts", "labels", "-L", "3", "--dry-run"];
    const { code, stdout } = await runCli(words, folder, { COLUMNS: "60" });
    expect(code).toBe(0);
    expect(stdout).toMatch(/estimated time: .*\n/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  test("is exact where the rows are few, and measures one of the checkpoints of a configuration", async () => {
    const work = await workOf("-m", "builtin@step*", "-t", "rte", "--prompts", "default", "-L", "3");
    expect(work.map(({ like }) => like)).toEqual([undefined, ...Array<string>(8).fill("builtin@step30")]);
    expect(work.map(({ tokens_error }) => tokens_error)).toEqual(Array<number>(9).fill(0));
  });
});
