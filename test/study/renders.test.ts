/** Tests that a prompt is rendered once for each cell, however often its text is needed. */

import { join } from "node:path";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { askedWith } from "../../src/study/askings.js";
import type { Plan } from "../../src/study/plan.js";
import { smallStudy } from "../support/small-study.js";
import { runInFolder } from "../support/stored-run.js";
import { tempFolder } from "../support/temp-folder.js";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint.js";

const rendered = vi.hoisted(() => ({ questions: 0 }));

// The same backend in this thread: a worker needs the built package.
vi.mock("../../src/engine/backends/worker-backend.js", async (original) => {
  const { openBackend } = await import("../../src/engine/backends/open-backend.js");
  return { ...(await original<object>()), openWorkerBackend: openBackend };
});

// The same function, counted.
vi.mock("../../src/templates/render.js", async (original) => {
  const real = await original<typeof import("../../src/templates/render.js")>();
  const renderQuestion: typeof real.renderQuestion = (...question) => {
    rendered.questions++;
    return real.renderQuestion(...question);
  };
  return { ...real, renderQuestion };
});

const ROWS = 3;
const root = tempFolder();
let specs: string[];
beforeAll(async () => {
  specs = await Promise.all(
    [1, 2].map((seed) => writeTinyCheckpoint(join(root, `step${seed}`), { seed, window: 1024 })),
  );
});
beforeEach(() => {
  rendered.questions = 0;
});

/** Returns a study whose prompts are grouped already, which takes the first row of each. */
async function study(options: Parameters<typeof smallStudy>[1]): Promise<Plan> {
  const plan = await smallStudy(
    specs.map((spec, i) => ({ name: `step${i + 1}`, spec })),
    { tasks: ["rte"], limit: ROWS, ...options },
  );
  for (const task of plan.tasks) for (const variant of task.variants) askedWith(task, variant, plan.options);
  rendered.questions = 0;
  return plan;
}

test.each([
  ["prompts that are asked one by one", { numFewshot: 1 }, 2],
  ["prompts that are asked together", { numFewshot: 0, prompts: ["default", "default+labels=true-maybe-false"] }, 2],
  ["texts that are generated", { answer: "generate" as const }, 2],
])("a run renders %s once for each cell and row", async (what, options, prompts) => {
  const plan = await study(options);
  await runInFolder(join(root, what), plan);
  expect(rendered.questions).toBe(specs.length * prompts * ROWS);
});

test("a run that finds everything stored renders each prompt once, not once for each checkpoint", async () => {
  const plan = await study({ numFewshot: 1 });
  await runInFolder(join(root, "stored"), plan);
  rendered.questions = 0;
  const { computed } = await runInFolder(join(root, "stored"), plan);
  expect(computed).toEqual([]);
  expect(rendered.questions).toBe(2 * ROWS);
});
