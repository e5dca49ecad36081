/** Tests that each wrong field of a task definition is named, in one line that begins with where the task came from. */

import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/base/errors.js";
import { acc } from "../../src/metrics/accuracy.js";
import { checkTask } from "../../src/tasks/contract.js";

const complete = {
  name: "kites",
  description: "Is the kite red?",
  family: "nli",
  dataset: { columns: { question: "string" } },
  answer: { kind: "classification", labels: ["no", "yes"] },
  metric: "acc",
  toExample: () => ({ fields: { premise: "a", hypothesis: "b" }, gold: 0 }),
};
const hub = { id: "org/kites", revision: "main", files: { test: "*.parquet" } };
const columns = complete.dataset.columns;
const check = (change: object) => checkTask({ ...complete, ...change }, "plugin kites.ts");
const without = (key: string) => {
  const rest = Object.entries(complete).filter(([name]) => name !== key);
  return () => checkTask(Object.fromEntries(rest), "plugin kites.ts");
};

test("a complete definition is taken as it is, with its defaults", () => {
  const checked = check({});
  expect(checked.family).toMatchObject({ name: "nli", answer: { kinds: ["classification"] } });
  const dataset = { description: complete.dataset };
  expect(checked).toEqual({
    ...complete,
    family: checked.family,
    metrics: [acc],
    aliases: [],
    tags: [],
    shots: "drawn",
    notes: [],
    dataset,
  });
  expect(check({ tags: ["sky"] }).tags).toEqual(["sky"]);
});

test.each(["name", "description", "family", "dataset", "answer", "metric", "toExample"] as const)(
  "without %s",
  (key) => {
    expect(without(key)).toThrow(UsageError);
    expect(without(key)).toThrow(`plugin kites.ts: ${key === "name" ? "task" : "task kites"}: missing key "${key}"`);
  },
);

test.each([
  [{ nmae: "x" }, 'task kites: unknown key "nmae"; did you mean "name"?'],
  [{ name: "My Task" }, "task My Task: name must match pattern"],
  [{ name: 3 }, "task: name must be string, not number"],
  [{ description: "" }, "description must NOT have fewer than 1 characters"],
  [{ family: "nil" }, 'family is "nil"; did you mean "nli"?'],
  [{ tags: "sky" }, 'tags must be array, not the string "sky"'],
  [{ tags: [1] }, "tags.0 must be string, not number"],
  [{ metric: "accuracy" }, 'metric is "accuracy"; known: acc, acc_norm, acc_bytes, rouge_l'],
  [{ metric: "rouge_l" }, 'task kites: metric "rouge_l" does not fit a classification answer; use acc'],
  [
    { family: "multiple_choice", answer: { kind: "multiple-choice" }, metric: "rouge_l" },
    'metric "rouge_l" does not fit a multiple-choice answer; use acc or acc_norm or acc_bytes',
  ],
  [
    { family: "summarization", answer: { kind: "generation", maxNewTokens: 5, stop: [] } },
    'metric "acc" does not fit a generation answer; use rouge_l',
  ],
  [{ toExample: "row" }, "task kites: toExample must be a function"],
  [{ answer: "yes" }, 'answer must be object, not the string "yes"'],
  [{ answer: {} }, 'missing key "kind" in answer'],
  [{ answer: { kind: "choice" } }, 'answer.kind is "choice"; known: classification, multiple-choice, generation'],
  [{ answer: { kind: "classification" } }, 'missing key "labels" in answer'],
  [{ answer: { kind: "classification", labels: ["yes"] } }, "answer.labels must NOT have fewer than 2 items"],
  [{ answer: { kind: "classification", labels: ["yes", "yes"] } }, "answer.labels must NOT have duplicate items"],
  [{ answer: { kind: "multiple-choice", labels: ["a", "b"] } }, 'unknown key "labels" in answer'],
  [{ answer: { kind: "generation", stop: ["\n"] } }, 'missing key "maxNewTokens" in answer'],
  [{ answer: { kind: "generation", maxNewTokens: 0, stop: [] } }, "answer.maxNewTokens must be >= 1"],
])("a task with %j is refused", (change, message) => {
  expect(() => check(change)).toThrow(UsageError);
  expect(() => check(change)).toThrow(/^plugin kites\.ts: task[^\n]*$/);
  expect(() => check(change)).toThrow(message);
});

describe("dataset", () => {
  test("by name is one that ships with amuro-eval", () => {
    expect(check({ dataset: "rte" }).dataset.description.name).toBe("rte");
    expect(() => check({ dataset: "rtee" })).toThrow(
      'plugin kites.ts: task kites: dataset "rtee" does not ship with amuro-eval; did you mean "rte"?',
    );
  });

  test("of local files takes absolute paths and file: URLs", () => {
    const files = { eval: pathToFileURL("/data/my kites.jsonl"), train: "/data/train.csv" };
    expect(check({ dataset: { columns, files } }).dataset).toEqual({
      description: { columns },
      files: { eval: { paths: ["/data/my kites.jsonl"] }, train: { paths: ["/data/train.csv"] } },
    });
    expect(check({ dataset: { columns, files: { eval: "/data/a.csv" } } }).dataset.files).toEqual({
      eval: { paths: ["/data/a.csv"] },
    });
  });

  test.each([
    [{ columns: { question: "text" } }, 'columns.question is "text"; known: string, int, float, bool, string[]'],
    [{ columns: {} }, "columns must NOT have fewer than 1 properties"],
    [{}, 'missing key "columns"'],
    [{ columns, hub }, "splits"],
    [{ columns, hub, splits: { eval: "tset" } }, 'splits.eval is "tset", not in hub.files; did you mean "test"?'],
    [{ columns, colums: columns }, 'unknown key "colums"; did you mean "columns"?'],
    [{ columns, files: "rows.jsonl" }, "files must be an object"],
    [{ columns, files: {} }, "files.eval must be an absolute path or a file: URL"],
    [{ columns, files: { eval: new URL("https://example.org/a.csv") } }, "files.eval must be an absolute path"],
    [
      { columns, files: { eval: "rows.jsonl" } },
      'files.eval: "rows.jsonl" is relative; write new URL("rows.jsonl", import.meta.url)',
    ],
    [{ columns, files: { eval: "/a.csv", train: "b.csv" } }, 'files.train: "b.csv" is relative'],
    [{ columns, files: { eval: "/a.csv", test: "/b.csv" } }, 'files: unknown key "test"'],
  ])("as %j is refused", (dataset, message) => {
    expect(() => check({ dataset })).toThrow(UsageError);
    expect(() => check({ dataset })).toThrow(/^plugin kites\.ts: task kites: dataset: [^\n]*$/);
    expect(() => check({ dataset })).toThrow(message);
  });
});
