/** Whatever a study's scores are, its analysis is a document, and every sentence is made of numbers. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import type { Analysis } from "../../src/analysis/document/document.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { readTable } from "../../src/analysis/read/read-table.js";
import { isAnalysis } from "../../src/analysis/document/schema.js";
import type { TableCell } from "../../src/importers/long-table.js";
import { renderAnalysis } from "../../src/reports/terminal/analysis-terminal.js";
import { syntheticStudy } from "./study.js";

const checked = async (input: Parameters<typeof analyse>[0]) => {
  const analysis = await analyse(input, { seed: 1 });
  expect(isAnalysis(JSON.parse(JSON.stringify(analysis))), JSON.stringify(isAnalysis.errors)).toBe(true);
  for (const { text } of analysis.sentences) expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
  expect(renderAnalysis(analysis)).not.toMatch(/NaN|undefined/);
  return analysis;
};

/** Intervals of scores of rows are of scores. */
function withinScores(analysis: Analysis): void {
  for (const { level, prompts } of analysis.levels) {
    for (const interval of [level.item_interval, level.crossed_interval, ...prompts.map((one) => one.interval)]) {
      expect(interval?.low ?? 0).toBeGreaterThanOrEqual(0);
      expect(interval?.high ?? 1).toBeLessThanOrEqual(1);
    }
  }
}

const side = fc.record({ sd: fc.constantFrom(0, 0.5, 4), mean: fc.constantFrom(-30, 0, 30) });

test("scores: few prompts, few rows, all right, all wrong, all alike", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 5 }),
      side,
      side,
      async (prompts, items, before, after) => {
        const checkpoints = { base: before, "base-mnli": after };
        const study = syntheticStudy({ prompts, items, checkpoints, tasks: ["rte", "paws"] });
        withinScores(await checked(readStudy(study)));
      },
    ),
    { numRuns: 12 },
  );
}, 60_000);

test("means with and without errors, at 0 and 1 and with holes are analysed", async () => {
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
    fc.asyncProperty(fc.uniqueArray(cell, { minLength: 1, maxLength: 30, selector: ({ stage, prompt, task, point }) => [stage, prompt, task, point].join() }), async (drawn) => {
      await checked(
        readTable(
          drawn.map(({ point, stage, ...one }): TableCell => ({
            ...one, stage, checkpoint: `c${point}`, step: point === 4 ? null : point, sft_task: stage === "sft" ? "mnli" : null, shots: 4, metric: one.task === "xsum" ? "rouge_l" : "acc",
          })),
          "t.csv",
        ),
      );
    }),
    { numRuns: 40 },
  );
}, 60_000); // prettier-ignore
