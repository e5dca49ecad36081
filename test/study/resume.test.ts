/** Which cells of an earlier run are used again: those of which nothing has changed. */

import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { ResultsFolder } from "../../src/store/results-folder.js";
import type { CellResult } from "../../src/study/cell.js";
import { planStudy, type Plan, type StudyTask } from "../../src/study/plan.js";
import { Resume } from "../../src/study/resume.js";
import { runPlan } from "../../src/study/run.js";
import { builtinRegistry, type TaskRegistry } from "../../src/tasks/registry.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

// The same backend in this thread: a worker needs the built package.
vi.mock("../../src/engine/worker-backend.js", async () => {
  const { openBackend } = await import("../../src/engine/open-backend.js");
  return { openWorkerBackend: openBackend };
});

const DATASETS = join(import.meta.dirname, "../../datasets");
const COMMAND = { seed: 1 };

/** A study of its own: two checkpoints, two tasks with files, two prompts. */
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
  const checkpoints = [a, b].map((spec, i) => ({
    name: `step${i + 1}`,
    spec,
    revision: undefined,
    stage: undefined,
    sftTask: undefined,
    base: undefined,
  }));
  return planStudy(
    {
      checkpoints,
      tasks: ["rte", "qqp"],
      prompts: ["io", "default"],
      chatLayouts: [undefined],
      answer: "loglikelihood",
      numFewshot: 2,
      limit: 3,
      seed: 1,
      device: "cpu",
      threads: 1,
      data: { kind: "folder", path: data },
      offline: true,
    },
    registry,
  );
}

/** Runs a plan in the folder `out`. @returns its cells, and the names of those that were computed */
async function run(root: string, plan: Plan): Promise<{ cells: readonly CellResult[]; computed: string[] }> {
  const folder = await ResultsFolder.open(join(root, "out"), COMMAND);
  const ignore = () => undefined;
  const events = { onDownload: ignore, onCell: ignore, onProgress: ignore, onFinished: ignore };
  const { signal } = new AbortController();
  const { cells, files } = await runPlan(plan, new Resume(plan, folder), undefined, events, signal);
  expect(files.size).toBe(cells.filter(({ error }) => error === undefined).length);
  const computed = cells.filter(({ reused }) => reused !== true);
  return {
    cells,
    computed: computed.map(
      ({ checkpoint, task, variant }) => `${checkpoint.given.name} ${task.rows.task.name} ${variant.id}`,
    ),
  };
}

const withTasks = (plan: Plan, change: (task: StudyTask) => StudyTask): Plan => ({
  ...plan,
  tasks: plan.tasks.map(change),
});

const EVERY = ["step1", "step2"].flatMap((checkpoint) =>
  ["rte", "qqp"].flatMap((task) => ["default", "io"].map((prompt) => `${checkpoint} ${task} ${prompt}`)),
);
const scores = (cells: readonly CellResult[]) => cells.map(({ rows, error }) => rows ?? error);

describe("a second run", () => {
  test("computes nothing where nothing has changed, and has the same rows", async () => {
    const files = await study();
    const first = await run(files.root, await planned(files));
    expect(first.computed.sort()).toEqual([...EVERY].sort());
    const second = await run(files.root, await planned(files));
    expect(second.computed).toEqual([]);
    expect(scores(second.cells)).toEqual(scores(first.cells));
    expect(second.cells.map(({ elapsed }) => elapsed)).toEqual(first.cells.map(({ elapsed }) => elapsed));
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
      "stored rows",
      ({ root }) => {
        writeFileSync(join(root, "out/rows/step1/rte/io.jsonl"), "{}\n");
      },
      (name) => name === "step1 rte io",
    ],
    [
      "a record that is gone",
      ({ root }) => {
        rmSync(join(root, "out/resume/cells/step2/rte/default.json"));
      },
      (name) => name === "step2 rte default",
    ],
    [
      "a record that is damaged",
      ({ root }) => {
        writeFileSync(join(root, "out/resume/cells/step2/qqp/io.json"), '{"schema"');
      },
      (name) => name === "step2 qqp io",
    ],
    [
      "a version",
      ({ root }) => {
        const path = join(root, "out/resume/cells/step1/qqp/io.json");
        writeFileSync(path, readFileSync(path, "utf8").replace(/"onnxruntime-node":"[^"]+"/, '"onnxruntime-node":"1"'));
      },
      (name) => name === "step1 qqp io",
    ],
  ])("computes exactly what changes with %s", async (_what, change, isChanged) => {
    const files = await study();
    await run(files.root, await planned(files));
    await change(files);
    expect((await run(files.root, await planned(files))).computed.sort()).toEqual(EVERY.filter(isChanged).sort());
  });

  test("computes exactly what changes with a prompt, and with how a task reads its rows", async () => {
    const files = await study();
    const plan = await planned(files);
    await run(files.root, plan);
    const prompt = withTasks(plan, (task) => {
      const variants = task.variants.map((one) => (one.id === "io" ? { ...one, hash: "f".repeat(64) } : one));
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
    expect(first.cells.filter(({ error }) => error !== undefined)).toHaveLength(4);
    writeFileSync(tokenizer, whole);
    const second = await run(files.root, await planned(files));
    expect(second.computed.sort()).toEqual(EVERY.filter((name) => name.startsWith("step2")).sort());
    expect(second.cells.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});

test("a run that was killed before results.json guards its folder, too", async () => {
  const files = await study();
  await run(files.root, await planned(files));
  expect(readdirSync(join(files.root, "out")).sort()).toEqual(["resume", "rows"]);
  await expect(ResultsFolder.open(join(files.root, "out"), { seed: 2 })).rejects.toThrow(
    "holds the results of another command; choose another --output-dir",
  );
});
