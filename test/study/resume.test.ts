/** Tests what of earlier runs is used again: the rows of which nothing has changed. */

import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { openWorkerBackend } from "../../src/engine/backends/worker-backend.js";
import type { Plan, StudyTask } from "../../src/study/plan.js";
import { builtinRegistry, type TaskRegistry } from "../../src/tasks/registry.js";
import "../support/in-this-thread.js";
import { smallStudy } from "../support/small-study.js";
import {
  countScores,
  inDatabase,
  runInFolder,
  storedRows,
  withoutTimes,
  type RunOptions,
} from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const DATASETS = join(import.meta.dirname, "../../datasets");

/** Returns a study of its own: two checkpoints, two tasks with files, two prompts. */
async function study(): Promise<{ root: string; data: string; a: string; b: string }> {
  const root = tempFolder();
  for (const task of ["rte", "qqp"]) {
    copyFileSync(join(DATASETS, task, "sample.jsonl"), join(root, `${task}.jsonl`));
    copyFileSync(join(DATASETS, task, "sample.train.jsonl"), join(root, `${task}.train.jsonl`));
  }
  const a = await writeTinyCheckpoint(join(root, "step1"), { seed: 1 });
  const b = await writeTinyCheckpoint(join(root, "step2"), { seed: 2 });
  return { root, data: root, a, b };
}

async function planned(
  { data, a, b }: { data: string; a: string; b: string },
  registry: TaskRegistry = builtinRegistry(),
): Promise<Plan> {
  return smallStudy(
    [a, b].map((spec, i) => ({ name: `step${i + 1}`, spec })),
    { tasks: ["rte", "qqp"], numFewshot: 2, data: { kind: "folder", path: data } },
    registry,
  );
}

const run = (root: string, plan: Plan, options?: RunOptions) => runInFolder(join(root, "out"), plan, options);

const withTasks = (plan: Plan, change: (task: StudyTask) => StudyTask): Plan => ({
  ...plan,
  tasks: plan.tasks.map(change),
});

const EVERY = ["step1", "step2"].flatMap((checkpoint) =>
  ["rte", "qqp"].flatMap((task) => ["default", "io"].map((prompt) => `${checkpoint} ${task} ${prompt}`)),
);
/** Rows of a cell: --limit 3. */
const ROWS = 3;

