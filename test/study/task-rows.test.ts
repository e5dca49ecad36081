/** Tests which rows are evaluated and which are shown: drawn once for a task, and never the same row twice. */

import fc from "fast-check";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkTask } from "../../src/tasks/contract.js";
import { builtinRegistry } from "../../src/tasks/registry.js";
import { limitedCount, prepareTaskRows, type Item, type TaskRows } from "../../src/study/task-rows.js";
import { tempFolder } from "../support/temp-folder.js";

const folder = tempFolder();
const definition = {
  name: "numbers",
  description: "Is the number even?",
  family: "multiple_choice",
  dataset: { columns: { number: "int" } },
  answer: { kind: "classification", labels: ["even", "odd"] },
  metric: "acc",
  toExample: ({ number }: { number: number }) => ({ fields: { question: `${number}` }, gold: Math.abs(number) % 2 }),
};
const task = checkTask(definition, "test");

let folders = 0;
function folderOf(evaluated: readonly number[], train?: readonly number[]): string {
  const path = join(folder, String(folders++));
  mkdirSync(path);
  const write = (name: string, numbers: readonly number[]) => {
    writeFileSync(join(path, name), numbers.map((number) => `{"number":${number}}\n`).join(""));
  };
  write("numbers.jsonl", evaluated);
  if (train) write("numbers.train.jsonl", train);
  return path;
}

interface Options {
  numFewshot?: number;
  limit?: number;
  seed?: number;
}
const prepare = (path: string, { numFewshot = 0, limit, seed = 42 }: Options = {}) =>
  prepareTaskRows(task, { kind: "folder", path }, { numFewshot, limit, seed });
const prepared = async (path: string, options?: Options) => {
  const rows = await prepare(path, options);
  if ("skipped" in rows) throw new Error(rows.skipped);
  return rows;
};
const numbersOf = (items: readonly Item[]) => items.map(({ example }) => Number(example.fields["question"]));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("shots", () => {
  test("are train rows that are not evaluated", async () => {
    const { items, shots } = await prepared(folderOf(range(0, 20), range(15, 24)), { numFewshot: 4 });
    expect(numbersOf(items)).toEqual(range(0, 20));
    // Of 15 to 23 only the last four are not among the rows to evaluate.
    expect(numbersOf(shots).sort()).toEqual([20, 21, 22, 23]);
  });

  test("of a single file are taken out of it", async () => {
    const { items, shots, available } = await prepared(folderOf(range(0, 20)), { numFewshot: 4 });
    expect(shots).toHaveLength(4);
    expect(available).toBe(20);
    expect([...numbersOf(items), ...numbersOf(shots)].sort((a, b) => a - b)).toEqual(range(0, 20));
  });

  test("of a single file take every copy of their row out", async () => {
    const { items, shots } = await prepared(folderOf([...range(0, 6), ...range(0, 6)]), { numFewshot: 2 });
    const shown = new Set(numbersOf(shots));
    expect(numbersOf(items).filter((number) => shown.has(number))).toEqual([]);
  });

  test("do not depend on the limit", async () => {
    const path = folderOf(range(0, 30));
    const all = await prepared(path, { numFewshot: 4 });
    for (const limit of [1, 5, 0.5]) {
      expect(numbersOf((await prepared(path, { numFewshot: 4, limit })).shots)).toEqual(numbersOf(all.shots));
    }
  });

  test("change with the seed, and only with it", async () => {
    const path = folderOf(range(0, 9), range(100, 140));
    const draw = async (seed: number) => numbersOf((await prepared(path, { numFewshot: 4, seed })).shots);
    expect(await draw(1)).toEqual(await draw(1));
    const draws = await Promise.all(range(1, 9).map(draw));
    expect(new Set(draws.map(String)).size).toBeGreaterThan(6);
  });

  test("fewer are the first of more, in the same order", async () => {
    const path = folderOf(range(0, 9), range(100, 140));
    const eight = numbersOf((await prepared(path, { numFewshot: 8 })).shots);
    expect(numbersOf((await prepared(path, { numFewshot: 3 })).shots)).toEqual(eight.slice(0, 3));
  });

  test("none are asked for", async () => {
    const { items, shots } = await prepared(folderOf([7]), { numFewshot: 0 });
    expect([numbersOf(items), numbersOf(shots)]).toEqual([[7], []]);
  });
});

