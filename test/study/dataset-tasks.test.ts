/** Datasets without a task in study files and in fine-tuning: the same row of flags or keys asks them everywhere. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { expect, test } from "vitest";
import { prepareStudy } from "../../src/cli/commands/prepare-study.js";
import { addSftFlags } from "../../src/cli/flags/sft-flags.js";
import type { Console } from "../../src/cli/output/console.js";
import type { RawSftOptions } from "../../src/library/raw-sft-options.js";
import { sftOptions } from "../../src/library/sft-options.js";
import { evaluationOptions } from "../../src/study/evaluation.js";
import { planStudy } from "../../src/study/make-plan.js";
import { completedStudy } from "../../src/study/study-file.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { tempFolder } from "../support/temp-folder.js";
import { expectUserError, failureOf } from "../support/user-error.js";

const folder = tempFolder();
const rows = (name: string, n: number) =>
  Array.from({ length: n }, (_, i) => `${JSON.stringify({ sentence: `${name} film ${i}`, mood: i % 2 === 0 ? "good" : "bad" })}\n`).join(""); // prettier-ignore
const moods = join(folder, "moods.jsonl");
writeFileSync(moods, rows("an old", 6));
writeFileSync(join(folder, "moods.train.jsonl"), rows("a new", 8));
const silent = { info: () => undefined } as unknown as Console;
const asked = { family: "text_classification", fields: "text=sentence", label: "mood" };

test("a study trains on a dataset and evaluates it, beside other tasks", async () => {
  const content = { ...asked, checkpoints: "builtin@step30", data: "sample", sft: { tasks: `file:${moods}` }, evaluate: { tasks: [`file:${moods}`, "rte"], limit: 4, "num-fewshot": 1, prompts: "default" } }; // prettier-ignore
  const { file, understood, registry, bases, trainings } = await prepareStudy(completedStudy(content, "f"), silent);
  expect(trainings.map(({ task, name }) => [task.name, name])).toEqual([["file_moods", "builtin@step30+file_moods"]]);
  const plan = await planStudy(evaluationOptions(file, understood, bases, []), registry);
  expect(plan.tasks.map(({ rows: { task, items } }) => [task.name, items.length])).toEqual([["rte", 4], ["file_moods", 4]]); // prettier-ignore
}, 60_000);

test("keys without a dataset, and a dataset without them, are refused", async () => {
  const study = (content: object) => () => prepareStudy(completedStudy({ checkpoints: "builtin@step30", data: "sample", evaluate: { tasks: "rte" }, ...content }, "f"), silent); // prettier-ignore
  expectUserError(await failureOf(study({ ...asked, sft: { tasks: "rte" } })), "--family goes with");
  expectUserError(await failureOf(study({ sft: { tasks: `file:${moods}` } })), "--family says how its rows are asked"); // prettier-ignore
});

test("sft learns a dataset", async () => {
  const command = new Command().exitOverride();
  addSftFlags(command);
  const words = ["-m", "builtin", "-o", "out", "--data", "sample", "-t", `file:${moods}`, "--family", asked.family, "--fields", asked.fields, "--label", asked.label]; // prettier-ignore
  command.parse(words, { from: "user" });
  const { data } = await sftOptions(command.opts<RawSftOptions>(), builtinRegistry());
  expect(data).toMatchObject({ kind: "task", task: { name: "file_moods", answer: { labels: ["bad", "good"] } } });
});
