/** --chat-template as a user gives it, on a tiny checkpoint whose tokenizer has a chat template and on one without. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { isResults, type Results } from "../../../src/store/results.js";
import { cliHost } from "../../support/cli.js";
import { storedRows } from "../../support/stored-run.js";
import { tempFolder } from "../../support/temp-folder.js";
import { writeTinyCheckpoint } from "../../support/tiny-checkpoint.js";

const runCli = cliHost();
const TEMPLATE =
  "{{ bos_token }}{% for m in messages %}{{ '<' + m.role + '>\\n' + m.content + '\\n' }}{% endfor %}" +
  "{{ '<assistant>\\n' if add_generation_prompt }}\n";

const folder = tempFolder();
const data = ["--data", "sample", "-L", "2", "--num-fewshot", "1"];
beforeAll(async () => {
  const options = { window: 768, tokenizerConfig: { bos_token: "<s>" } };
  await writeTinyCheckpoint(join(folder, "plain"), options);
  await writeTinyCheckpoint(join(folder, "chat"), options);
  writeFileSync(join(folder, "chat", "chat_template.jinja"), TEMPLATE);
});

describe("a run with off, turns and single", () => {
  let results: Results;
  beforeAll(async () => {
    const flags = ["--chat-template", "off,turns", "--chat-template", "single", "-o", "out"];
    const run = await runCli(["-m", "./chat", "-t", "rte,xsum", "--prompts", "default", ...data, ...flags], folder);
    expect([run.code, run.stderr.split("\n").at(-2)]).toEqual([0, expect.stringMatching(/results in out$/)]);
    const json: unknown = JSON.parse(readFileSync(join(folder, "out", "results.json"), "utf8"));
    if (!isResults(json)) throw new Error(JSON.stringify(isResults.errors));
    results = json;
  });
  test("evaluates each as a prompt of its own", () => {
    const [task] = results.tasks;
    expect(task?.prompts.map(({ id, chat_template }) => [id, chat_template])).toEqual([
      ["default", null],
      ["default+turns", "turns"],
      ["default+single", "single"],
    ]);
    expect(new Set(task?.prompts.map(({ hash }) => hash)).size).toBe(3);
    expect(results.cells.map(({ task: name, prompt, error }) => [name, prompt, error])).toEqual(
      ["xsum", "rte"].flatMap((name) =>
        ["default", "default+turns", "default+single"].map((prompt) => [name, prompt, undefined]),
      ),
    );
    expect(results.summaries.map(({ prompts }) => prompts)).toEqual([3, 3]);
  });

  test("asks each the same rows in prompts of their own", async () => {
    const stored = await storedRows(join(folder, "out"));
    const prompts = ["default", "default+turns", "default+single"].map((id) => stored.get(`chat rte ${id}`) ?? []);
    for (const rows of prompts) {
      expect(rows.map(({ row_hash }) => row_hash)).toEqual(prompts[0]?.map(({ row_hash }) => row_hash));
      for (const { label_mass } of rows) expect(label_mass).toBeGreaterThan(0);
    }
    expect(new Set(prompts.flat().map(({ prompt_hash }) => prompt_hash)).size).toBe(6);
  });
});

test("inspect shows the rendered turns", async () => {
  const flags = [
    "--prompts",
    "default",
    "--chat-template",
    "turns",
    "--num-fewshot",
    "1",
    "--data",
    "sample",
    "--json",
  ];
  const { code, stdout } = await runCli(["inspect", "rte", "-m", "./chat", ...flags], folder);
  expect(code).toBe(0);
  const [shown] = JSON.parse(stdout) as { prompt: string; text: string; answers: { tokens: string[] }[] }[];
  expect(shown?.prompt).toBe("default+turns");
  expect(shown?.text).toMatch(
    /^<s><user>\n### Input_1: .*\n ### Inference:\n<assistant>\n\w+\n<user>\n### Input_1: .*\n ### Inference:\n<assistant>\n$/s,
  );
  expect(shown?.answers.map(({ tokens }) => tokens.join(""))).toEqual(["entailment", "neutral"]);
});

test("a dry run counts the tokens of the rendered prompts", async () => {
  const flags = ["-t", "rte,xsum", "--prompts", "default", ...data, "--dry-run", "--json"];
  const [off, turns] = await Promise.all(
    ["off", "turns"].map((layout) => runCli(["-m", "./chat", "--chat-template", layout, ...flags], folder)),
  );
  const tokens = (stdout = "") => (JSON.parse(stdout) as { work: { tokens: number }[] }).work[0]?.tokens ?? 0;
  expect(tokens(turns?.stdout)).toBeGreaterThan(tokens(off?.stdout));
});

describe("refused before anything is scored", () => {
  test.each([
    [
      ["--base", "./plain", "--sft", "./chat", "--chat-template", "turns"],
      "checkpoint plain: the tokenizer has no chat template; use --chat-template off",
      1,
    ],
    [
      ["-m", "./chat", "--chat-template", "turns:rag"],
      'checkpoint chat: no chat template is named "rag"; known: default',
      1,
    ],
    [
      ["-m", "./chat", "--chat-template", "off,trns"],
      '--chat-template trns: expected off, turns, single, turns:NAME or single:NAME; did you mean "turns"?',
      2,
    ],
    [["-m", "./chat", "--chat-template", ","], "--chat-template is empty; give off, turns or single", 2],
  ])("%j", async (flags, message, exit) => {
    const { code, stderr, stdout } = await runCli([...flags, "-t", "rte", ...data, "-o", "refused"], folder);
    expect([code, stdout, stderr]).toEqual([exit, "", `amuro-eval: ${message}\n`]);
  });

  test("a conversation that the template does not take", async () => {
    const refusing = await writeTinyCheckpoint(join(folder, "refusing"), {
      tokenizerConfig: {
        chat_template: "{{ raise_exception('one turn only') if messages[1] }}{{ messages[0].content }}",
      },
    });
    const ask = (layout: string) =>
      runCli(["validate", "-m", refusing, "-t", "rte", ...data, "--chat-template", layout], folder);
    const [turns, single] = await Promise.all([ask("turns"), ask("single")]);
    expect(turns.stderr).toBe(
      "amuro-eval: checkpoint refusing: the chat template refuses the conversation (one turn only)\n",
    );
    expect([turns.code, single.code]).toEqual([1, 0]);
  });
});