describe("--limit", () => {
  test("is a random subset with a seed, in the file's order", async () => {
    const path = folderOf(range(0, 200), range(500, 510));
    const draw = async (seed: number) => numbersOf((await prepared(path, { limit: 10, seed })).items);
    const drawn = await draw(42);
    expect(drawn).toHaveLength(10);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
    expect(drawn).not.toEqual(range(0, 10));
    expect(await draw(42)).toEqual(drawn);
    expect(await draw(43)).not.toEqual(drawn);
  });

  test("draws every row about equally often", async () => {
    const path = folderOf(range(0, 10), range(100, 101));
    const counts = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 200; seed++) {
      for (const number of numbersOf((await prepared(path, { limit: 3, seed })).items)) {
        counts[number] = (counts[number] ?? 0) + 1;
      }
    }
    // 60 expected with a standard deviation of 6.5.
    expect(Math.min(...counts)).toBeGreaterThan(60 - 4 * 6.5);
    expect(Math.max(...counts)).toBeLessThan(60 + 4 * 6.5);
  });

  test("row numbers are those of the file", async () => {
    const { items } = await prepared(folderOf(range(100, 150), [1]), { limit: 5 });
    expect(items.map(({ row }) => row + 100)).toEqual(numbersOf(items));
  });

  test.each([
    [48, undefined, 48],
    [48, 4, 4],
    [48, 100, 48],
    [48, 0.5, 24],
    [48, 0.1, 5],
    [48, 0.001, 1],
    [1, 0.999, 1],
    [48, 1, 1],
  ])("of %d rows, %s is %d", (available, limit, expected) => {
    expect(limitedCount(available, limit)).toBe(expected);
  });
});

test("property: rows are unlike shots, as many as asked for, and the same on every call", async () => {
  const row = fc.integer({ min: 0, max: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 40 }),
      fc.option(fc.array(row, { minLength: 1, maxLength: 20 }), { nil: undefined }),
      fc.record({
        numFewshot: fc.nat(6),
        limit: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.01, max: 0.99, noNaN: true })),
        seed: fc.nat(1000),
      }),
      async (evaluated, train, options) => {
        const path = folderOf(evaluated, train);
        const rows = await prepare(path, options);
        const usable = new Set(train === undefined ? evaluated : train.filter((n) => !evaluated.includes(n))).size;
        if ("skipped" in rows) {
          expect(rows.skipped).toContain(`too few for ${options.numFewshot} shots`);
          // In a single file the shots may leave nothing to evaluate.
          if (train !== undefined) expect(usable).toBeLessThan(options.numFewshot);
          return;
        }
        expect(rows.shots).toHaveLength(options.numFewshot);
        const shown = new Set(rows.shots.map(({ hash }) => hash));
        expect(rows.items.filter(({ hash }) => shown.has(hash))).toEqual([]);
        const rest = evaluated.filter((number) => train !== undefined || !numbersOf(rows.shots).includes(number));
        expect(rows.items).toHaveLength(limitedCount(rest.length, options.limit));
        expect(new Set(rows.items.map(({ row: index }) => index)).size).toBe(rows.items.length);
        expect(await prepare(path, options)).toEqual(rows);
      },
    ),
    { numRuns: 60 },
  );
});

describe("a task is skipped, with the reason:", () => {
  test("a task without a file is skipped", async () => {
    const path = folderOf([1]);
    const other = checkTask({ ...definition, name: "letters", dataset: { columns: { number: "int" } } }, "test");
    expect(
      await prepareTaskRows(other, { kind: "folder", path }, { numFewshot: 0, limit: undefined, seed: 1 }),
    ).toEqual({ skipped: `no letters.jsonl, .csv or .parquet in ${path}` });
  });

  test.each([
    ["too few train rows", [1, 2], [3], "numbers.train.jsonl has 1 row, too few for 4 shots; use --num-fewshot 0"],
    [
      "train rows that are evaluated",
      range(0, 9),
      range(0, 11),
      "numbers.train.jsonl has 2 rows besides 9 that are evaluated, too few for 4 shots; use --num-fewshot 0",
    ],
    ["too few rows", [1, 2], undefined, "numbers.jsonl (no train rows) has 2 rows, too few for 4 shots"],
    ["nothing left to evaluate", [1, 2, 3, 4], undefined, "numbers.jsonl (no train rows) has 4 rows, too few for 4"],
  ])("%s", async (_why, evaluated, train, reason) => {
    const rows = await prepare(folderOf(evaluated, train), { numFewshot: 4 });
    expect(rows).toHaveProperty("skipped");
    expect((rows as { skipped: string }).skipped).toContain(reason);
  });
});

