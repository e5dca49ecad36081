/** Importing: what files of other programs become, and what is said of broken ones. */

import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareStudies } from "../../src/analysis/compare/compare-studies.js";
import { UsageError } from "../../src/base/errors.js";
import { randomStream } from "../../src/base/random.js";
import { importResults } from "../../src/importers/import.js";
import type { ImportOptions } from "../../src/importers/importer.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { analyze } from "../../src/library/analyze.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import { hasScores } from "../../src/store/results.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const GOLDEN = join(import.meta.dirname, "../golden/import");

function file(name: string, text: string): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, text);
  return path;
}

async function imported(kind: string | undefined, paths: readonly string[], options: ImportOptions = {}) {
  const out = join(tempFolder(), "results");
  const results = await importResults(kind, paths, out, options, IMPORTERS);
  return { out, results, study: await openStudyData(out) };
}

const MATRIX = "item,t0,t1\na,1,0\nb,0,0\nc,1,1\n";
const AXES = "prompt,enumerator\nt0,capitals\nt1,roman\n";
const GIVEN = { checkpoint: ["m"], task: ["toy"] };

test("a matrix becomes scores of each row under each prompt, with the levels of its file of axes", async () => {
  const options = { ...GIVEN, axes: file("axes.csv", AXES) };
  const { results, study } = await imported("matrix", [file("m.csv", MATRIX)], options);
  const scores = await study.scores("m", "toy");
  expect(scores?.prompts).toEqual(["t0", "t1"]);
  expect([...(scores?.scores ?? [])]).toEqual([1, 0, 1, 0, 0, 1]);
  expect(results.tasks[0]?.prompts.map(({ axes }) => axes)).toEqual([
    { enumerator: "capitals" },
    { enumerator: "roman" },
  ]);
  expect(results.imported?.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  await study.close();
});

const LONG = [
  ["run", 1000, "t", "p1", "i1", 1, "x"],
  ["run", 1000, "t", "p2", "i1", 0, "y"],
  ["run", 1000, "t", "p1", "i2", 0.5, "x"],
  ["run", 1000, "t", "p2", "i2", 1, "y"],
  ["run", 2000, "t", "p1", "i1", 1, "x"],
  ["run", 2000, "t", "p2", "i1", 1, "y"],
  ["run", 2000, "t", "p1", "i2", 0, "x"],
  ["run", 2000, "t", "p2", "i2", 0.25, "y"],
] as const;
const COLUMNS = ["checkpoint", "step", "task", "prompt", "item", "value", "axes.style"];
const csv = (lines: readonly (readonly unknown[])[]) => [COLUMNS, ...lines].map((line) => line.join(",")).join("\n");
const jsonl = (lines: readonly (readonly unknown[])[]) =>
  lines.map((line) => JSON.stringify(Object.fromEntries(COLUMNS.map((name, i) => [name, line[i]])))).join("\n");

test.each(["csv", "jsonl"])("a long table in %s is read in any order, with steps and axes", async (type) => {
  const lines = [...LONG].reverse();
  const { results, study } = await imported("long", [file(`l.${type}`, type === "csv" ? csv(lines) : jsonl(lines))]);
  expect(results.checkpoints.map(({ name, step }) => [name, step])).toEqual([["run@step2000", 2000], ["run@step1000", 1000]]); // prettier-ignore
  const scores = await study.scores("run@step1000", "t");
  const mean = (prompt: string) => results.cells.find((cell) => cell.checkpoint === "run@step1000" && cell.prompt === prompt)?.metrics?.["score"]?.mean; // prettier-ignore
  expect(scores?.rows).toHaveLength(2);
  expect([mean("p1"), mean("p2")]).toEqual([0.75, 0.5]);
  expect(results.tasks[0]?.prompts.find(({ id }) => id === "p2")?.axes).toEqual({ wording: "p2", style: "y" });
  await study.close();
});

test("a cell that lacks rows is left out where that keeps more scores, and said to be", async () => {
  const { results, study } = await imported("long", [file("l.csv", csv(LONG.slice(0, -1)))]);
  expect(results.status).toBe("incomplete");
  expect(results.cells.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(results.cells.filter(({ missing }) => missing !== undefined)).toMatchObject([
    { checkpoint: "run@step2000", prompt: "p2" },
  ]);
  expect(results.notes).toEqual(["t: 1 of 4 cells lack rows of these and are left out"]);
  await study.close();
});

test("seeds of a base are averaged; seeds of fine-tuned checkpoints are checkpoints", async () => {
  const text =
    "checkpoint,stage,task,prompt,item,value,seed\nm,base,t,p,i,1,1\nm,base,t,p,i,0,2\nm,sft,t,p,i,1,1\nm,sft,t,p,i,0,2\n";
  const { results, study } = await imported("long", [file("l.csv", text)]);
  expect(results.checkpoints.map(({ name, base }) => [name, base])).toEqual([["m", null], ["m+sft seed 1", "m"], ["m+sft seed 2", "m"]]); // prettier-ignore
  expect(results.cells.map((cell) => cell.metrics?.["score"]?.mean)).toEqual([0.5, 1, 0]);
  await study.close();
});

test("a second import goes into the same folder, and the same one again replaces itself", async () => {
  const out = join(tempFolder(), "results");
  const path = file("m.csv", MATRIX);
  for (const checkpoint of ["m", "n", "n"]) {
    await importResults("matrix", [path], out, { ...GIVEN, checkpoint: [checkpoint] }, IMPORTERS);
  }
  const study = await openStudyData(out);
  expect(study.results.checkpoints.map(({ name }) => name)).toEqual(["n"]);
  await study.close();
  const first = await openStudyData(out, 0);
  expect(first.results.checkpoints.map(({ name }) => name)).toEqual(["m"]);
  expect([...((await first.scores("m", "toy"))?.scores ?? [])]).toEqual([1, 0, 1, 0, 0, 1]);
  await first.close();
});

const LM_EVAL = join(GOLDEN, "lm-eval");

test("an import of lm-evaluation-harness has the means and errors that it computed itself", async () => {
  const { results, study } = await imported(undefined, [LM_EVAL]);
  const name = readdirSync(LM_EVAL).find((one) => one.startsWith("results_")) ?? "";
  const theirs = JSON.parse(readFileSync(join(LM_EVAL, name), "utf8")) as {
    results: Record<string, Record<string, number>>;
    lm_eval_version: string;
  };
  expect(results.imported?.tools["lm_eval"]).toBe(theirs.lm_eval_version);
  expect(results.tasks.map((task) => [task.name, task.answer_kind, task.rows])).toEqual([
    ["sounds", "multiple-choice", 8],
  ]);
  for (const cell of results.cells) {
    const own = theirs.results[`sounds_${cell.prompt}`];
    for (const metric of ["acc", "acc_norm", "acc_bytes"]) {
      expect(cell.metrics?.[metric]?.mean).toBeCloseTo(own?.[`${metric},none`] ?? NaN, 12);
      expect(cell.metrics?.[metric]?.stderr).toBeCloseTo(own?.[`${metric}_stderr,none`] ?? NaN, 12);
    }
  }
  const [row] = (await study.rows("stories260K", "sounds", "prompt_2")) ?? [];
  const sample = readdirSync(LM_EVAL).find((one) => one.startsWith("samples_sounds_prompt_2")) ?? "";
  const [line = ""] = readFileSync(join(LM_EVAL, sample), "utf8").split("\n");
  const { resps } = JSON.parse(line) as { resps: [[string, string]][] };
  expect(row?.logprobs).toEqual(resps.map(([[value]]) => Number(value)));
  await study.close();
});

test("two runs of one task of lm-evaluation-harness are refused until somebody says what tells them apart", async () => {
  const copy = tempFolder();
  cpSync(LM_EVAL, copy, { recursive: true });
  const error = await failureOf(() => imported("lm-eval", [LM_EVAL, copy]));
  expect(error).toBeInstanceOf(UsageError);
  expectUserError(
    error,
    /is in 2 runs under one prompt: say what tells them apart by --prompt-from run, or by --checkpoint/,
  );
  const { results, study } = await imported("lm-eval", [LM_EVAL, copy], { checkpoint: ["one", "two"] });
  expect(results.checkpoints.map(({ name }) => name)).toEqual(["one", "two"]);
  await study.close();
});

test("a field that tells no prompts apart is refused with the nearest one", async () => {
  const error = await failureOf(() => imported("lm-eval", [LM_EVAL], { promptFrom: "tsk" }));
  expectUserError(error, '--prompt-from tsk: no such field; did you mean "task"?');
});

const BROKEN: readonly (readonly [what: string, kind: string | undefined, name: string, text: string, options: ImportOptions, says: RegExp])[] = [
  ["an empty file", "long", "a.csv", "", {}, /a\.csv: the file is empty$/],
  ["a header alone", "long", "a.csv", `${COLUMNS.join(",")}\n`, {}, /a\.csv: no scores of rows in it; long tables of row scores are expected as/],
  ["JSON that was cut off", "lm-eval", "results_1.json", '{"results": {"a": ', {}, /results_1\.json: not valid JSON \(.*\); was it cut off\?$/],
  ["a results file without samples", "lm-eval", "results_1.json", '{"results":{},"configs":{}}', {}, /no samples_TASK_1\.jsonl beside it|run lm_eval with --log_samples/],
  ["a file of another kind", "lm-eval", "a.csv", csv(LONG), {}, /no results of lm-evaluation-harness there; expected results_DATE\.json .*; it looks like long tables of row scores: amuro-eval import long$/],
  ["a kind that there is not", "lm_eval", "a.csv", csv(LONG), {}, /import lm_eval: no such kind of files; did you mean "lm-eval"\?$/],
  ["a value that is no number", "long", "a.csv", csv([...LONG, ["run", 1000, "t", "p3", "i1", "one", "x"]]), {}, /a\.csv, line 10: value is "one", expected a number$/],
  ["one row twice", "long", "a.csv", csv([...LONG, LONG[0]]), {}, /row i1 of t has two scores of run@step1000 under prompt p1/],
  ["a misspelt column", "long", "a.csv", csv(LONG).replace("task", "tsak"), {}, /a\.csv: no column "task"; say it by --task NAME/],
  ["a prompt with two levels of one axis", "long", "a.csv", csv([...LONG, ["run", 1000, "t", "p1", "i3", 1, "y"]]), {}, /prompt p1 of t has several levels in axes\.style/],
  ["a matrix without the name of its checkpoint", "matrix", "a.csv", MATRIX, { task: ["toy"] }, /a\.csv, read as a matrix .* does not say which checkpoint it is of; say it by --checkpoint NAME$/],
  ["a matrix whose line is too short", "matrix", "a.csv", "t0,t1\n1,0\n1\n", GIVEN, /a\.csv: not valid CSV|line 3: 1 values for 2 columns/],
  ["a matrix that begins with NaN", "matrix", "a.csv", "t0,t1\nNaN,0\n1,1\n", GIVEN, /a\.csv, line 2: prompt t0 is "NaN", expected a number$/],
  ["a matrix with a column that counts its lines", "matrix", "a.csv", "paraphrase idx,t0\n1,0.5\n2,1\n3,0\n", GIVEN, /a\.csv: column "paraphrase idx" counts the lines and is no prompt; call it item where each line is a row/],
  ["a matrix with the index of a data frame", "matrix", "a.csv", ",t0,t1\n0,1,0\n1,1,1\n2,0,1\n", GIVEN, /a\.csv: column "" counts the lines and is no prompt/],
  ["a metric that no row has", "matrix", "a.csv", MATRIX, { ...GIVEN, metric: "acc", axes: "/nowhere.csv" }, /nowhere\.csv: cannot be read/],
  ["nothing that anything reads", undefined, "a.log", "hello", {}, /a\.log: no file of a kind that is known; the kinds are/],
  ["binary bytes named Parquet", "long", "a.parquet", "PAR1 not at all", {}, /a\.parquet: truncated or not a readable Parquet file/],
]; // prettier-ignore

test.each(BROKEN)("%s is refused in one line, and nothing is left behind", async (_what, kind, name, text, options, says) => {
  const out = join(tempFolder(), "results");
  const path = file(name, text);
  const error = await failureOf(() => importResults(kind, [path], out, options, IMPORTERS));
  expectUserError(error, says);
  expect(existsSync(out)).toBe(false);
}); // prettier-ignore

test("an empty text is an answer that compare counts", async () => {
  const output = readFileSync(join(GOLDEN, "promptfoo/output.json"), "utf8");
  const emptied = output.replaceAll(/"output": "[^"]*"/g, '"output": ""');
  expect(emptied).not.toBe(output);
  const [full, empty] = [await imported(undefined, [file("a.json", output)]), await imported(undefined, [file("b.json", emptied)])];
  const counts = async (a: typeof full, b: typeof full) =>
    (await compareStudies(a.study, b.study)).tasks.flatMap(({ cells }) => cells.map(({ rows, otherAnswers }) => ({ rows, otherAnswers })));
  const itself = await counts(empty, empty);
  expect(itself.length).toBeGreaterThan(0);
  expect(itself.every(({ otherAnswers }) => otherAnswers === 0)).toBe(true);
  for (const { rows, otherAnswers } of await counts(full, empty)) expect(otherAnswers).toBe(rows);
  await Promise.all([full.study.close(), empty.study.close()]);
}); // prettier-ignore

test("a cell that lacks the first row of all lacks a row", async () => {
  const document = JSON.parse(readFileSync(join(GOLDEN, "promptfoo/output.json"), "utf8")) as { results: { results: { failureReason: number }[] } }; // prettier-ignore
  const [first] = document.results.results;
  if (first !== undefined) first.failureReason = 2;
  const { results, study } = await imported(undefined, [file("a.json", JSON.stringify(document))]);
  expect(results.cells.filter(hasScores)).toHaveLength(5);
  expect(results.cells).toHaveLength(6);
  await study.close();
});

test("what a flag has to say is a usage error", async () => {
  const error = await failureOf(() => imported("matrix", [file("m.csv", MATRIX)]));
  expect(error).toBeInstanceOf(UsageError);
});

test("an import of promptfoo counts the passed tests of each prompt and provider as it did itself", async () => {
  const { results, study } = await imported(undefined, [join(GOLDEN, "promptfoo/output.json")]);
  const { results: theirs } = JSON.parse(readFileSync(join(GOLDEN, "promptfoo/output.json"), "utf8")) as {
    results: { prompts: { label: string; provider: string; metrics: { testPassCount: number } }[] };
  };
  expect(results.cells).toHaveLength(6);
  for (const { checkpoint, prompt, metrics } of results.cells) {
    const own = theirs.prompts.find((one) => one.label === prompt && one.provider === checkpoint);
    expect((metrics?.["success"]?.mean ?? NaN) * 4).toBeCloseTo(own?.metrics.testPassCount ?? NaN, 9);
  }
  const [row] = (await study.rows("echo-large", "sounds", "plain")) ?? [];
  expect(row?.answer).toMatch(/^It said \w+\.$/);
  await study.close();
});

const INSPECT = join(GOLDEN, "inspect");

interface InspectLog {
  readonly results: {
    readonly scores: readonly {
      readonly name: string;
      readonly metrics: { readonly accuracy: { readonly value: number } };
    }[];
  };
}

test("logs of inspect_ai give the accuracies that stand in them, and an archive the same as JSON", async () => {
  const { results, study } = await imported("inspect", [join(INSPECT, "eval")], { promptFrom: "metadata.template" });
  expect(results.tasks[0]?.prompts.map(({ id }) => id).sort()).toEqual(["ask", "plain", "polite", "story"]);
  const json = readdirSync(join(INSPECT, "json"))[0] ?? "";
  const log = JSON.parse(readFileSync(join(INSPECT, "json", json), "utf8")) as InspectLog;
  const other = await imported(undefined, [join(INSPECT, "json")], { promptFrom: "metadata.template" });
  const plain = results.cells.find(({ prompt }) => prompt === "plain");
  for (const { name, metrics } of log.results.scores) {
    expect(plain?.metrics?.[name]?.mean).toBeCloseTo(metrics.accuracy.value, 12);
  }
  expect(other.results.cells[0]?.rows_sha256).toBe(plain?.rows_sha256);
  await study.close();
  await other.study.close();
});

test("where the right answer moves between prompts, scores are kept and answers are not", async () => {
  const sample = (prompt: string, gold: string, answer: string, value: string) => ({
    status: "success",
    eval: { model: "m", task: "t", metadata: { template: prompt } },
    plan: { steps: [] },
    samples: [{ id: 1, input: "Which?", target: gold, choices: ["a", "b"], scores: { choice: { value, answer } } }],
  });
  const logs = [sample("one", "A", "A", "C"), sample("two", "B", "A", "I")];
  const paths = logs.map((log, i) => file(`${i}.json`, JSON.stringify(log)));
  const { results, study } = await imported("inspect", paths, { promptFrom: "metadata.template" });
  expect(results.tasks[0]).toMatchObject({ answer: "scores", labels: null });
  expect(results.notes).toContain(
    "t: the right answer stands in other places under other prompts, so scores are kept and answers are not",
  );
  expect(results.cells.map(({ metrics }) => metrics?.["choice"]?.mean)).toEqual([1, 0]);
  await study.close();
});

test("the answer of the first epoch that counts stands for a sample", async () => {
  const epoch = (completion: string, value: unknown) => ({
    id: 1, input: "Which?", target: "a", output: { completion }, scores: { one: { value }, two: { value: 1 } },
  }); // prettier-ignore
  const log = {
    status: "success", eval: { model: "m", task: "t" }, plan: { steps: [] },
    samples: [epoch("lost", "NaN"), epoch("first", 0), epoch("second", 1)],
  }; // prettier-ignore
  const { results, study } = await imported("inspect", [file("epochs.json", JSON.stringify(log))]);
  expect(results.notes.join("\n")).toContain("epochs.json: 1 sample has no number from one and is left out");
  expect(await study.rows("m", "t", "default")).toMatchObject([{ answer: "first", metrics: { one: 0.5, two: 1 } }]);
  await study.close();
});

test("several logs of one task are never taken for prompts unless somebody says what tells them apart", async () => {
  const error = await failureOf(() => imported("inspect", [join(INSPECT, "eval")]));
  expect(error).toBeInstanceOf(UsageError);
  expectUserError(
    error,
    /are both of mockllm\/model on sounds under one prompt: say what tells them apart by --prompt-from/,
  );
});

test("an archive that was cut off is refused", async () => {
  const name = readdirSync(join(INSPECT, "eval"))[0] ?? "";
  const bytes = readFileSync(join(INSPECT, "eval", name));
  const path = join(tempFolder(), "cut.eval");
  writeFileSync(path, bytes.subarray(0, bytes.length / 2));
  expectUserError(await failureOf(() => imported("inspect", [path])), /cut\.eval: not a ZIP archive, or cut off/);
});

test("a task that is judged by acc_norm has the answers that acc_norm takes", async () => {
  const plain = await imported("lm-eval", [LM_EVAL]);
  const { results, study } = await imported("lm-eval", [LM_EVAL], { metric: "acc_norm" });
  let other = 0;
  for (const { prompt } of results.cells) {
    const rows = (await study.rows("stories260K", "sounds", prompt)) ?? [];
    const likeliest = (await plain.study.rows("stories260K", "sounds", prompt)) ?? [];
    for (const [i, row] of rows.entries()) {
      expect(Number(row.answer === row.gold)).toBe(row.metrics["acc_norm"]);
      other += Number(row.answer !== likeliest[i]?.answer);
    }
  }
  // Without this, the test would hold for the likeliest answers, too.
  expect(other).toBeGreaterThan(0);
  expect(results.notes).toEqual([]);
  await study.close();
  await plain.study.close();
});

test("a metric that judges by something that is not in the files is said to", async () => {
  const copy = tempFolder();
  cpSync(LM_EVAL, copy, { recursive: true });
  for (const name of readdirSync(copy).filter((one) => one.endsWith(".jsonl"))) {
    const lines = readFileSync(join(copy, name), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    const changed = lines.map((line) => ({ ...line, acc: 1 - Number(line["acc"]) }));
    writeFileSync(join(copy, name), changed.map((line) => JSON.stringify(line)).join("\n"));
  }
  const { results, study } = await imported("lm-eval", [copy]);
  expect(results.notes.join()).toContain("acc judges 8 of 8 rows by another answer than the likeliest");
  await study.close();
});

test.each([
  ["seeds in names of prompts", "prompt", (p: number, r: number) => `p${p} (seed ${r})`],
  ["a column of seeds, and an axis that differs between them", "axes.wording,axes.order,seed,prompt", (p: number, r: number) => `w${p},o${r},${r},p${p}`],
  ["an axis beside names that are wordings", "axes.choices,prompt", (p: number, r: number) => `${r === 0 ? "cloze" : "letter"},p${p} ${r}`],
  ["shots and names of prompts that hold axes", "shots,prompt", (p: number, r: number) => `${r},plain+draw=${p}`],
])("a table with %s gives one analysis, imported or not", async (_, columns, cell) => {
  const random = randomStream("table");
  const lines = ["a", "b"].flatMap((name) => [0, 1, 2].flatMap((p) => [0, 1].flatMap((r) => [0, 1, 2, 3, 4, 5].map((i) => `${name},t,i${i},${random() < 0.5 ? 1 : 0},${cell(p, r)}`)))); // prettier-ignore
  const path = file("table.csv", `checkpoint,task,item,value,${columns}\n${lines.join("\n")}\n`);
  const { out, study } = await imported("long", [path]);
  await study.close();
  const [direct, stored] = [await analyze(path), await analyze(out)];
  expect(stored.tasks.map(({ prompts }) => prompts)).toEqual(direct.tasks.map(({ prompts }) => prompts));
  const nameOf = (term: string) => term.split(" x ").sort().join(" x ");
  const termsOf = ({ axes }: (typeof direct)["levels"][number]) => axes?.terms.map(({ term, variance }) => `${nameOf(term)} ${variance.toFixed(9)}`).sort(); // prettier-ignore
  const figures = ({ levels }: typeof direct) => levels.map((own) => ({ prompts: own.prompts, level: own.level, sensitivity: own.sensitivity, axes: termsOf(own) })); // prettier-ignore
  expect(figures(stored)).toEqual(figures(direct));
}); // prettier-ignore

const ARM = (own: (r: number) => string) => [0, 1].map((r) => [`m,${own(r)},base,,t,score`, `m,${own(r)},sft,u,t,score`]).flat(); // prettier-ignore
test.each([
  ["runs of an arm", ARM((r) => `run ${r},`)],
  ["seeds of an arm beside a base without", ["m,,,base,,t,score", "m,,1,sft,u,t,score", "m,,2,sft,u,t,score"]],
  ["runs of a base alone", ["m,a,,,,t,score", "m,b,,,,t,score", "m,c,,,,t,score"]],
  ["steps of two runs", ["a", "b"].flatMap((run) => [1, 2, 3].map((step) => `m@${step},${run},,,,t,score`))],
  ["two metrics of a task, and one of another", ["m,,,,,rte,f1", "m,,,,,rte,acc", "m,,,,,u,acc"]],
])("a table with %s gives one analysis, imported or not", async (_, cells) => {
  const random = randomStream("table of cells");
  const lines = cells.flatMap((cell) => [0, 1, 2, 3, 4, 5, 6].flatMap((p) => [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `${cell},w${p},i${i},${random() < (cell.includes("sft") ? 0.8 : 0.4) ? 1 : 0}`))); // prettier-ignore
  const path = file("cells.csv", `checkpoint,run,seed,stage,sft_task,task,metric,prompt,item,value\n${lines.join("\n")}\n`);
  const { out, study } = await imported("long", [path]);
  await study.close();
  const [direct, stored] = [await analyze(path), await analyze(out)];
  const figures = ({ checkpoints, tasks, levels, comparisons, replicates, trends, limits }: typeof direct) => ({
    checkpoints,
    tasks: tasks.map(({ name, family, metric, prompts }) => ({ name, family: family === "imported" ? null : family, metric, prompts })),
    levels: levels.map(({ checkpoint, task, level, sensitivity }) => ({ checkpoint, task, level, sensitivity })),
    changes: comparisons.map(({ base, sft, level }) => ({ base, sft, level })),
    replicates,
    trends,
    limits,
  });
  expect(figures(stored)).toEqual(figures(direct));
}); // prettier-ignore
