/** Rows that make a score say something else than it seems to: each kind is refused or said, before a run and in it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cliHost } from "../support/cli.js";
import { tempFolder } from "../support/temp-folder.js";
import { article, choices, dataFolder, fine, range, rte, stsb } from "../support/task-rows.js";

const runCli = cliHost();
const folder = tempFolder();

async function validated(task: string, path: string, ...flags: string[]) {
  const shots = flags.includes("--num-fewshot") ? [] : ["--num-fewshot", "0"];
  return runCli(["validate", "-t", task, "--data", path, "--prompts", "default", ...shots, ...flags], folder);
}
const notesOf = (stdout: string) =>
  stdout.split("\n").flatMap((line) => (line.startsWith("!!  ") ? [line.slice(4)] : []));

test("validate refuses an empty choice and answers that ROUGE does not count before anything is scored", async () => {
  const empty = dataFolder({ "arc_easy.jsonl": [fine(0), choices(1, ["a", "", "c", "d"])] });
  const hindi = dataFolder({ "xlsum.jsonl": article(() => "दिल्ली में भारी बारिश") });
  for (const [task, path, line] of [
    ["arc_easy", empty, `${empty}/arc_easy.jsonl, row 2: choice 2 of the example is empty`],
    ["xlsum", hindi, `${hindi}/xlsum.jsonl, row 1: ROUGE counts only the letters a to z and digits`],
  ] as const) {
    const { code, stderr } = await validated(task, path);
    expect([code, stderr.trim().split("\n").length]).toEqual([1, 1]);
    expect(stderr).toContain(line);
  }
});

test("validate says what is wrong with the rows of each task, in text and in JSON", async () => {
  const path = dataFolder({
    "arc_easy.jsonl": [...range(12).map(fine), choices(12, ["a", "b", " b", "d"])],
    "stsb.jsonl": stsb((i) => (i % 6) / 5),
    "rte.jsonl": [...range(8).map((i) => rte(i)), rte(3, " ")],
  });
  const { code, stdout } = await validated("arc_easy,stsb,rte", path);
  expect(code).toBe(0);
  const notes = notesOf(stdout);
  expect(notes.join("\n")).toContain('arc_easy: two wrong choices are the same text in 1 of 13 rows (row 13: "b")');
  expect(notes.join("\n")).toContain('arc_easy: some choices have spaces or line breaks that the others have not, in 1 of 13 rows (row 13, choice 3: " b")');
  expect(notes.join("\n")).toContain('stsb: every one of 30 rows has the label "no"');
  expect(notes.join("\n")).toContain("rte: the same question is asked again in 1 of 9 rows (row 9 repeats row 4)");
  const { stdout: json } = await validated("arc_easy,stsb,rte", path, "--json");
  const { tasks } = JSON.parse(json) as { tasks: { notes: { text: string }[] }[] };
  expect(tasks.flatMap((task) => task.notes.map(({ text }) => text)).sort()).toEqual([...notes].sort());
}); // prettier-ignore

describe("shots", () => {
  test("are no train rows that repeat evaluated rows but for spaces, case or one word", async () => {
    const twins = [rte(0, " "), { ...rte(1), sentence1: rte(1).sentence1.toUpperCase() }];
    const long = { ...rte(2), sentence1: rte(2).sentence1.replace("old", "young") };
    const path = dataFolder({ "rte.jsonl": range(10).map((i) => rte(i)), "rte.train.jsonl": [...twins, long, rte(3), rte(20), rte(21)] });
    const { code, stdout } = await validated("rte", path, "--num-fewshot", "2");
    expect(code).toBe(0);
    expect(notesOf(stdout).join("\n")).toContain("4 of 6 rows of");
    expect(notesOf(stdout).join("\n")).toContain("they are not shown as shots");
  }); // prettier-ignore

  test("that would all repeat evaluated rows are refused", async () => {
    const path = dataFolder({ "rte.jsonl": range(10).map((i) => rte(i)), "rte.train.jsonl": range(10).map((i) => rte(i, " ")) }); // prettier-ignore
    const { code, stderr } = await validated("rte", path, "--num-fewshot", "2");
    expect(code).toBe(2);
    expect(stderr).toContain("rte.train.jsonl has 0 rows besides 10 that are evaluated, too few for 2 shots");
  });

  test("never show one example twice, and what repeats a shot is not evaluated", async () => {
    const path = dataFolder({ "rte.jsonl": [...range(6), ...range(6)].map((i, k) => rte(i, k < 6 ? "" : " ")) });
    const { code, stdout } = await validated("rte", path, "--num-fewshot", "4");
    expect(code).toBe(0);
    expect(stdout).toContain("rte: 4 rows, 4 shots");
    expect(notesOf(stdout).join("\n")).toContain("no example is shown twice as a shot");
    expect(notesOf(stdout).join("\n")).toContain("4 rows of");
  });
});

test("a run says what validate says, in the terminal, results.json and the report", async () => {
  const path = dataFolder({ "rte.jsonl": [...range(8).map((i) => rte(i)), rte(3, " ")] });
  const out = join(folder, "out");
  const { code, stdout, stderr } = await runCli(["-m", "builtin", "-t", "rte", "--data", path, "--prompts", "default", "--num-fewshot", "0", "-o", out], folder); // prettier-ignore
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  const note = "rte: the same question is asked again in 1 of 9 rows (row 9 repeats row 4)";
  expect(stdout + stderr).toContain(note);
  expect(readFileSync(join(out, "results.json"), "utf8")).toContain(note);
});
