/** Importing runs of HELM, predictions of OLMES, and the published tables of DOVE and PromptEval. */

import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importResults } from "../../src/importers/import.js";
import type { ImportOptions } from "../../src/importers/importer.js";
import { IMPORTERS } from "../../src/importers/registry.js";
import { openStudyData } from "../../src/store/open-study-data.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const GOLDEN = join(import.meta.dirname, "../golden/import");

async function imported(paths: readonly string[], options: ImportOptions = {}, kind?: string) {
  const out = join(tempFolder(), "results");
  const results = await importResults(kind, paths, out, options, IMPORTERS);
  const study = await openStudyData(out);
  return { results, study };
}

/** Copies a golden folder, to be broken. */
function copied(name: string): string {
  const copy = tempFolder();
  cpSync(join(GOLDEN, name), copy, { recursive: true });
  return copy;
}

test("perturbations of HELM are prompts, on the rows that they perturb", async () => {
  const { results, study } = await imported([join(GOLDEN, "helm")]);
  expect(results.imported?.kind).toBe("helm");
  expect(results.checkpoints.map(({ name }) => name)).toEqual(["org/one", "org/two"]);
  expect(results.tasks.map(({ name, metric, rows }) => [name, metric, rows])).toEqual([["toy:subject=days", "exact_match", 4], ["words", "exact_match", 4]]); // prettier-ignore
  const [toy, words] = results.tasks;
  expect(toy?.prompts.map(({ axes }) => axes)).toEqual([
    { method: "multiple_choice_joint", perturbation: "original", shots: 0 },
    { method: "multiple_choice_joint", perturbation: "misspellings(prob=1)", shots: 0 },
    { method: "multiple_choice_joint", perturbation: "lowercase", shots: 0 },
  ]);
  expect(words?.prompts.map(({ id }) => id)).toEqual(["original", "misspellings(prob=1)", "lowercase"]);
  const [original] = toy?.prompts ?? [];
  const rows = (await study.rows("org/one", "toy:subject=days", original?.id ?? "")) ?? [];
  // Every third answer of the list in helm.py is of the rows as they are.
  expect(rows.map(({ answer, gold, metrics }) => [answer, gold, metrics])).toEqual([
    [0, 0, { exact_match: 1 }],
    [1, 1, { exact_match: 1 }],
    [2, 2, { exact_match: 1 }],
    [0, 0, { exact_match: 1 }],
  ]);
  const [perturbed] = (await study.rows("org/two", "toy:subject=days", toy?.prompts[1]?.id ?? "")) ?? [];
  expect(perturbed?.row_hash).toBe(rows[0]?.row_hash);
  expect(perturbed?.prompt_hash).not.toBe(rows[0]?.prompt_hash);
  await study.close();
});

test("a run of HELM that lacks a file is refused", async () => {
  const copy = copied("helm");
  rmSync(join(copy, "toy_one", "per_instance_stats.json"));
  expectUserError(
    await failureOf(() => imported([copy])),
    /toy_one: no per_instance_stats\.json beside run_spec\.json/,
  );
});

test("a request of HELM that the model did not answer is left out, and said to be", async () => {
  const copy = copied("helm");
  const path = join(copy, "toy_one", "scenario_state.json");
  const state = JSON.parse(readFileSync(path, "utf8")) as { request_states: { result?: unknown }[] };
  delete state.request_states[0]?.result;
  writeFileSync(path, JSON.stringify(state));
  const { results, study } = await imported([copy]);
  expect(results.notes.join("\n")).toContain("toy_one: 1 row without an answer of the model left out");
  await study.close();
});

test("formulations of OLMES are prompts, each judged by its own metric and answer", async () => {
  const { results, study } = await imported([join(GOLDEN, "olmes")]);
  expect(results.checkpoints.map(({ name, revision }) => [name, revision])).toEqual([["org/model@step1000", "step1000"]]); // prettier-ignore
  const [task] = results.tasks;
  expect([task?.name, task?.metric, task?.answer]).toEqual(["colours", "primary_score", "loglikelihood"]);
  expect(task?.prompts.map(({ id, axes }) => [id, axes])).toEqual([
    ["rc::olmes", { formulation: "rc::olmes", shots: 5 }],
    ["mc::olmes", { formulation: "mc::olmes", shots: 0 }],
  ]);
  const rows = (await study.rows("org/model@step1000", "colours", "rc::olmes")) ?? [];
  // By character: -6.5 / 13 beats -2 / 3, -5 / 13 beats -4 / 3, and so on.
  expect(rows.map(({ answer, gold }) => [answer, gold])).toEqual([[1, 0], [1, 1], [2, 2], [1, 0]]); // prettier-ignore
  expect(rows.map(({ metrics }) => metrics["primary_score"])).toEqual(rows.map(({ answer, gold }) => Number(answer === gold))); // prettier-ignore
  expect(rows[0]?.logprobs).toEqual([-2, -6.5, -7]);
  expect((await study.items("colours"))[0]?.answers).toEqual(["red", "green or blue", "a dark colour"]);
  await study.close();
});

