/** Whatever a study's scores are, its analysis is a document, and every sentence is made of numbers. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read-study.js";
import { readTable } from "../../src/analysis/read-table.js";
import { isAnalysis } from "../../src/analysis/schema.js";
import type { TableCell } from "../../src/importers/long-table.js";
import { renderAnalysis } from "../../src/reports/analysis-terminal.js";
import { syntheticStudy } from "./study.js";

const checked = async (input: Parameters<typeof analyse>[0]) => {
  const analysis = await analyse(input, { seed: 1 });
  expect(isAnalysis(JSON.parse(JSON.stringify(analysis))), JSON.stringify(isAnalysis.errors)).toBe(true);
  for (const { text } of analysis.sentences) expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
  expect(renderAnalysis(analysis)).not.toMatch(/NaN|undefined/);
};

const side = fc.record({ sd: fc.constantFrom(0, 0.5, 4), mean: fc.constantFrom(-30, 0, 30) });

test("scores: few prompts, few rows, all right, all wrong, all alike", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 5 }),
      side,
      side,
      (prompts, items, before, after) =>
        checked(
          readStudy(
            syntheticStudy({
              prompts,
              items,
              checkpoints: { base: before, "base-mnli": after },
              tasks: ["rte", "paws"],
            }),
          ),
        ),
    ),
    { numRuns: 12 },
  );
}, 60_000);

test("means: with and without errors, at 0 and 1, with holes", async () => {
  const value = fc.constantFrom(0, 0.25, 0.5, 1);
  const cell = fc.record({
    stage: fc.constantFrom("base" as const, "sft" as const),
    prompt: fc.constantFrom("a", "b", "c"),
    task: fc.constantFrom("rte", "xsum", "kites"),
    point: fc.constantFrom(1, 2, 3, 4),
    value,
    std: fc.constantFrom(null, 0, 0.01),
    n: fc.constantFrom(null, 1, 100),
  });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(cell, { minLength: 1, maxLength: 30, selector: ({ stage, prompt, task, point }) => [stage, prompt, task, point].join() }), (drawn) =>
      checked(
        readTable(
          drawn.map(({ point, stage, ...one }): TableCell => ({
            ...one, stage, checkpoint: `c${point}`, step: point === 4 ? null : point, sft_task: stage === "sft" ? "mnli" : null, shots: 4, metric: one.task === "xsum" ? "rouge_l" : "acc",
          })),
          "t.csv",
        ),
      ),
    ),
    { numRuns: 40 },
  );
}, 60_000); // prettier-ignore
