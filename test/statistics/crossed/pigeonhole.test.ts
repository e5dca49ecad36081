import { expect, test } from "vitest";
import { randomStream } from "../../../src/base/random.js";
import { crossedDesign } from "../../../src/statistics/crossed/design.js";
import { pigeonholeMeans } from "../../../src/statistics/crossed/pigeonhole.js";
import { fastStream, normalDraws } from "../../../src/statistics/draws.js";
import { sortedPercentile } from "../../../src/statistics/level.js";
import { scoreGrid } from "../../support/score-grid.js";

/** 24 wordings in two presentations, 12 and 12, on 40 rows. */
function grid(seed: number, sd: number) {
  const normal = normalDraws(fastStream(randomStream("pigeonhole", seed)));
  const rows = Array.from({ length: 40 }, () => 0.3 * normal());
  const prompts = Array.from({ length: 24 }, (_, p) => {
    const wording = sd * normal() + (p % 2);
    return rows.map((row) => wording + row + 0.2 * normal());
  });
  const places = prompts.map((_, p) => p);
  return { grid: scoreGrid(prompts), design: crossedDesign(places, places.map((p) => p % 2)) }; // prettier-ignore
}

test("the interval of a mean holds the mean over all wordings and rows in about 95 of 100 studies", () => {
  let held = 0;
  for (let seed = 0; seed < 200; seed++) {
    const { grid: own, design } = grid(seed, 0.2);
    const means = pigeonholeMeans(own, design, randomStream("draws", seed), 199).sort();
    held += Number(sortedPercentile(means, 0.025) <= 0.5 && 0.5 <= sortedPercentile(means, 0.975));
  }
  expect(held).toBeGreaterThanOrEqual(0.89 * 200);
  expect(held).toBeLessThan(200);
});

test("the contrast of presentations adds nothing: they keep their weight", () => {
  const constant = scoreGrid(Array.from({ length: 24 }, (_, p) => new Array<number>(10).fill(p % 2)));
  const { design } = grid(0, 0);
  const means = pigeonholeMeans(constant, design, randomStream("constant"), 50);
  for (const mean of means) expect(mean).toBeCloseTo(0.5, 12);
});

test("the same stream gives the same resamples: a shift of all scores shifts every draw", () => {
  const { grid: own, design } = grid(3, 0.2);
  const shifted = { ...own, values: own.values.map((value) => value + 1) };
  const [a, b] = [own, shifted].map((one) => pigeonholeMeans(one, design, randomStream("same"), 20));
  a?.forEach((value, k) => {
    expect((b?.[k] ?? NaN) - value).toBeCloseTo(1, 12);
  });
});