describe("built-in tasks on files", () => {
  const dataFolder = (files: Record<string, object[]>): string => {
    const path = join(folder, String(folders++));
    mkdirSync(path);
    for (const [name, rows] of Object.entries(files)) {
      writeFileSync(join(path, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    }
    return path;
  };
  const load = (name: string, path: string, numFewshot = 0) => {
    const [builtin] = builtinRegistry().select([name]);
    if (builtin === undefined) throw new Error(name);
    return prepareTaskRows(builtin, { kind: "folder", path }, { numFewshot, limit: undefined, seed: 42 });
  };
  const nli = (n: number) => ({ text_a: `a${n}`, text_b: `b${n}`, label: n % 3 });

  test("gpt3nli, which has a single split, never shows a row that it evaluates", async () => {
    const rows = (await load("gpt3nli", dataFolder({ "gpt3nli.jsonl": range(0, 12).map(nli) }), 4)) as TaskRows;
    expect([rows.items.length, rows.shots.length]).toEqual([8, 4]);
    const premises = [...rows.items, ...rows.shots].map(({ example }) => example.fields["premise"]);
    expect(new Set(premises).size).toBe(12);
  });

  test("columns that no task uses do not make rows different", async () => {
    const path = dataFolder({
      "gpt3nli.jsonl": [{ ...nli(1), idx: 0 }],
      "gpt3nli.train.jsonl": [{ ...nli(1), idx: 7 }, nli(2)],
    });
    const rows = (await load("gpt3nli", path, 1)) as TaskRows;
    expect(rows.shots.map(({ row }) => row)).toEqual([1]);
  });

  test.each([
    [
      "an unlabelled split",
      "qqp",
      { "qqp.jsonl": [-1, -1].map((label) => ({ question1: "a", question2: "b", label })) },
      "qqp.jsonl: row 1, column label: -1 is a hidden label, as in all 2 rows; this split is unlabelled, use another",
    ],
    [
      "one unlabelled row",
      "gpt3nli",
      { "gpt3nli.jsonl": [nli(1), { ...nli(2), label: -1 }] },
      "gpt3nli.jsonl: row 2, column label: -1 is not one of 0, 1, 2 (a hidden label?)",
    ],
    [
      "a wrong column",
      "boolq",
      { "boolq.jsonl": [{ question: "q", passage: "p", answers: true }] },
      'boolq.jsonl: row 1 has no column "answer"; did you mean "answers"?',
    ],
    [
      "a wrong type",
      "boolq",
      { "boolq.jsonl": [{ question: "q", passage: "p", answer: "yes" }] },
      'boolq.jsonl: row 1, column answer: expected true or false, found the string "yes"',
    ],
    [
      "a key that is no choice",
      "arc_easy",
      { "arc_easy.jsonl": [{ question: "q", choices: { text: ["x", "y"], label: ["A", "B"] }, answerKey: "C" }] },
      'arc_easy.jsonl, row 1: answerKey "C" is none of the labels A, B (task arc_easy)',
    ],
    [
      "a missing ending",
      "hellaswag",
      { "hellaswag.jsonl": [{ ctx: "c", endings: ["a", "b", "c"], label: "3" }] },
      "hellaswag.jsonl, row 1: the gold answer is 3, not a number from 0 to 2; an unlabelled row? (task hellaswag)",
    ],
    [
      "a train file with a hidden label",
      "gpt3nli",
      { "gpt3nli.jsonl": [nli(1)], "gpt3nli.train.jsonl": [nli(0), { ...nli(2), label: 3 }] },
      "gpt3nli.train.jsonl: row 2, column label: 3 is not one of 0, 1, 2",
    ],
  ])("%s is refused with file, row and column", async (_what, name, files, message) => {
    const path = dataFolder(files);
    await expect(load(name, path)).rejects.toThrow(path);
    await expect(load(name, path)).rejects.toThrow(message);
  });
});