describe("a second run", () => {
  test("computes nothing where nothing has changed, and has the same rows", async () => {
    const files = await study();
    const first = await run(files.root, await planned(files));
    expect(first.computed.sort()).toEqual([...EVERY].sort());
    const rows = await storedRows(join(files.root, "out"));
    expect([...rows.keys()].sort()).toEqual([...EVERY].sort());
    expect(await countScores(join(files.root, "out"))).toBe(EVERY.length * ROWS);
    expect(openWorkerBackend).toHaveBeenCalledTimes(2);
    vi.mocked(openWorkerBackend).mockClear();
    const second = await run(files.root, await planned(files));
    expect(second.computed).toEqual([]);
    expect(openWorkerBackend).not.toHaveBeenCalled();
    expect(second.cells.map(({ outcome }) => outcome)).toEqual(first.cells.map(({ outcome }) => outcome));
    expect(second.results).toEqual(first.results);
    expect(await storedRows(join(files.root, "out"))).toEqual(rows);
  });

  test.each<[string, (files: Awaited<ReturnType<typeof study>>) => unknown, (name: string) => boolean]>([
    ["a weight", ({ b }) => writeTinyCheckpoint(b, { seed: 3 }), (name) => name.startsWith("step2")],
    [
      "generation_config.json",
      ({ a }) => {
        writeFileSync(join(a, "generation_config.json"), '{"eos_token_id":5}');
      },
      (name) => name.startsWith("step1"),
    ],
    [
      "the tokenizer",
      ({ a }) => {
        writeFileSync(join(a, "tokenizer_config.json"), '{"eos_token":"</s>"}');
      },
      (name) => name.startsWith("step1"),
    ],
    [
      "a row",
      ({ data }) => {
        const path = join(data, "qqp.jsonl");
        const rows = readFileSync(path, "utf8").trim().split("\n");
        const moved = rows.map((row) => JSON.stringify({ ...(JSON.parse(row) as object), question1: "Is it new?" }));
        writeFileSync(path, moved.join("\n"));
      },
      (name) => name.includes(" qqp "),
    ],
    [
      "a shot",
      ({ data }) => {
        const path = join(data, "rte.train.jsonl");
        const rows = readFileSync(path, "utf8").trim().split("\n");
        const moved = rows.map((row) => JSON.stringify({ ...(JSON.parse(row) as object), sentence1: "It is new." }));
        writeFileSync(path, moved.join("\n"));
      },
      (name) => name.includes(" rte "),
    ],
    [
      "a stored row that is gone",
      ({ root }) =>
        inDatabase(
          join(root, "out"),
          `DELETE FROM row_scores WHERE checkpoint = 0 AND question = (
          SELECT question FROM variant_questions v JOIN run_cells r ON r.variant = v.variant
          WHERE r.task = 'rte' AND r.prompt = 'io' AND v.place = 1 LIMIT 1)`,
        ),
      (name) => name === "step1 rte io",
    ],
    [
      "a record of a cell that is gone",
      ({ root }) =>
        inDatabase(
          join(root, "out"),
          `DELETE FROM cells WHERE checkpoint = 1 AND variant = (
          SELECT min(variant) FROM run_cells WHERE task = 'rte' AND prompt = 'default')`,
        ),
      (name) => name === "step2 rte default",
    ],
    [
      "a version: another is another checkpoint",
      ({ root }) => inDatabase(join(root, "out"), "UPDATE checkpoints SET key = 'of another version' WHERE id = 0"),
      (name) => name.startsWith("step1"),
    ],
  ])("computes exactly what changes with %s", async (_what, change, isChanged) => {
    const files = await study();
    await run(files.root, await planned(files));
    const before = await storedRows(join(files.root, "out"));
    await change(files);
    const { computed } = await run(files.root, await planned(files));
    expect(computed.sort()).toEqual(EVERY.filter(isChanged).sort());
    const after = await storedRows(join(files.root, "out"));
    await countScores(join(files.root, "out"));
    for (const [name, rows] of after) if (!isChanged(name)) expect(rows).toEqual(before.get(name));
    // The same as in a folder where nothing was stored.
    await runInFolder(join(files.root, "new"), await planned(files));
    expect(after).toEqual(await storedRows(join(files.root, "new")));
  });

  test("computes one row where one row has changed", async () => {
    const files = await study();
    const plan = await planned(files);
    await run(files.root, plan);
    const before = await countScores(join(files.root, "out"));
    const asked = plan.tasks[1]?.rows.items[1]?.row ?? 0;
    const path = join(files.data, "qqp.jsonl");
    const rows = readFileSync(path, "utf8").trim().split("\n");
    rows[asked] = JSON.stringify({ ...(JSON.parse(rows[asked] ?? "") as object), question1: "Is it new?" });
    writeFileSync(path, rows.join("\n"));
    const { computed, results } = await run(files.root, await planned(files));
    expect(computed.sort()).toEqual(EVERY.filter((name) => name.includes(" qqp ")).sort());
    // Two checkpoints, two prompts.
    expect(await countScores(join(files.root, "out"))).toBe(before + 4);
    const anew = await runInFolder(join(files.root, "new"), await planned(files));
    expect(withoutTimes(results).summaries).toEqual(withoutTimes(anew.results).summaries);
  });

  test("computes exactly what changes with a prompt, and with how a task reads its rows", async () => {
    const files = await study();
    const plan = await planned(files);
    await run(files.root, plan);
    const prompt = withTasks(plan, (task) => {
      const variants = task.variants.map((one) =>
        one.id === "io" ? { ...one, content: { ...one.content, answerSeparator: "\n" } } : one,
      );
      return { ...task, variants };
    });
    expect((await run(files.root, prompt)).computed.sort()).toEqual(
      EVERY.filter((name) => name.endsWith(" io")).sort(),
    );
    const reading = withTasks(prompt, (task) => {
      if (task.rows.task.name !== "rte") return task;
      const items = task.rows.items.map((item) => ({ ...item, example: { ...item.example, gold: 0 } }));
      return { ...task, rows: { ...task.rows, items } };
    });
    expect((await run(files.root, reading)).computed.sort()).toEqual(
      EVERY.filter((name) => name.includes(" rte ")).sort(),
    );
  });

  test("tries again what failed", async () => {
    const files = await study();
    const tokenizer = join(files.b, "tokenizer.json");
    const whole = readFileSync(tokenizer, "utf8");
    writeFileSync(tokenizer, "{}");
    const first = await run(files.root, await planned(files));
    expect(first.results.cells.filter(({ error }) => error !== undefined)).toHaveLength(4);
    expect(first.results.status).toBe("failed");
    writeFileSync(tokenizer, whole);
    const second = await run(files.root, await planned(files));
    expect(second.computed.sort()).toEqual(EVERY.filter((name) => name.startsWith("step2")).sort());
    expect(second.results.status).toBe("complete");
  });
});

test("two checkpoints that differ in one weight, of one name and in one folder at different times, are never mixed", async () => {
  const files = await study();
  const weights = join(files.a, "model.safetensors");
  const bytes = readFileSync(weights);
  const first = await run(files.root, await planned(files));
  const one = await storedRows(join(files.root, "out"));
  const changed = Buffer.from(bytes);
  // The last value of the file: a weight in bytes 4 of the end, moved by a little.
  changed.writeFloatLE(changed.readFloatLE(changed.length - 4) + 0.5, changed.length - 4);
  writeFileSync(weights, changed);
  const second = await run(files.root, await planned(files));
  expect(second.computed.sort()).toEqual(EVERY.filter((name) => name.startsWith("step1")).sort());
  const two = await storedRows(join(files.root, "out"));
  const alone = await runInFolder(join(files.root, "alone"), await planned(files));
  expect(two).toEqual(await storedRows(join(files.root, "alone")));
  expect(withoutTimes(second.results)).toEqual(withoutTimes(alone.results));
  expect(two).not.toEqual(one);
  // And back: everything is there, and as it was.
  writeFileSync(weights, bytes);
  const third = await run(files.root, await planned(files));
  expect(third.computed).toEqual([]);
  expect(await storedRows(join(files.root, "out"))).toEqual(one);
  expect(withoutTimes(third.results)).toEqual(withoutTimes(first.results));
});