test("answers of OLMES that share the first place are counted by what the metric ranks by", async () => {
  const copy = copied("olmes");
  const path = join(copy, "task-000-colours-predictions.jsonl");
  const [first = "", ...rest] = readFileSync(path, "utf8").trim().split("\n");
  const row = JSON.parse(first) as { model_output: { sum_logits: number; logits_per_char: number }[] };
  // The log-likelihoods differ; those per character, which the task is judged by, are the same of two answers.
  row.model_output.forEach((output, i) => (output.logits_per_char = i === 0 ? -2 : -1));
  writeFileSync(path, [JSON.stringify(row), ...rest].join("\n"));
  const { study } = await imported([copy]);
  const rows = (await study.rows("org/model@step1000", "colours", "rc::olmes")) ?? [];
  expect(rows.map(({ tied = 1 }) => tied)).toEqual([2, 1, 1, 1]);
});

test("predictions of OLMES without requests keep scores alone, and say so", async () => {
  const copy = copied("olmes");
  for (const number of ["000", "001"]) rmSync(join(copy, `task-${number}-colours-requests.jsonl`));
  const { results, study } = await imported([copy], { metric: "acc_raw" });
  expect(results.tasks.map(({ answer, metric }) => [answer, metric])).toEqual([["scores", "acc_raw"]]);
  expect(results.imported?.missing.join()).toContain("no TASK-requests.jsonl");
  expect(results.cells.map(({ metrics }) => metrics?.["acc_raw"]?.mean)).toEqual([0.25, 0.25]);
  await study.close();
});

test.each([
  ["olmes", "task-000-colours-metrics.json", "", /there is no task-000-colours-metrics\.json beside it/],
  ["olmes", "task-000-colours-metrics.json", '{"task_config":{},"metrics":{},"model_config":{"model":"m"}}', /no task_config\.primary_metric/],
  ["olmes", "task-000-colours-predictions.jsonl", '{"doc_id":0,"model_output":[],"metrics":{}}\n', /line 1: no metrics\.acc_per_char, the task's primary metric/],
  ["olmes", "task-001-colours-predictions.jsonl", '{"doc_id":0,"model_output":[]', /no .*predictions|not valid JSON|there is no/],
  ["helm", "toy_one/run_spec.json", "{", /not valid JSON|no run_spec\.json/],
  ["helm", "toy_two/per_instance_stats.json", "[]", /no per_instance_stats\.json beside run_spec\.json, or one without scores/],
  ["helm", "words_one/scenario_state.json", '{"adapter_spec":{},"request_states":[]}', /words_one: no adapter_spec\.model/],
])("%s with %s broken is refused", async (kind, file, text, message) => {
  const copy = copied(kind);
  if (text === "") rmSync(join(copy, file));
  else writeFileSync(join(copy, file), text);
  expectUserError(await failureOf(() => imported([copy], {}, kind)), message);
}); // prettier-ignore

test("dimensions of DOVE are axes; answers are the same in whatever order choices stand", async () => {
  const { results, study } = await imported([join(GOLDEN, "dove")]);
  const [task] = results.tasks;
  expect([results.checkpoints[0]?.name, task?.name, task?.rows, task?.prompts.length]).toEqual(["org/Model-7B", "mmlu.toys", 2, 4]); // prettier-ignore
  expect(task?.prompts[1]?.axes).toEqual({ wording: "StateHere", shots: 0, enumerator: "capitals", separator: "\\n", choices_order: "alphabetical" }); // prettier-ignore
  const answers = async (prompt = "") => ((await study.rows("org/Model-7B", "mmlu.toys", prompt)) ?? []).map(({ answer, gold, metrics }) => [answer, gold, metrics["score"]]); // prettier-ignore
  // The first choice is given every time: salt in the original order, air in that of the alphabet.
  expect(await answers(task?.prompts[0]?.id)).toEqual([[1, 1, 1], [1, 0, 0]]); // prettier-ignore
  expect(await answers(task?.prompts[1]?.id)).toEqual([[0, 1, 0], [0, 0, 1]]); // prettier-ignore
  expect(await answers(task?.prompts[2]?.id)).toEqual([[1, 1, 1], [1, 0, 0]]); // prettier-ignore
  await study.close();
});

test("a table of PromptEval has its prompts in its lines; folder and name say task and model", async () => {
  const { results, study } = await imported([join(GOLDEN, "prompteval")]);
  expect(results.checkpoints.map(({ name }) => name)).toEqual(["org_model_a", "org_model_b"]);
  expect(results.tasks.map(({ name, rows, prompts }) => [name, rows, prompts.map(({ id }) => id)])).toEqual([
    ["anatomy", 4, ["format_0", "format_1", "format_2", "format_3", "format_4"]],
  ]);
  const scores = await study.scores("org_model_b", "anatomy");
  expect([...(scores?.scores.slice(0, 8) ?? [])]).toEqual([0, 1, 0, 1, 1, 0, 1, 0]);
  await study.close();
});

test.each([
  ["dove", /--prompt-from: DOVE says/],
  ["prompteval", /--prompt-from: the lines of these files are the prompts/],
])("%s takes no field for prompts", async (kind, message) => {
  expectUserError(await failureOf(() => imported([join(GOLDEN, kind)], { promptFrom: "x" })), message);
});

test("a Parquet file that is cut off is refused by its name", async () => {
  const copy = copied("prompteval");
  const path = join(copy, "anatomy", "org_model_a-00000-of-00001.parquet");
  writeFileSync(path, readFileSync(path).subarray(0, 300));
  expectUserError(await failureOf(() => imported([path], {}, "prompteval")), /org_model_a-00000-of-00001\.parquet: truncated or not a readable Parquet file/); // prettier-ignore
});
