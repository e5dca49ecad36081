import { describe, expect, test } from "vitest";
import type { PairedMoments } from "../../src/statistics/moments.js";
import { pairedLogitMoments, pairedMoments } from "../../src/statistics/moments.js";
import { noiseCorrectedChange } from "../../src/statistics/noise-corrected-change.js";
import { pitmanMorgan } from "../../src/statistics/pitman-morgan.js";
import { promptSd, varianceComponents } from "../../src/statistics/variance-components.js";
import { randomStream } from "../../src/base/random.js";
import golden from "../golden/statistics/metrics.json" with { type: "json" };
import { goldenGrids } from "./grids.js";

const random = () => randomStream("noise-corrected");

/** Paired means with independent noise of the given variances of a mean. */
function withNoise(x: readonly number[], y: readonly number[], noiseX: number, noiseY: number): PairedMoments {
  const n = x.length;
  const diagonal = (size: number) =>
    Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 100 * size : 0));
  const side = (means: readonly number[], noise: number) => ({
    prompts: n,
    items: 100,
    means: Float64Array.from(means),
    covariance: diagonal(noise),
  });
  return { before: side(x, noiseX), after: side(y, noiseY), cross: new Float64Array(n * n) };
}

describe("without noise it is the Pitman-Morgan test", () => {
  test.each(golden.pairs.filter(({ x }) => x.length > 3))("pairs %#", ({ x, y }) => {
    const expected = pitmanMorgan(x, y);
    const actual = noiseCorrectedChange(withNoise(x, y, 0, 0), random(), 40_000);
    expect(Math.abs((actual?.p ?? NaN) - (expected?.p ?? NaN))).toBeLessThan(0.015);
  });
});

describe("on grids", () => {
  test.each(goldenGrids.filter(({ before }) => before.prompts > 2))("estimates of $title", ({ before, after }) => {
    for (const moments of [pairedMoments(before, after), pairedLogitMoments(pairedMoments(before, after))]) {
      const actual = noiseCorrectedChange(moments, random(), 400);
      const [b, a] = [varianceComponents(moments.before), varianceComponents(moments.after)];
      if (!actual || !b || !a) throw new Error("a grid of three prompts has a change");
      expect(actual.sdBefore).toBeCloseTo(promptSd(b).corrected, 9);
      expect(actual.sdAfter).toBeCloseTo(promptSd(a).corrected, 9);
      expect(actual.varianceChange).toBeCloseTo(a.prompt - b.prompt, 9);
      expect(actual.sdRatio.low).toBeGreaterThanOrEqual(0);
      expect(actual.sdRatio.low).toBeLessThanOrEqual(actual.sdRatio.high);
    }
  });
});

const [plain] = golden.pairs.filter(({ x }) => x.length === 20);
if (!plain) throw new Error("no golden pairs of 20");

test("exchanging before and after turns everything around", () => {
  const there = noiseCorrectedChange(withNoise(plain.x, plain.y, 0.2, 0.4), random(), 40_000);
  const back = noiseCorrectedChange(withNoise(plain.y, plain.x, 0.4, 0.2), random(), 40_000);
  expect(Math.abs((there?.p ?? NaN) - (back?.p ?? NaN))).toBeLessThan(0.015);
  expect(back?.varianceChange).toBeCloseTo(-(there?.varianceChange ?? NaN), 12);
  expect(Math.abs((back?.sdChange.low ?? NaN) + (there?.sdChange.high ?? NaN))).toBeLessThan(0.05);
});

test("a change that noise explains is no change; Pitman-Morgan calls it one", () => {
  // Forty prompts without effects: their means vary by the noise alone, which is nine times as large after.
  const uniform = randomStream("noise only");
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const x = Array.from({ length: 40 }, () => 0.5 + 0.01 * normal());
  const y = Array.from({ length: 40 }, () => 0.5 + 0.03 * normal());
  expect(pitmanMorgan(x, y)?.p).toBeLessThan(1e-4);
  expect(noiseCorrectedChange(withNoise(x, y, 0.0001, 0.0009), random())?.p).toBeGreaterThan(0.1);
});

test("the ratio is unbounded where a component may be 0", () => {
  const tiny = plain.x.map((value) => 0.01 * value);
  const actual = noiseCorrectedChange(withNoise(tiny, plain.y, 1, 0), random());
  expect(actual?.sdBefore).toBe(0);
  expect(actual?.sdRatio.high).toBe(Infinity);
});

test("too few prompts, or nothing that differs", () => {
  expect(noiseCorrectedChange(withNoise([1, 2], [1, 3], 0, 0), random())).toBeNull();
  expect(noiseCorrectedChange(withNoise([1, 1, 1], [2, 2, 2], 0, 0), random())).toBeNull();
});
