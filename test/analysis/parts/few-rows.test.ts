/** Means of few informative rows. */

import { expect, test } from "vitest";
import { analyse } from "../../../src/analysis/analyse.js";
import { withWidth } from "../../../src/analysis/parts/few-rows.js";
import { readStudy } from "../../../src/analysis/read/read-study.js";
import { syntheticStudy } from "../study.js";

test("none of 34 right has Wilson's interval, for these prompts and for new ones", async () => {
  const study = syntheticStudy({ prompts: 3, items: 34, tasks: ["rte"], checkpoints: { base: { sd: 0, mean: -60 } } });
  const { levels } = await analyse(readStudy(study), { seed: 1 });
  const { item_interval: rows, crossed_interval: both } = levels[0]?.level ?? {};
  expect(rows).toMatchObject({ low: 0, high: expect.closeTo(0.1015, 4) as number });
  expect(both).toMatchObject({ low: 0, high: expect.closeTo(0.1015, 4) as number });
});

test("rows whose prompts cancel each other out do not make a mean without error", () => {
  const values = Float64Array.from({ length: 60 }, (_, i) => Number(i < 30));
  const { low, high } = withWidth({ low: 0.5, high: 0.5 }, { prompts: 2, items: 30, values });
  expect(low).toBeCloseTo(0.3315, 3);
  expect(high).toBeCloseTo(0.6685, 3);
});

test("rows enough of both kinds leave an interval as it is", () => {
  const interval = { low: 0.3, high: 0.7 };
  const values = Float64Array.from({ length: 30 }, (_, i) => i % 2);
  expect(withWidth(interval, { prompts: 1, items: 30, values })).toEqual(interval);
});

test("an SD of another scorer is a finding only where the two intervals lie apart", async () => {
  const study = syntheticStudy({ prompts: 6, items: 20, tasks: ["rte"], checkpoints: { base: { sd: 0.5, mean: 0 } } });
  const { sentences, levels } = await analyse(readStudy(study), { seed: 1 });
  const [own, other] = levels[0]?.scorer.scorers ?? [];
  expect(other?.interval?.high ?? 0).toBeGreaterThan(own?.interval?.low ?? 0);
  expect(sentences.filter(({ text }) => text.includes("the scorer's"))).toEqual([]);
});

test("shares of the variance are said only of several axes, and of those above 0 by their interval", async () => {
  const study = syntheticStudy({ prompts: 12, items: 60, tasks: ["rte"], checkpoints: { base: { sd: 2, mean: 0 } } });
  const { sentences } = await analyse(readStudy(study), { seed: 1 });
  expect(sentences.filter(({ kind }) => kind === "axes")).toEqual([]);
});
