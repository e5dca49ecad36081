import { describe, expect, test } from "vitest";
import { BUILTIN_DATASETS, BUILTIN_ROWS, builtinRows } from "../../../src/datasets/builtin/rows.js";
import { FACTS } from "../../../src/datasets/builtin/world.js";
import { builtinDatasets, loadRows } from "../../../src/datasets/index.js";
import { checkRows } from "../../../src/datasets/rows.js";
import { sha256 } from "../../../src/base/hash.js";
import { checkExample } from "../../../src/tasks/example.js";
import { builtinRegistry } from "../../../src/tasks/registry.js";

const json = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row));

test("there are rows of every dataset that comes with the package", () => {
  expect([...BUILTIN_DATASETS].sort()).toEqual([...builtinDatasets().keys()].sort());
});

describe.each(BUILTIN_DATASETS)("rows of %s", (name) => {
  const train = builtinRows(name, "train");
  const evaluated = builtinRows(name, "eval");
  const description = builtinDatasets().get(name)?.description;

  test("fit its description, are distinct, and are the same on every machine", () => {
    if (description === undefined) throw new Error("no description");
    expect([train.length, evaluated.length]).toEqual([BUILTIN_ROWS.train, BUILTIN_ROWS.eval]);
    expect(checkRows(description, [...train, ...evaluated], name)).toHaveLength(train.length + evaluated.length);
    expect(new Set(json([...train, ...evaluated])).size).toBe(train.length + evaluated.length);
    expect([train, evaluated].map((rows) => sha256(json(rows).join("\n")).slice(0, 16))).toMatchSnapshot();
  });

  test("become examples of its tasks, with every label about as often", () => {
    const tasks = builtinRegistry().all().filter(({ dataset }) => dataset.description.name === name); // prettier-ignore
    expect(tasks.length).toBeGreaterThan(0);
    for (const task of tasks) {
      // Its right answer has a column of its own.
      if (task.name === "sciq_mcq") continue;
      const examples = evaluated.map((row) => checkExample(task, task.toExample(row)));
      const golds = examples.flatMap((example) => ("gold" in example ? [example.gold] : []));
      const kinds = task.answer.kind === "classification" ? task.answer.labels.length : 4;
      for (const gold of new Set(golds)) {
        const share = golds.filter((one) => one === gold).length / golds.length;
        expect(share).toBeGreaterThan(0.6 / kinds);
        expect(share).toBeLessThan(1.5 / kinds);
      }
    }
  });
});

test("a label of mnli can be told from premise and hypothesis: what is said word by word follows", () => {
  const rows = builtinRows("mnli_matched", "eval") as { premise: string; hypothesis: string; label: number }[];
  const claims = rows.map(({ premise, hypothesis, label }) => {
    const claim = hypothesis.replace(/^\w+ (?:[A-Z]\w+ )?/, "").replace(/\.$/, "");
    return { said: premise.includes(claim), label };
  });
  const said = claims.filter((claim) => claim.said);
  expect(said.length).toBeGreaterThan(20);
  expect(said.every(({ label }) => label === 0)).toBe(true);
});

test("a right answer about the world is right, and the wrong ones are wrong", () => {
  const rows = builtinRows("arc_challenge", "eval") as {
    question: string;
    choices: { text: string[] };
    answerKey: string;
  }[];
  for (const { question, choices, answerKey } of rows) {
    const right = choices.text["ABCD".indexOf(answerKey)];
    const known = FACTS.filter(({ reverse }) => reverse.includes(question)).map(({ subject }) => subject);
    expect(choices.text.filter((text) => known.includes(text))).toEqual([right]);
  }
});

test("they are a source of data for tasks that come with the package, and no other", async () => {
  const [task] = builtinRegistry().select(["boolq"]);
  if (task === undefined) throw new Error("no boolq");
  const loaded = await loadRows("boolq", task.dataset, { kind: "builtin" });
  expect(loaded).toMatchObject({ origin: "builtin", evalSource: "built-in rows of boolq", licence: "Apache-2.0" });
  expect(await loadRows("boolq", { description: task.dataset.description }, { kind: "builtin" })).toEqual({
    skipped: "no built-in rows for boolq",
  });
});
