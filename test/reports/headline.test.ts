/** The answer in one line, and what it must not claim. */

import { expect, test } from "vitest";
import { analyse } from "../../src/analysis/analyse.js";
import { readStudy } from "../../src/analysis/read/read-study.js";
import { headline } from "../../src/reports/headline.js";
import { renderSummary } from "../../src/reports/terminal/terminal-summary.js";
import { Views } from "../../src/reports/view.js";
import { type StudyShape, syntheticStudy } from "../analysis/study.js";

type Shape = Pick<StudyShape, "prompts" | "checkpoints"> & Partial<StudyShape>;

const analysed = (shape: Shape) =>
  analyse(readStudy(syntheticStudy({ items: 60, tasks: ["rte", "paws"], ...shape })), { seed: 1 });

async function headlines(shape: Shape): Promise<string[]> {
  const views = new Views(await analysed(shape));
  return views.all.map((view) =>
    headline(
      view,
      views.analysis.tasks.flatMap((task) => views.taskView(view, task) ?? []),
    ),
  );
}

const base = { sd: 0.2, mean: 0.3 };

test("one prompt shows nothing of what prompts do", async () => {
  expect(await headlines({ prompts: 1, checkpoints: { base } })).toEqual([
    "One prompt on each of 2 tasks: how much the prompt matters cannot be seen.",
  ]);
  const [pair] = await headlines({ prompts: 1, checkpoints: { base, "base-mnli": base } });
  expect(pair).toMatch(/^After SFT on mnli the mean score .*; how much the prompt matters cannot be tested\.$/);
  expect(renderSummary(await analysed({ prompts: 1, checkpoints: { base } }), 100, undefined)).not.toContain("scores");
});

test("several prompts: where they differ most", async () => {
  const [line] = await headlines({ prompts: 12, checkpoints: { base: { sd: 2, mean: 0 } } });
  expect(line).toMatch(/^On 2 of 2 tasks the prompt makes a difference .* prompts score from 0\.\d+ to [01]\.\d+\.$/);
});

test("a fall of the SD at the end of the scale is said to be that", async () => {
  const { sentences, comparisons } = await analysed({
    prompts: 24,
    checkpoints: { base: { sd: 1.2, mean: 0 }, "base-mnli": { sd: 0.1, mean: -30 } },
  });
  expect(comparisons.map(({ verdict }) => verdict)).not.toContain("rose");
  const [line] = await headlines({
    prompts: 24,
    items: 400,
    checkpoints: { base: { sd: 2, mean: 0 }, "base-mnli": { sd: 0.3, mean: -5.5 } },
  });
  expect(line).toMatch(
    /^After SFT on mnli the prompt matters less on 2 of 2 tasks \(on 2 because scores are at an end of the scale/,
  );
  const changes = sentences.filter(({ kind }) => kind === "change of sensitivity");
  expect(changes.map(({ text }) => text)).toEqual([
    expect.stringContaining("24 of 24 prompts score below 0.02: there prompts have nothing left to differ in."),
    expect.stringContaining("24 of 24 prompts score below 0.02: there prompts have nothing left to differ in."),
  ]);
});
