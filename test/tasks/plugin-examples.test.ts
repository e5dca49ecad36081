/** Tests the further examples of docs/plugins.md, taken from the page and run by the real command line. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Results } from "../../src/store/results.js";
import { cliHost } from "../support/cli.js";
import { tempFolder } from "../support/temp-folder.js";

const runCli = cliHost();
const page = readFileSync(join(import.meta.dirname, "../../docs/plugins.md"), "utf8");

/** Writes the code blocks that follow lines with the names of these files. */
function folderOf(...names: string[]): string {
  const folder = tempFolder();
  for (const name of names) {
    const block = new RegExp(`^\`${name}\`:\\n\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\`$`, "m").exec(page);
    if (block === null) throw new Error(`docs/plugins.md has no ${name}`);
    writeFileSync(join(folder, name), block[1] as string);
  }
  return folder;
}

describe("the sentiment task with a family of its own", () => {
  const folder = folderOf("sentiment.ts", "reviews.jsonl");
  const of = ["--plugin", "./sentiment.ts", "--task", "reviews"];

  test("passes validate, with 24 prompts", async () => {
    const { code, stdout } = await runCli(["validate", ...of, "--num-fewshot", "0"], folder);
    expect([code, stdout]).toEqual([0, expect.stringContaining("reviews: 6 rows, 0 shots, 24 prompts")]);
  });

  test("is shown by inspect, and its family by ls", async () => {
    const { code, stdout } = await runCli(["inspect", "reviews", ...of.slice(0, 2), "--num-fewshot", "0"], folder);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Review: .*[^]*Verdict: /)]);
    const listed = await runCli(["ls", "families", ...of.slice(0, 2), "--json"], folder);
    expect(JSON.parse(listed.stdout)).toContainEqual({
      family: "sentiment",
      fields: "review",
      answers: "classification",
      wordings: "2",
      description: "Whether a review is good or bad.",
    });
  });

  test("runs under its wordings and formats, and results name its family", async () => {
    const prompts = [
      "--prompts",
      "form,ask,format:1",
      "--num-fewshot",
      "0",
      "--model",
      "builtin",
      "--output-dir",
      "out",
    ];
    const { code, stderr } = await runCli(["run", ...of, ...prompts], folder);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const results = JSON.parse(readFileSync(join(folder, "out", "results.json"), "utf8")) as Results;
    expect(results.tasks.map(({ name, family }) => [name, family])).toEqual([["reviews", "sentiment"]]);
    expect(results.cells).toHaveLength(3);
    const report = await runCli(["report", "out", "--format", "md"], folder);
    expect(report.code).toBe(0);
    expect(readFileSync(join(folder, "out", "report.md"), "utf8")).toContain("reviews");
  });
});

test("a short answer is judged by exact match and F1, the best of the right ones", async () => {
  const folder = folderOf("capitals.ts", "capitals.jsonl");
  const options = [
    "--plugin",
    "./capitals.ts",
    "--task",
    "capitals",
    "--prompts",
    "io,terse-arrow",
    "--num-fewshot",
    "1",
  ];
  const { code } = await runCli(["run", ...options, "--model", "builtin", "--output-dir", "out"], folder);
  expect(code).toBe(0);
  const results = JSON.parse(readFileSync(join(folder, "out", "results.json"), "utf8")) as Results;
  expect(Object.keys(results.cells[0]?.metrics ?? {})).toEqual(expect.arrayContaining(["exact_match", "f1"]));
});

test("a word problem is judged by the last number, and the texts without one are counted", async () => {
  const folder = folderOf("sums.ts", "sums.jsonl");
  const options = ["--plugin", "./sums.ts", "--task", "sums", "--prompts", "io,terse-arrow", "--num-fewshot", "0"];
  const { code, stdout } = await runCli(["run", ...options, "--model", "builtin", "--output-dir", "out"], folder);
  expect(code).toBe(0);
  const results = JSON.parse(readFileSync(join(folder, "out", "results.json"), "utf8")) as Results;
  const unread = results.cells.map(({ unparseable }) => unparseable ?? NaN);
  expect(results.cells.map(({ metrics }) => 1 - (metrics?.["answer_read"]?.mean ?? NaN))).toEqual(unread);
  // The built-in checkpoint knows no sums: it hardly ever writes a number.
  expect(Math.max(...unread)).toBeGreaterThan(0);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain("no answer could be read from the generated text");
});

test("validate says which wording names answers that the task does not have, and refuses it by name", async () => {
  const folder = folderOf("sentiment.ts", "reviews.jsonl");
  const source = readFileSync(join(folder, "sentiment.ts"), "utf8")
    .replace(/const sentiment[^]*?\}\);\n/, "")
    .replace("family: sentiment", 'family: "reading_comprehension"')
    .replace("fields: { review }", 'fields: { passage: review, question: "Was the guest pleased?" }');
  writeFileSync(join(folder, "reading.ts"), source);
  const of = ["validate", "--plugin", "./reading.ts", "--task", "reviews", "--num-fewshot", "0"];
  const { code, stdout } = await runCli(of, folder);
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining(
      "!!  reviews: the wording instruct is left out: it names the answers yes and no, and the task has others",
    ),
  ]);
  expect(stdout).toContain("24 prompts");
  const named = await runCli([...of, "--prompts", "instruct"], folder);
  expect([named.code, named.stderr]).toEqual([
    2,
    expect.stringContaining("the wording instruct itself names the answers yes and no, and reviews has others"),
  ]);
});