describe("another command in the same folder", () => {
  test("uses what is there, and each keeps its results", async () => {
    const files = await study();
    const whole = await planned(files);
    const part: Plan = { ...whole, tasks: whole.tasks.slice(1) };
    const first = await run(files.root, part, { command: { task: "qqp" } });
    const second = await run(files.root, whole, { command: { task: "all" } });
    expect(second.computed.sort()).toEqual(EVERY.filter((name) => name.includes(" rte ")).sort());
    expect(await countScores(join(files.root, "out"))).toBe(EVERY.length * ROWS);
    const runs = await inDatabase<{ document: string }>(
      join(files.root, "out"),
      "SELECT document FROM runs ORDER BY id",
    );
    expect(runs.map(({ document }) => JSON.parse(document) as unknown)).toEqual([first.results, second.results]);
  });

  test("of fewer rows asks the model for nothing, and is what a run of its own is", async () => {
    const files = await study();
    const whole = await planned(files);
    await run(files.root, whole);
    const few = {
      ...whole,
      tasks: whole.tasks.map((task) => ({ ...task, rows: { ...task.rows, items: task.rows.items.slice(1) } })),
    };
    const stored = await countScores(join(files.root, "out"));
    const second = await run(files.root, few, { command: { limit: 2 } });
    expect(await countScores(join(files.root, "out"))).toBe(stored);
    const alone = await runInFolder(join(files.root, "alone"), few, { command: { limit: 2 } });
    expect(second.results.summaries).toEqual(alone.results.summaries);
    expect(second.results.cells.map(({ tokens }) => tokens)).toEqual(alone.results.cells.map(({ tokens }) => tokens));
  });
});

test("--fresh computes everything again, and leaves nothing twice", async () => {
  const files = await study();
  const first = await run(files.root, await planned(files));
  const again = await run(files.root, await planned(files), { fresh: true });
  expect(again.computed.sort()).toEqual([...EVERY].sort());
  expect(await countScores(join(files.root, "out"))).toBe(EVERY.length * ROWS);
  expect(withoutTimes(again.results)).toEqual(withoutTimes(first.results));
});

test("--max-failures ends the run, and the next one goes on", async () => {
  const files = await study();
  const tokenizer = join(files.b, "tokenizer.json");
  const whole = readFileSync(tokenizer, "utf8");
  writeFileSync(tokenizer, "{}");
  const first = await run(files.root, await planned(files), { maxFailures: 2 });
  expect(first.results).toMatchObject({ status: "failed" });
  expect(first.results.cells.map(({ error }) => error !== undefined)).toEqual([false, false, false, false, true, true]);
  writeFileSync(tokenizer, whole);
  const second = await run(files.root, await planned(files));
  expect(second.computed.sort()).toEqual(EVERY.filter((name) => name.startsWith("step2")).sort());
});

test("a run that is aborted keeps every row that was scored, and goes on to the same results", async () => {
  const files = await study();
  const interrupt = new AbortController();
  const first = await run(files.root, await planned(files), {
    signal: interrupt.signal,
    events: {
      onFinished: () => {
        interrupt.abort();
      },
    },
  });
  expect(first.results.status).toBe("interrupted");
  expect(first.results.cells).toHaveLength(1);
  cpSync(join(files.root, "out"), join(files.root, "copy"), { recursive: true });
  const second = await run(files.root, await planned(files));
  expect(second.computed).toHaveLength(EVERY.length - 1);
  const alone = await runInFolder(join(files.root, "alone"), await planned(files));
  expect(withoutTimes(second.results)).toEqual(withoutTimes(alone.results));
  expect(await storedRows(join(files.root, "out"))).toEqual(await storedRows(join(files.root, "alone")));
  // Without results.json, as after a kill, the store tells what was finished.
  rmSync(join(files.root, "copy/results.json"));
  await inDatabase(join(files.root, "copy"), "UPDATE runs SET document = NULL, status = 'running'");
  const [name] = [...(await storedRows(join(files.root, "copy"))).keys()];
  expect(name).toBe("step1 rte default");
});

test("two shards have all cells between them, each once", async () => {
  const files = await study();
  const plan = await planned(files);
  const whole = await runInFolder(join(files.root, "whole"), plan);
  const names = [];
  for (const index of [1, 2, 3]) {
    const { cells, results } = await runInFolder(join(files.root, `part${index}`), plan, {
      shard: { index, count: 3 },
    });
    names.push(...cells.map(({ outcome }) => outcome.record));
    expect(results).toMatchObject({ status: "complete", shard: `${index}/3` });
  }
  expect(names).toEqual(whole.results.cells);
});
